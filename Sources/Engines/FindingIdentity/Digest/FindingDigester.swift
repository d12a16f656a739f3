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
        digest.message = hash(facts.message)
        digest.skeleton = withForm(of: facts.message, TextForms.skeleton)
        digest.subject = subject(facts)
        setPlace(facts, &digest)
        digest.scope = hash(facts.kind == .dast ? facts.host : facts.scope)
        digest.version = hash(facts.version)
        digest.line = Int32(clamping: facts.line)
        digest.column = Int32(clamping: facts.column)
        digest.endLine = Int32(clamping: max(facts.endLine, facts.line))
        digest.endColumn = Int32(clamping: facts.endColumn)
        for (algorithm, value) in facts.fingerprints {
            digest.evidence.add(algorithm, hash(value))
        }
        digest.evidence.add(.snippet, withForm(of: facts.snippet, TextForms.withoutSpace))
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

    /// The keyed hash of a text; 0 for none.
    private func hash(_ text: String) -> UInt64 {
        guard !text.isEmpty else { return 0 }
        var text = text
        return text.withUTF8 { hash(buffer: $0) }
    }

    @inline(__always)
    private func hash(buffer: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard !buffer.isEmpty else { return 0 }
        var hash = KeyedHash(key)
        hash.add(buffer)
        return hash.value()
    }

    /// The hash of a form of a text that is no longer than the text; 0 for none.
    ///
    /// - Parameter write: writes the form into a buffer that has room for it; its length.
    @inline(__always)
    private func withForm(
        of text: String,
        _ write: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) -> Int
    ) -> UInt64 {
        guard !text.isEmpty else { return 0 }
        var text = text
        return text.withUTF8 { bytes in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count) { buffer in
                let count = write(bytes, buffer)
                return hash(buffer: UnsafeBufferPointer(rebasing: buffer[..<count]))
            }
        }
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
        case .infrastructure: return hash(facts.resource)
        case .dependency: return hash(facts.component)
        case .container: return hash(parts: [Array(facts.distribution.utf8), Array(facts.component.utf8)])
        case .dast: return hash(parts: [Array(facts.method.uppercased().utf8), Array(facts.parameter.utf8)])
        case .fuzzing: return hash(facts.resource.utf8)
        case .cloud: return hash(TextForms.resource(facts.resource))
        }
    }

    private func setPlace(_ facts: FindingFacts, _ digest: inout FindingDigest) {
        switch facts.kind {
        case .container: TextForms.imageRepository(facts.path).withUnsafeBufferPointer { setPlace($0, &digest) }
        case .dast: TextForms.pathTemplate(facts.path).withUnsafeBufferPointer { setPlace($0, &digest) }
        default:
            var path = facts.path
            let isDone = path.withUTF8 { bytes in
                // Most paths are kept as they are.
                guard !TextForms.needsWork(bytes) else { return false }
                setPlace(bytes, &digest)
                return true
            }
            if !isDone { TextForms.path(facts.path).withUnsafeBufferPointer { setPlace($0, &digest) } }
        }
    }

    private func setPlace(_ path: UnsafeBufferPointer<UInt8>, _ digest: inout FindingDigest) {
        digest.place = hash(buffer: path)
        let name = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        digest.placeName = hash(buffer: UnsafeBufferPointer(rebasing: path[name...]))
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
