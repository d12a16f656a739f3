// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import TestSupport
import Testing

@testable import Access

/// What docs/access.md says is what is so.
@Suite struct DocumentationTests {
    private func document() throws -> String {
        try String(contentsOf: TestData.packageRoot.appendingPathComponent("docs/access.md"), encoding: .utf8)
    }

    @Test func `the table of roles is the one that is used`() throws {
        var lines = ["| role | \(Permission.allCases.map(\.rawValue).joined(separator: " | ")) |"]
        lines.append("| --- |" + String(repeating: " --- |", count: Permission.allCases.count))
        for role in Role.allCases {
            let cells = Permission.allCases.map { role.permissions.contains($0) ? "yes" : "–" }
            lines.append("| `\(role)` | \(cells.joined(separator: " | ")) |")
        }
        #expect(try document().contains(lines.joined(separator: "\n") + "\n\n"))
    }

    @Test func `all permissions, acts and algorithms are named`() throws {
        let document = try document()
        for permission in Permission.allCases { #expect(document.contains("| `\(permission)` |")) }
        for kind in AccessAct.Kind.allCases { #expect(document.contains("`\(kind.rawValue)`"), "\(kind)") }
        // As the evidence log wants it.
        #expect(AccessAct.Kind.allCases.allSatisfy { $0.rawValue.wholeMatch(of: /[a-z0-9._-]{1,64}/) != nil })
        for algorithm in SigningAlgorithm.allCases { #expect(document.contains(algorithm.rawValue)) }
    }

    @Test func `the numbers are those that are used`() throws {
        let document = try document()
        let cost = PasswordCost.standard
        let settings = AccessControl.Settings()
        for sentence in [
            "N = 2^\(cost.logarithm), r = \(cost.blockSize), p = \(cost.repetitions): \(cost.memory >> 20) MiB",
            "\(PasswordPolicy.length.lowerBound) to \(PasswordPolicy.length.upperBound) characters",
            "A session lasts \(settings.sessionLifetime.components.seconds / 3600) hours",
            "and \(settings.sessionIdle.components.seconds / 3600) hour without use",
            "A user has at most \(AccessControl.maximumSessions);",
            "A user has at most \(AccessControl.maximumTokens) that",
            "once, for \(AccessControl.firstLinkLifetime.components.seconds / 60) minutes",
            "up to \(AccessControl.longestLinkLifetime.components.seconds / 3600) hours",
            "It lasts \(AccessControl.tokenLifetime.components.seconds / 86_400) days",
            "\(AccessControl.longestTokenLifetime.components.seconds / 86_400) at most",
            "with \(Int(IDToken.tolerance)) seconds of tolerance",
        ] {
            let words = sentence.split(separator: " ").joined(separator: " ")
            let text = document.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(text.contains(words), "\(sentence)")
        }
    }
}
