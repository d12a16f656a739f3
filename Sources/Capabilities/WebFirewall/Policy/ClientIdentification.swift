// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel
internal import Policy

/// By what the sessions, users and devices of requests are told, so that they can be limited and blocked.
///
/// What a client sends is a claim. A session or a device is only as good as the application makes it, and a user's name has
/// to come from something before the gateway that removes the clients' own.
package struct ClientIdentification: Sendable, Hashable {
    /// A part of a request.
    package enum Source: Sendable, Hashable {
        case cookie(String)
        case header(String)

        /// Reads `cookie:NAME` or `header:NAME`; nil for what is neither.
        package init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, (1...128).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(Self.isToken)
            else { return nil }
            switch parts[0] {
            case "cookie": self = .cookie(String(parts[1]))
            case "header": self = .header(String(parts[1]))
            default: return nil
            }
        }

        /// What names of cookies and of fields are made of (RFC 9110 section 5.6.2).
        private static func isToken(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private struct Rule: Sendable, Hashable {
        let kind: Entity.Kind
        let isCookie: Bool
        let name: [UInt8]
    }

    private var rules: [Rule] = []

    /// Of more values of one kind the first and the last ones count: nobody has so many.
    private static let mostOfKind = 8

    package init() {}

    package var isEmpty: Bool { rules.isEmpty }

    package mutating func add(_ kind: Entity.Kind, by source: Source) {
        switch source {
        case .cookie(let name): rules.append(Rule(kind: kind, isCookie: true, name: Array(name.utf8)))
        case .header(let name): rules.append(Rule(kind: kind, isCookie: false, name: Array(name.lowercased().utf8)))
        }
    }

    /// Whom a request says to be of. Where it says several things of one kind all of them count, as the application may
    /// believe any.
    func entities(of head: HTTPRequestHead, under snapshot: PolicySnapshot) -> [Entity] {
        guard !rules.isEmpty else { return [] }
        var entities: [Entity] = []
        for field in head.fields {
            let isCookie = Self.isName(head.bytes[field.name.bounds], "cookie".utf8)
            for rule in rules where rule.isCookie == isCookie {
                if isCookie {
                    for value in Self.values(of: rule.name, in: head.bytes[field.value.bounds]) {
                        add(value, rule.kind, isSecret: true, snapshot, &entities)
                    }
                } else if Self.isName(head.bytes[field.name.bounds], rule.name) {
                    let isSecret = rule.kind.hasHashedKeys
                    add(head.bytes[field.value.bounds], rule.kind, isSecret: isSecret, snapshot, &entities)
                }
            }
        }
        return entities
    }

    private func add(
        _ value: ArraySlice<UInt8>,
        _ kind: Entity.Kind,
        isSecret: Bool,
        _ snapshot: PolicySnapshot,
        _ entities: inout [Entity]
    ) {
        guard !value.isEmpty else { return }
        // Who knows the secret of a session or a token is in it, and who knows a cookie may be taken for whom it was given
        // to: only what follows from it is kept.
        let key = isSecret ? snapshot.pseudonym(of: value) : String(decoding: value, as: UTF8.self)
        guard let entity = try? Entity(kind, key: key), !entities.contains(entity) else { return }
        let same = entities.indices.filter { entities[$0].kind == kind }
        if same.count >= Self.mostOfKind { entities.remove(at: same[Self.mostOfKind / 2]) }
        entities.append(entity)
    }

    /// Compares the name of a field with one in lower case.
    private static func isName(_ name: ArraySlice<UInt8>, _ wanted: some Collection<UInt8>) -> Bool {
        name.count == wanted.count
            && zip(name, wanted).allSatisfy { byte, wanted in
                byte == wanted || ((0x41...0x5A).contains(byte) && byte | 0x20 == wanted)
            }
    }

    /// The values of a cookie in a field (RFC 6265 section 4.2.1), without the quotation marks that some put around them.
    private static func values(of name: [UInt8], in field: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var values: [ArraySlice<UInt8>] = []
        for part in field.split(separator: UInt8(ascii: ";")) {
            let pair = part.drop { $0 == 0x20 || $0 == 0x09 }
            guard pair.count > name.count, pair.starts(with: name),
                pair[pair.startIndex + name.count] == UInt8(ascii: "=")
            else { continue }
            var value = pair.dropFirst(name.count + 1)
            while value.last == 0x20 || value.last == 0x09 { value.removeLast() }
            if value.count >= 2, value.first == 0x22, value.last == 0x22 { value = value.dropFirst().dropLast() }
            values.append(value)
        }
        return values
    }
}
