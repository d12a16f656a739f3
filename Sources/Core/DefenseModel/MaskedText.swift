// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A short piece of an activity that shows why it was detected, with secrets and personal data masked by its maker.
package struct MaskedText: Codable, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether there was more than is kept.
    package let isTruncated: Bool

    package static let maximumLength = 512

    /// - Parameter masked: bytes whose secrets are masked already. At most ``maximumLength`` are kept; what is not UTF-8
    ///   becomes U+FFFD.
    package init(_ masked: some Collection<UInt8>) {
        var part = Array(masked.prefix(Self.maximumLength))
        isTruncated = masked.count > Self.maximumLength
        if isTruncated {
            // A character that the limit cuts is left out whole.
            let rest = part.reversed().prefix(4).prefix { $0 & 0xC0 == 0x80 }.count
            let lead = part.count - 1 - rest
            if lead >= 0, part[lead] >= 0xC0 { part.removeSubrange(lead...) }
        }
        description = String(decoding: part, as: UTF8.self)
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case description = "text"
        case isTruncated = "truncated"
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        let text = MaskedText(Array(try members.decode(String.self, forKey: .description).utf8))
        let wasTruncated = try members.decode(Bool.self, forKey: .isTruncated)
        description = text.description
        isTruncated = text.isTruncated || wasTruncated
    }
}
