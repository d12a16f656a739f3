// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// An address of the web as it may be shown and kept: what signs its reader in is left out.
///
/// What else a query says stays, as two feeds may differ in that alone.
package enum ShownAddress {
    private static let secretNames = [
        "token", "key", "secret", "sig", "password", "passwd", "auth", "credential", "session",
    ]

    package static func text(_ url: String) -> String {
        guard var parts = URLComponents(string: url) else {
            // Without a query it cannot say too much; who cannot be told apart by it is told by the error.
            return String(url.prefix { $0 != "?" && $0 != "@" })
        }
        parts.user = nil
        parts.password = nil
        parts.percentEncodedQueryItems = parts.percentEncodedQueryItems?.map { item in
            let name = item.name.lowercased()
            guard item.value != nil, secretNames.contains(where: { name.contains($0) }) else { return item }
            return URLQueryItem(name: item.name, value: "...")
        }
        parts.fragment = nil
        return parts.string ?? String(url.prefix { $0 != "?" && $0 != "@" })
    }
}
