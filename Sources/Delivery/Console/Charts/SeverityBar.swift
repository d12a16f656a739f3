// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Scoring
internal import VulnerabilityManagement

/// Counts by severity as one bar in the size of a word, beside their numbers.
enum SeverityBar {
    /// - Parameter most: what fills the whole width.
    static func html(_ counts: SeverityCounts, of most: Int) -> HTML {
        let whole = max(1, most)
        var x = 0.0
        var drawn = HTML.empty
        for (severity, count) in counts.all where count > 0 {
            let width = max(1, Double(count) * 100 / Double(whole))
            let fill = severity == "unknown" ? "f-unknown" : "f-\(severity)"
            drawn +=
                "<rect class=\"\(fill)\" x=\"\(tenths(x))\" width=\"\(tenths(min(width, 100 - x)))\" height=\"8\"/>"
            x = min(99, x + width)
        }
        return """
            <svg viewBox="0 0 100 8" width="100" height="8" aria-hidden="true" preserveAspectRatio="none">\
            <rect class="f-info" width="100" height="8" opacity=".18"/>\(drawn)</svg>
            """
    }

    /// The numbers in words, worst first: `2 critical, 5 high`.
    static func words(_ counts: SeverityCounts) -> String {
        let parts = counts.all.filter { $0.count > 0 }.map { "\(Count.grouped($0.count)) \($0.severity)" }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
