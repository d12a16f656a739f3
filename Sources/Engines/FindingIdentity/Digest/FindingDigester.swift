// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Turns what a report says of a finding into a digest, under the store's key.
package struct FindingDigester: Sendable {
    private let key: KeyedHash.Key

    package init(key: KeyedHash.Key) {
        self.key = key
    }

    /// The digest of a finding; linear in the length of its texts.
    package func digest(_ facts: FindingFacts) -> FindingDigest {
        var digest = FindingDigest(kind: facts.kind)
        digest.rule = hash(FindingDigester.ruleKey(facts))
        digest.message = hash(facts.message.utf8)
        digest.skeleton = hash(TextForms.skeleton(facts.message))
        digest.subject = subject(facts)
        setPlace(facts, &digest)
        digest.scope = facts.kind == .dast ? hash(facts.host.utf8) : hash(facts.scope.utf8)
        digest.version = hash(facts.version.utf8)
        digest.line = Int32(clamping: facts.line)
        digest.column = Int32(clamping: facts.column)
        digest.endLine = Int32(clamping: max(facts.endLine, facts.line))
        digest.endColumn = Int32(clamping: facts.endColumn)
        for (algorithm, value) in facts.fingerprints {
            digest.evidence.add(algorithm, hash(value.utf8))
        }
        digest.evidence.add(.snippet, hash(withoutSpace: facts.snippet))
        return digest
    }

    /// The hash of a path, as ``FindingDigest/place`` has it; for a map of renamed files.
    package func place(ofFile path: String) -> UInt64 {
        hash(TextForms.path(path))
    }

    /// The keyed hash of bytes; 0 for none.
    package func hash(_ bytes: some Collection<UInt8>) -> UInt64 {
        guard !bytes.isEmpty else { return 0 }
        var hash = KeyedHash(key)
        hash.add(bytes)
        return hash.value()
    }

    /// The hash of a text without white space; 0 for none.
    private func hash(withoutSpace text: String) -> UInt64 {
        var hash = KeyedHash(key)
        var isEmpty = true
        for byte in text.utf8 where byte != 0x20 && !(0x09...0x0D).contains(byte) {
            hash.add(byte)
            isEmpty = false
        }
        return isEmpty ? 0 : hash.value()
    }

    /// The rule: the first identifier that is not a class of weaknesses, else that class, else the message's skeleton.
    package static func ruleKey(_ facts: FindingFacts) -> [UInt8] {
        let rule = facts.identifiers.first { !isClass($0.type) } ?? facts.identifiers.first
        guard let rule else { return Array("message:".utf8) + TextForms.skeleton(facts.message) }
        var key: [UInt8] = []
        key.reserveCapacity(rule.type.utf8.count + rule.value.utf8.count + 1)
        for byte in rule.type.utf8 { key.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte) }
        let isUpper = key.elementsEqual("cve".utf8) || key.elementsEqual("ghsa".utf8) || key.elementsEqual("cwe".utf8)
        key.append(UInt8(ascii: ":"))
        for byte in rule.value.utf8 { key.append(isUpper && (0x61...0x7A).contains(byte) ? byte & 0xDF : byte) }
        return key
    }

    /// Whether identifiers of a type name a class of weaknesses and not one.
    private static func isClass(_ type: String) -> Bool {
        switch type {
        case "cwe", "CWE", "owasp", "OWASP", "wasc", "WASC", "capec", "CAPEC": true
        default: false
        }
    }

    private func subject(_ facts: FindingFacts) -> UInt64 {
        switch facts.kind {
        case .sast: return 0
        case .secret: return facts.secret
        case .infrastructure: return hash(facts.resource.utf8)
        case .dependency: return hash(facts.component.utf8)
        case .container: return hash(parts: [Array(facts.distribution.utf8), Array(facts.component.utf8)])
        case .dast: return hash(parts: [Array(facts.method.uppercased().utf8), Array(facts.parameter.utf8)])
        case .fuzzing: return hash(facts.resource.utf8)
        case .cloud: return hash(TextForms.resource(facts.resource))
        }
    }

    private func setPlace(_ facts: FindingFacts, _ digest: inout FindingDigest) {
        let path: [UInt8]
        switch facts.kind {
        case .container: path = TextForms.imageRepository(facts.path)
        case .dast: path = TextForms.pathTemplate(facts.path)
        default: path = TextForms.path(facts.path)
        }
        digest.place = hash(path)
        let name = path.lastIndex(of: UInt8(ascii: "/")).map { path[($0 + 1)...] } ?? path[...]
        digest.placeName = hash(name)
    }

    /// The hash of texts one behind the other, each with its length in front.
    private func hash(parts: [[UInt8]]) -> UInt64 {
        var hash = KeyedHash(key)
        for part in parts {
            hash.add(UInt64(part.count))
            hash.add(part)
        }
        return hash.value()
    }
}
