// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Foundation
package import VulnerabilityManagement

/// Reports as scanners write them, made up, and a list of findings that came of them over three months.
package enum FindingSamples {
    /// A weakness in source code.
    package struct Weakness: Sendable {
        package var rule: String
        package var cwe: Int
        package var level: String
        package var file: String
        package var line: Int
        package var message: String

        package init(_ rule: String, cwe: Int, _ level: String, _ file: String, _ line: Int, _ message: String) {
            self.rule = rule
            self.cwe = cwe
            self.level = level
            self.file = file
            self.line = line
            self.message = message
        }
    }

    /// A log of SARIF 2.1.0.
    package static func sarif(_ weaknesses: [Weakness], tool: String = "semgrep", at time: Int? = nil) -> [UInt8] {
        let rules = Dictionary(grouping: weaknesses, by: \.rule).sorted { $0.key < $1.key }.map { rule, found in
            [
                "id": rule, "shortDescription": ["text": rule],
                "properties": ["tags": ["security", "external/cwe/cwe-\(found[0].cwe)"]],
            ] as [String: Any]
        }
        let results = weaknesses.map { weakness -> [String: Any] in
            let place: [String: Any] = [
                "physicalLocation": [
                    "artifactLocation": ["uri": weakness.file], "region": ["startLine": weakness.line],
                ]
            ]
            let source: [String: Any] = [
                "location": [
                    "physicalLocation": [
                        "artifactLocation": ["uri": weakness.file], "region": ["startLine": max(1, weakness.line - 6)],
                    ], "message": ["text": "the request's value comes in"],
                ]
            ]
            let sink: [String: Any] = ["location": place.merging(["message": ["text": "it is used here"]]) { $1 }]
            return [
                "ruleId": weakness.rule, "level": weakness.level, "message": ["text": weakness.message],
                "locations": [place],
                "codeFlows": [["threadFlows": [["locations": [source, sink]]]]],
            ]
        }
        var run: [String: Any] = [
            "tool": ["driver": ["name": tool, "version": "1.90.0", "rules": rules]], "results": results,
        ]
        if let time { run["invocations"] = [["executionSuccessful": true, "endTimeUtc": text(time)]] }
        return json(["version": "2.1.0", "runs": [run]])
    }

    /// A package with a known vulnerability.
    package struct Package: Sendable {
        var id: String
        var name: String
        var version: String
        var fix: String?
        var severity: String
        var title: String
        var vector: String
        var score: Double
        var cwe: String
    }

    /// A report of Trivy.
    package static func trivy(_ packages: [Package], image: String = "shop:1", at time: Int? = nil) -> [UInt8] {
        let found = packages.map { package -> [String: Any] in
            var entry: [String: Any] = [
                "VulnerabilityID": package.id, "PkgName": package.name, "InstalledVersion": package.version,
                "Severity": package.severity, "Title": package.title,
                "Description": "\(package.title).\n\nSee the advisory of \(package.name) for what is affected and how.",
                "PrimaryURL": "https://avd.aquasec.com/nvd/\(package.id.lowercased())", "CweIDs": [package.cwe],
                "CVSS": ["nvd": ["V3Vector": package.vector, "V3Score": package.score]],
                "References": ["https://example.com/advisories/\(package.id)", "javascript:alert(1)"],
                "PkgIdentifier": ["PURL": "pkg:npm/\(package.name)@\(package.version)"],
            ]
            if let fix = package.fix { entry["FixedVersion"] = fix }
            return entry
        }
        var report: [String: Any] = [
            "SchemaVersion": 2, "ArtifactName": image, "ArtifactType": "container_image",
            "Results": [
                [
                    "Target": "package-lock.json", "Class": "lang-pkgs", "Type": "npm", "Vulnerabilities": found,
                ]
            ],
        ]
        if let time { report["CreatedAt"] = text(time) }
        return json(report)
    }

    private static func text(_ time: Int) -> String {
        Date(timeIntervalSince1970: Double(time)).formatted(.iso8601)
    }

    private static func json(_ object: [String: Any]) -> [UInt8] {
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys) else { return [] }
        return Array(data)
    }
}

extension FindingSamples {
    private static let wide = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    private static let narrow = "CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N"

