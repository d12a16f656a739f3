// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// The part of an activity that an exception is about: a variable such as `ARGS`, or one of its members, `ARGS:comment`.
///
/// Upper and lower case are alike, as they are in rules.
package struct TargetSelector: TextForm {
    /// In capitals.
    package let variable: String
    /// In small letters; nil for all members.
    package let member: String?

    package init(parsing text: String) throws(ModelError) {
        // The whole has the form of a rule's identifier: short, printable, without outer spaces.
        let text = try RuleID(parsing: text).description
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let isName = parts[0].utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
        }
        guard isName, !parts[0].isEmpty, parts.count == 1 || !parts[1].isEmpty else {
            throw ModelError(.rule, "expected a variable such as ARGS or ARGS:comment, found \"\(text)\"")
        }
        variable = parts[0].uppercased()
        member = parts.count > 1 ? parts[1].lowercased() : nil
    }

    package var description: String { member.map { "\(variable):\($0)" } ?? variable }

    /// Whether a detection's target is this one or a member of it.
    package func covers(_ target: String?) -> Bool {
        guard let target else { return false }
        let parts = target.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].uppercased() == variable else { return false }
        guard let member else { return true }
        return parts.count > 1 && parts[1].lowercased() == member
    }
}
