// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Somebody or something that activities concern, in one canonical spelling.
///
/// As text `user:alice`; of addresses and networks the kind may be left out: `192.0.2.1`, `10.0.0.0/8`. Keys of sessions,
/// devices and tokens, and of whoever is told by a cookie, are keyed hashes, never the secrets themselves: entities are kept,
/// logged and shown.
package struct Entity: TextForm {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case address, network, user, session, device, workload, service, project, runner, token

        /// Whether keys are keyed hashes, wherever they come from.
        package var hasHashedKeys: Bool { self == .session || self == .device || self == .token }
    }

    package let kind: Kind
    /// Unique within its kind.
    package let key: String

    package static let maximumKeyLength = 256

    private init(kind: Kind, canonicalKey: String) {
        self.kind = kind
        key = canonicalKey
    }

    package init(_ address: IPAddress) {
        self.init(kind: .address, canonicalKey: address.description)
    }

    /// A network of one address is that address.
    package init(_ network: IPNetwork) {
        if network.isSingleAddress {
            self.init(network.first)
        } else {
            self.init(kind: .network, canonicalKey: network.description)
        }
    }

    /// - Parameter key: brought into its canonical form: addresses as RFC 5952 has them, an IPv4-mapped one as IPv4,
    ///   networks without bits behind their prefix. Others stay as they are, upper and lower case being different.
    /// - Throws: ``ModelError`` where the key is no such address or network, is empty or too long, or holds control
    ///   characters.
    package init(_ kind: Kind, key: String) throws(ModelError) {
        switch kind {
        case .address:
            self.init(try IPAddress(parsing: key))
        case .network:
            self.init(try IPNetwork(parsing: key))
        default:
            guard (1...Self.maximumKeyLength).contains(key.utf8.count) else {
                throw ModelError(
                    .entity,
                    "expected a \(kind.rawValue) of 1 to \(Self.maximumKeyLength) bytes, found \(key.utf8.count)"
                )
            }
            guard key.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
                throw ModelError(.entity, "a \(kind.rawValue) without control characters was expected")
            }
            self.init(kind: kind, canonicalKey: key)
        }
    }

    /// The addresses that it stands for; nil for what is no address or network.
    package var network: IPNetwork? {
        switch kind {
        case .address: IPAddress(key).map { IPNetwork($0) }
        case .network: try? IPNetwork(parsing: key)
        default: nil
        }
    }

    package init(parsing text: String) throws(ModelError) {
        if IPAddress(String(text.prefix { $0 != "/" })) != nil {
            self.init(try IPNetwork(parsing: text))
            return
        }
        guard let colon = text.firstIndex(of: ":"), let kind = Kind(rawValue: String(text[..<colon])) else {
            throw Self.unknown(text)
        }
        do throws(ModelError) {
            try self.init(kind, key: String(text[text.index(after: colon)...]))
        } catch {
            throw error.moved(by: kind.rawValue.utf8.count + 1)
        }
    }

    private static func unknown(_ text: String) -> ModelError {
        let kinds = Kind.allCases.map(\.rawValue)
        let name = String(text.prefix { $0 != ":" })
        let hint = text.contains(":") ? NearestName.hint(for: name, among: kinds).map { "; \($0)" } ?? "" : ""
        return ModelError(
            .entity,
            "expected an address, a network, or a kind and a key such as user:alice, "
                + "found \(ModelError.quote(text.utf8))\(hint)"
        )
    }

    package var description: String { "\(kind.rawValue):\(key)" }
}
