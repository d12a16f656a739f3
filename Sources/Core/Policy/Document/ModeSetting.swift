// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// The mode of a control in a scope. A scope has at most one; where none holds, the mode is `observe`.
package struct ModeSetting: Codable, Hashable, Sendable {
    package var scope: Scope
    package var mode: Mode
    /// The share of clients, in percent from 1 to 99, for which `enforce` holds, the others being observed; nil for all.
    package var canary: Int?
    package var by: Authorship
    /// When it ends, in nanoseconds since 1970; then the next wider scope counts again.
    package var expires: Int64?

    package init(_ scope: Scope, _ mode: Mode, canary: Int? = nil, by author: Authorship, expires: Int64? = nil) {
        self.scope = scope
        self.mode = mode
        self.canary = canary
        by = author
        self.expires = expires
    }

    func check() throws(PolicyError) {
        try by.check()
        try by.check(expiry: expires)
        guard let canary else { return }
        guard (1...99).contains(canary) else {
            throw PolicyError(.outOfRange, "expected a canary of 1 to 99 percent of clients, found \(canary)")
        }
        guard mode == .enforce else {
            throw PolicyError(.senseless, "a canary is a share of clients for enforce, not for \(mode.rawValue)")
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case scope, mode, canary, by, expires
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        scope = try members.decode(Scope.self, forKey: .scope)
        mode = try members.decode(Mode.self, forKey: .mode)
        canary = try members.decodeIfPresent(Int.self, forKey: .canary)
        by = try members.decode(Authorship.self, forKey: .by)
        expires = try members.decodeIfPresent(Int64.self, forKey: .expires)
    }
}
