// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// The rules that an exception is about. As text `942100`, `942100-942199` or `tag:attack-sqli`.
package enum RuleSelector: TextForm {
    case rule(RuleID)
    /// Rules with a number, both ends included.
    case range(ClosedRange<Int>)
    case tag(String)

    package init(parsing text: String) throws(ModelError) {
        if text.hasPrefix("tag:") {
            // A tag has the same form as a rule's identifier.
            self = .tag(try RuleID(parsing: String(text.dropFirst(4))).description)
            return
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1] else {
            self = .rule(try RuleID(parsing: text))
            return
        }
        guard first < last else {
            throw ModelError(.rule, "expected a range from a lower to a higher rule, found \(first)-\(last)")
        }
        self = .range(first...last)
    }

    package var description: String {
        switch self {
        case .rule(let rule): rule.description
        case .range(let range): "\(range.lowerBound)-\(range.upperBound)"
        case .tag(let tag): "tag:\(tag)"
        }
    }

    package func covers(_ detection: Detection) -> Bool {
        switch self {
        case .rule(let rule): detection.rule == rule
        case .range(let range): detection.rule.number.map(range.contains) ?? false
        case .tag(let tag): detection.tags.contains(tag)
        }
    }
}
