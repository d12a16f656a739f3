// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// How many incidents may be opened in a day, so that people look at each.
///
/// What matters less may use a smaller share, so that it cannot take the room of what matters more. What is critical always
/// passes, up to ten budgets.
struct AlertBudget {
    private let perDay: Int
    private var day: Int64 = .min
    private(set) var opened = 0

    init(perDay: Int) {
        self.perDay = max(1, perDay)
    }

    /// - Parameter opened: how many were opened on that day already.
    mutating func begin(day: Int64, opened: Int) {
        self.day = day
        self.opened = opened
    }

    /// Takes a place for an incident.
    ///
    /// - Returns: false where there is none left.
    mutating func take(_ severity: Severity, day today: Int64) -> Bool {
        if today != day { begin(day: today, opened: 0) }
        guard opened < room(for: severity) else { return false }
        opened += 1
        return true
    }

    private func room(for severity: Severity) -> Int {
        switch severity {
        case .info, .low: max(1, perDay / 2)
        case .medium: max(1, perDay * 3 / 4)
        case .high: perDay
        case .critical: perDay * 10
        }
    }
}
