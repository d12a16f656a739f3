// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SigmaRules
import Testing

/// Rules of a few lines, for tests.
enum Rules {
    /// A rule with these search identifiers and condition, each line as in a rule's `detection`.
    static func text(_ detection: String, title: String = "a test", extra: String = "") -> String {
        let body = detection.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
        return """
            title: \(title)
            \(extra)
            logsource:
                product: test
            detection:
            \(body.joined(separator: "\n"))
            """ + "\n"
    }

    static func compile(_ texts: String..., options: SigmaOptions = SigmaOptions()) -> (SigmaRuleSet, [SigmaDiagnostic])
    {
        let files = texts.enumerated().map { SigmaFile(name: "\($0.offset).yml", text: $0.element) }
        return SigmaRuleSet.compile(files, options: options)
    }

    static func match(_ matcher: SigmaMatcher, _ event: String) throws -> [Int] {
        var event = event
        return try event.withUTF8 { bytes in
            try matcher.match(bytes).map { Int($0) }
        }
    }

    /// Whether a rule matches an event; the explanation has to say the same.
    static func matches(
        _ detection: String,
        _ event: String,
        options: SigmaOptions = SigmaOptions(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Bool {
        let (set, diagnostics) = compile(text(detection), options: options)
        #expect(diagnostics == [], sourceLocation: sourceLocation)
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        var event = event
        return try event.withUTF8 { bytes in
            let matches = try !matcher.match(bytes).isEmpty
            #expect(matcher.explain(0)?.matches == matches, sourceLocation: sourceLocation)
            return matches
        }
    }

    /// Whether `field: value`, with modifiers in the field, matches an event.
    static func selects(
        _ item: String,
        _ event: String,
        options: SigmaOptions = SigmaOptions(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Bool {
        let body = item.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        return try matches(
            "selection:\n\(body)\ncondition: selection",
            event,
            options: options,
            sourceLocation: sourceLocation
        )
    }

    /// The first complaint about a rule.
    static func complaint(_ item: String) -> String? {
        let (_, diagnostics) = compile(text("selection:\n    \(item)\ncondition: selection"))
        return diagnostics.first?.message
    }
}
