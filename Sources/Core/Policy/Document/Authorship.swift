// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// Who made a setting, why, and when.
package struct Authorship: Codable, Hashable, Sendable {
    /// A person, or the part of the program that acted by itself, such as `block-rate-guard`.
    package var maker: String
    package var reason: String
    /// In nanoseconds since 1970, UTC.
    package var time: Int64

    package static let maximumReasonLength = 500
    package static let maximumMakerLength = 128

    package init(_ maker: String, because reason: String, at time: Int64) {
        self.maker = maker
        self.reason = reason
        self.time = time
    }

    func check() throws(PolicyError) {
        try Self.check(maker, "maker", limit: Self.maximumMakerLength)
        try Self.check(reason, "reason", limit: Self.maximumReasonLength)
    }

    static func check(_ text: String, _ name: String, limit: Int) throws(PolicyError) {
        guard text.utf8.contains(where: { $0 != 0x20 }), text.utf8.count <= limit else {
            throw PolicyError(.incomplete, "expected a \(name) of 1 to \(limit) bytes, found \(text.utf8.count)")
        }
    }

    /// An end has to lie behind the beginning.
    func check(expiry: Int64?) throws(PolicyError) {
        guard let expiry, expiry <= time else { return }
        throw PolicyError(.badExpiry, "expected an end after the beginning, \(time) ns, found \(expiry) ns")
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case maker, reason, time
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        maker = try members.decode(String.self, forKey: .maker)
        reason = try members.decode(String.self, forKey: .reason)
        time = try members.decode(Int64.self, forKey: .time)
    }
}
