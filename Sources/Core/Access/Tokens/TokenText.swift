// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto

/// The text of an API token, `rdt_<id>_<secret><checksum>`.
///
/// | part | characters | what it is |
/// | --- | --- | --- |
/// | prefix | 4 | `rdt_` |
/// | id | 12 | random, names the token in lists |
/// | secret | 43 | random, 256 bits |
/// | checksum | 6 | the CRC-32 of all before it in base 62, most significant first |
///
/// All but the underscores are letters and digits, so that scanners for secrets find it by
/// `rdt_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}`, and the checksum tells without a server that it is no random text.
package struct TokenText: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let id: TokenID
    private let secret: [UInt8]

    static let prefix = Array("rdt_".utf8)
    static let secretLength = 43
    static let checksumLength = 6
    package static let length = 66

    init(_ random: RandomBytes) {
        id = TokenID(random)
        secret = Base62.random(Self.secretLength, from: random)
    }

    /// Reads a token. What is none is refused by its length, form and checksum, before anything is looked up.
    ///
    /// - Returns: nil for what was never given out.
    package init?(_ text: String) {
        self.init(Array(text.utf8.prefix(Self.length + 1)))
    }

    /// - Returns: nil for what was never given out.
    package init?(_ text: [UInt8]) {
        guard text.count == Self.length, text.starts(with: Self.prefix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count)
        let name = parts.prefix(TokenID.length)
        let rest = parts.dropFirst(TokenID.length)
        guard rest.first == UInt8(ascii: "_"), let id = TokenID(String(decoding: name, as: UTF8.self)) else {
            return nil
        }
        let secret = rest.dropFirst().prefix(Self.secretLength)
        let checksum = CRC32.checksum(text.dropLast(Self.checksumLength))
        guard secret.allSatisfy(Base62.isCharacter),
            ConstantTime.isEqual(Array(text.suffix(Self.checksumLength)), Base62.encode(checksum))
        else { return nil }
        self.id = id
        self.secret = Array(secret)
    }

    /// What is handed to the one whose token it is.
    package var text: String {
        let content = Self.prefix + Array(id.description.utf8) + [UInt8(ascii: "_")] + secret
        return String(decoding: content + Base62.encode(CRC32.checksum(content)), as: UTF8.self)
    }

    /// What is kept of the secret.
    var hash: [UInt8] { Array(SHA256.hash(data: secret)) }

    package var description: String { "the token \(id)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
