// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a file says of the findings in it, for reports that do not: made where the source is at hand.
package struct SourceEvidence: Sendable {
    private let lineKeys: [String]
    private let rollingHashes: [String]
    private let scopes: EnclosingScopes?

    /// Reads a file once; linear in its length.
    ///
    /// - Parameters:
    ///   - source: the bytes of the file.
    ///   - path: its path, which tells the language.
    package init(_ source: [UInt8], path: String) {
        lineKeys = SourceEvidence.lineKeys(source)
        rollingHashes = RollingHash.lines(source)
        scopes = SourceLanguage(path: path).map { EnclosingScopes(source, language: $0) }
    }

    /// Adds to a finding what the file says of its line: line and rolling hash, and the scope where it has none.
    ///
    /// Facts stay as they are where the line is beyond the end of the file.
    package func add(to facts: inout FindingFacts) {
        guard lineKeys.indices.contains(facts.line - 1) else { return }
        let line = facts.line - 1
        facts.fingerprints.append((.lineHash, lineKeys[line]))
        if rollingHashes.indices.contains(line) { facts.fingerprints.append((.rollingHash, rollingHashes[line])) }
        if facts.scope.isEmpty, let scopes { facts.scope = scopes.scope(ofLine: facts.line) }
    }

    /// Each line without white space, with the how many-th of its like in the file it is.
    static func lineKeys(_ source: [UInt8]) -> [String] {
        var counts: [[UInt8]: Int] = [:]
        return source.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            let text = TextForms.withoutSpace(line)
            let count = (counts[text] ?? 0) + 1
            counts[text] = count
            return "\(String(decoding: text, as: UTF8.self)):\(count)"
        }
    }
}