    package static let packages = [
        Package(
            id: "CVE-2021-44228",
            name: "log4j-core",
            version: "2.14.1",
            fix: "2.17.1",
            severity: "CRITICAL",
            title: "Remote code execution through lookups in messages",
            vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
            score: 10,
            cwe: "CWE-502"
        ),
        Package(
            id: "CVE-2022-25883",
            name: "semver",
            version: "5.7.1",
            fix: "7.5.2",
            severity: "HIGH",
            title: "Regular expression with exponential time in ranges",
            vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
            score: 7.5,
            cwe: "CWE-1333"
        ),
        Package(
            id: "CVE-2020-8203",
            name: "lodash",
            version: "4.17.15",
            fix: "4.17.20",
            severity: "HIGH",
            title: "Prototype pollution in zipObjectDeep",
            vector: wide,
            score: 7.4,
            cwe: "CWE-1321"
        ),
        Package(
            id: "CVE-2024-4068",
            name: "braces",
            version: "3.0.2",
            fix: "3.0.3",
            severity: "MEDIUM",
            title: "Memory exhaustion by unbalanced braces",
            vector: narrow,
            score: 5.3,
            cwe: "CWE-400"
        ),
        Package(
            id: "CVE-2023-26115",
            name: "word-wrap",
            version: "1.2.3",
            fix: nil,
            severity: "LOW",
            title: "Slow regular expression",
            vector: narrow,
            score: 2.2,
            cwe: "CWE-1333"
        ),
    ]

    package static let weaknesses: [Weakness] =
        [
            Weakness(
                "sql-injection",
                cwe: 89,
                "error",
                "src/cart/query.py",
                42,
                "A query is put together from the request."
            ),
            Weakness(
                "path-traversal",
                cwe: 22,
                "error",
                "src/files/download.py",
                18,
                "A path is built from a name that a client sent."
            ),
            Weakness(
                "reflected-xss",
                cwe: 79,
                "warning",
                "src/search/view.py",
                77,
                "What was searched for is shown unescaped."
            ),
            Weakness("weak-hash", cwe: 327, "warning", "src/users/tokens.py", 9, "MD5 is no hash for tokens."),
            Weakness(
                "hard-coded-host",
                cwe: 547,
                "note",
                "src/settings.py",
                3,
                "The address of a host stands in the code."
            ),
        ]
        + (1...12).map { number in
            Weakness(
                "open-redirect",
                cwe: 601,
                number % 3 == 0 ? "error" : "warning",
                "src/pages/page\(number).py",
                20 + number * 3,
                "The address to go on to is taken from the request, in page \(number)."
            )
        }

    /// Three months of scans of five projects: what came, what moved, what was mended, what came back.
    package static func fill(_ store: VulnerabilityStore, now: Int) throws {
        func take(_ report: [UInt8], _ project: String, day: Int, by maker: String = "ci") throws {
            var request = ImportRequest(project: project)
            request.commit = "4f2a91c0d7\(day)"
            request.file = "report.json"
            request.maker = maker
            _ = try store.importReport(ArraySource(report), request, now: now - day * 86_400)
        }
        func time(_ day: Int) -> Int { now - day * 86_400 }
        let moved = weaknesses.map { weakness -> Weakness in
            var weakness = weakness
            if weakness.file == "src/cart/query.py" { weakness.line += 12 }
            return weakness
        }
        try take(sarif(Array(weaknesses.prefix(14)), at: time(85)), "shop/cart", day: 85)
        try take(sarif(weaknesses, at: time(60)), "shop/cart", day: 60)
        try take(sarif(weaknesses.filter { $0.cwe != 22 }, at: time(41)), "shop/cart", day: 41)
        try take(sarif(weaknesses.filter { $0.cwe != 22 }, at: time(33)), "shop/cart", day: 33)
        try take(sarif(moved, at: time(6)), "shop/cart", day: 6)
        try take(sarif(Array(weaknesses.prefix(4)), tool: "bandit", at: time(20)), "shop/checkout", day: 20)
        try take(trivy(packages, at: time(70)), "shop/checkout", day: 70)
        try take(trivy(Array(packages.dropFirst()), at: time(12)), "shop/checkout", day: 12)
        try take(trivy(packages, image: "blog:3", at: time(35)), "blog", day: 35)
        try take(trivy(Array(packages.prefix(3)), image: "pay:1", at: time(2)), "pay/api", day: 2, by: "ada")
        try take(sarif([weaknesses[4]], at: time(90)), "docs", day: 90)
    }

    /// Findings whose texts would do harm where they are taken for more than text.
    package static func hostile() -> [UInt8] {
        sarif(
            Sample.hostile.enumerated().map { number, text in
                Weakness(text, cwe: 79, "error", "src/\(number)/" + text, 10 + number, text)
            },
            tool: "<b>tool</b>"
        )
    }
}
