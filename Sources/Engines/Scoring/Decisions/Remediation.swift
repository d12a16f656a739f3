// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a decision asks for: how soon, and whether an investigation goes with it.
package struct Remediation: Sendable, Hashable {
    /// Days from the decision; nil where the next regular upgrade is soon enough, or nothing is to be done.
    package var days: Int?
    /// Whether traces of an intrusion have to be looked for as well.
    package var needsForensics: Bool

    package init(days: Int?, needsForensics: Bool = false) {
        self.days = days
        self.needsForensics = needsForensics
    }

    /// What the decisions of the built-in tables ask for; nil for a decision that says nothing of time.
    ///
    /// The timelines of BOD 26-04 are its own. The other tables name urgencies only; the days for those are this
    /// program's defaults, chosen to fit the directive's.
    package init?(decision: String) {
        let text = decision.lowercased()
        if let days = Remediation.leadingDays(text) {
            self.init(days: days, needsForensics: text.contains("forensic"))
            return
        }
        switch text {
        case "immediate", "act": self.init(days: 3)
        case "out-of-cycle", "attend": self.init(days: 14)
        case "scheduled", "track*": self.init(days: 60)
        case "fix on system upgrade", "defer", "track": self.init(days: nil)
        default: return nil
        }
    }

    /// The number in front of "days".
    private static func leadingDays(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count >= 2, words[1] == "days" || words[1] == "day", let days = Int(words[0]), days >= 0 else {
            return nil
        }
        return days
    }

    /// The time by which it is due, in seconds since 1970.
    ///
    /// - Parameter start: when the finding was first seen, or when the facts changed so that it became urgent.
    package func due(from start: Int) -> Int? {
        days.map { start + $0 * 86_400 }
    }
}
