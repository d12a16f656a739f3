// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a finding is called: a vulnerability's id, a class of weakness, a tool's rule.
package struct FindingIdentifier: Sendable, Hashable {
    /// The name space in lower case: `cve`, `cwe`, `ghsa`, `osv`, `rule` ...
    package var type: String
    /// The id in the form that its owner writes: `CVE-2021-44228`, `CWE-79`, `B101`.
    package var value: String
    /// A page about it, where the tool gives one.
    package var url: String?

    package init(type: String, value: String, url: String? = nil) {
        self.type = type
        self.value = value
        self.url = url
    }

    /// A tool's rule or check.
    package static func rule(_ value: String, url: String? = nil) -> FindingIdentifier {
        FindingIdentifier(type: "rule", value: value, url: url)
    }

    /// A class of weakness, from a number, `CWE-79` or `CWE-79: Cross-site Scripting`; nil for anything else.
    package static func cwe(_ text: String) -> FindingIdentifier? {
        var text = text
        return text.withUTF8 { bytes in
            var index = numberStart(bytes)
            let start = index
            var number = 0
            // No number of more digits than these is one of a weakness.
            while index < bytes.count, index < start + 18, bytes[index] &- 0x30 < 10 {
                number = number * 10 + Int(bytes[index] &- 0x30)
                index += 1
            }
            return number > 0 ? FindingIdentifier(type: "cwe", value: weaknessName(number)) : nil
        }
    }

    /// Where the number of a weakness begins: behind `CWE-`, else behind `CWE`, else at the beginning.
    private static func numberStart(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var mark: Int?
        var index = 0
        while index + 3 <= bytes.count {
            let isMark =
                bytes[index] | 0x20 == 0x63 && bytes[index + 1] | 0x20 == 0x77 && bytes[index + 2] | 0x20 == 0x65
            index += isMark ? 3 : 1
            guard isMark else { continue }
            mark = mark ?? index
            if index < bytes.count, bytes[index] == UInt8(ascii: "-") {
                mark = index
                break
            }
        }
        guard var start = mark else { return 0 }
        while start < bytes.count, "-:_ ".utf8.contains(bytes[start]) { start += 1 }
        return start
    }

    private static let weaknessNames = (0..<2048).map { "CWE-\($0)" }

    private static func weaknessName(_ number: Int) -> String {
        weaknessNames.indices.contains(number) ? weaknessNames[number] : "CWE-\(number)"
    }

    /// An id whose name space shows in its beginning, such as `CVE-`, `GHSA-` or `RUSTSEC-`; others get the given type.
    package static func vulnerability(_ text: String, url: String? = nil, otherwise type: String) -> FindingIdentifier {
        let isTrimmed = (text.utf8.first ?? 0) > 0x20 && (text.utf8.last ?? 0) > 0x20
        let value = isTrimmed ? text : text.trimmingSpace()
        guard let space = nameSpace(of: value) else {
            return FindingIdentifier(type: type, value: value, url: url)
        }
        if space == "cwe", let known = cwe(value) {
            return FindingIdentifier(type: "cwe", value: known.value, url: url)
        }
        let isLower = space == "cve" && value.utf8.contains { $0 &- 0x61 < 26 }
        return FindingIdentifier(type: space, value: isLower ? value.uppercased() : value, url: url)
    }

    private static func nameSpace(of value: String) -> String? {
        // No name space is longer than 8 letters.
        guard let dash = value.utf8.prefix(9).firstIndex(of: UInt8(ascii: "-")),
            let prefix = ASCIIWord(value.utf8[..<dash])
        else {
            return nil
        }
        return nameSpaces.first { $0.word == prefix }?.name
    }

    private static let nameSpaces: [(word: ASCIIWord, name: String)] = [
        "cve", "ghsa", "cwe", "go", "rustsec", "pysec", "osv", "snyk", "dsa", "dla", "usn", "rhsa", "rhba", "alas",
        "elsa", "mal", "gms", "gosec", "temp", "suse", "osvdb", "wid", "avd", "tra", "npm",
    ].compactMap { name in ASCIIWord(name).map { (word: $0, name: name) } }

    /// Every CVE id in a text, in their order, each once.
    package static func cves(in text: String) -> [FindingIdentifier] {
        var found: [FindingIdentifier] = []
        forEach("cve-", in: text) { rest in
            let year = rest.prefix { $0.isASCII && $0.isNumber }
            let number = rest[year.endIndex...].dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard year.utf8.count == 4, rest[year.endIndex...].utf8.first == UInt8(ascii: "-"), number.utf8.count >= 4
            else {
                return
            }
            let identifier = FindingIdentifier(type: "cve", value: "CVE-\(year)-\(number)")
            if found.count < 256, !found.contains(identifier) {
                found.append(identifier)
            }
        }
        return found
    }

    /// Every CWE id in a text, in their order, each once.
    ///
    /// - Parameter mark: what stands before its number, in lower case.
    package static func cwes(in text: String, mark: StaticString = "cwe-") -> [FindingIdentifier] {
        var found: [FindingIdentifier] = []
        forEach(mark, in: text) { rest in
            if let identifier = cwe(String(rest.prefix(8))), found.count < 64, !found.contains(identifier) {
                found.append(identifier)
            }
        }
        return found
    }

    /// Every GHSA id in a text, in their order, each once.
    package static func ghsas(in text: String) -> [FindingIdentifier] {
        var found: [FindingIdentifier] = []
        forEach("ghsa-", in: text) { rest in
            let id = rest.prefix(14).lowercased()
            let groups = id.split(separator: "-", omittingEmptySubsequences: false)
            guard groups.count == 3, groups.allSatisfy({ $0.utf8.count == 4 }) else {
                return
            }
            let identifier = FindingIdentifier(type: "ghsa", value: "GHSA-\(id)")
            if found.count < 256, !found.contains(identifier) {
                found.append(identifier)
            }
        }
        return found
    }

    /// Calls `body` with what stands behind each occurrence of a mark.
    private static func forEach(_ mark: StaticString, in text: String, _ body: (Substring) -> Void) {
        var rest = Substring(text)
        while let found = rest.range(ofASCII: mark) {
            rest = rest[found.upperBound...]
            body(rest)
        }
    }
}
