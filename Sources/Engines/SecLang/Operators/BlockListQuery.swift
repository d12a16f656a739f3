// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The names under which DNS block lists are asked.
enum BlockListQuery {
    /// The address's bytes in reverse order before the list's name; nil for what is no IPv4 address.
    ///
    /// Project Honey Pot's list wants the access key in front.
    static func name(address: String, list: String, key: String?) -> String? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) else {
            return nil
        }
        let reversed = parts.reversed().joined(separator: ".")
        guard list.hasSuffix("httpbl.org") else {
            return "\(reversed).\(list)"
        }
        return key.map { "\($0).\(reversed).\(list)" }
    }
}
