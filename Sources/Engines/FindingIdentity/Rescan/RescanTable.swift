// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What can happen to a finding.
package enum RescanInput: String, Sendable, Hashable, CaseIterable {
    /// A scan found it.
    case seen
    /// A complete scan of its scope did not find it.
    case missed
    /// As many complete scans in a row did not find it as the policy wants.
    case missedEnough
    /// The time for which its risk was accepted is over.
    case acceptanceExpired
    case confirm
    case dismiss
    case resolve
    case reopen
}

/// What is told of a change, for history, notifications and charts.
package enum RescanEvent: String, Sendable, Hashable, CaseIterable {
    /// Found again after it was gone, still open or dismissed.
    case detectedAgain
    /// Found again after it was resolved: open once more.
    case reopened
    case noLongerDetected
    case autoResolved
    case acceptanceExpired
    case confirmed
    case dismissed
    case resolved
    case reopenedByHand
}

/// The state machine of findings as a table: for each state, whether the finding is detected, and input one row.
package struct RescanTable: Sendable {
    /// A row of the table.
    package struct Row: Sendable, Hashable {
        package var state: TriageState
        package var isDetected: Bool
        package var input: RescanInput
        package var nextState: TriageState
        package var nextDetected: Bool
        package var events: [RescanEvent]
    }

    /// One row for each combination, as the rules below give it.
    package static let rows: [Row] = text.description.split(separator: "\n").compactMap(row)

    /// The row of a combination.
    package static func row(_ state: TriageState, isDetected: Bool, _ input: RescanInput) -> Row {
        table[index(state, isDetected, input)]
            ?? Row(
                state: state,
                isDetected: isDetected,
                input: input,
                nextState: state,
                nextDetected: isDetected,
                events: []
            )
    }

    private static let table: [Row?] = {
        var table = [Row?](
            repeating: nil,
            count: TriageState.allCases.count * 2 * RescanInput.allCases.count
        )
        for row in rows { table[index(row.state, row.isDetected, row.input)] = row }
        return table
    }()

    private static func index(_ state: TriageState, _ isDetected: Bool, _ input: RescanInput) -> Int {
        let states = TriageState.allCases.firstIndex(of: state) ?? 0
        let inputs = RescanInput.allCases.firstIndex(of: input) ?? 0
        return (states * 2 + (isDetected ? 1 : 0)) * RescanInput.allCases.count + inputs
    }

    /// State, `+` detected or `-` not, input, next state, next detected, events. `missedEnough` comes in place of `missed`.
    ///
    /// What a person dismissed stays dismissed whatever scans say; only an accepted risk ends by itself. What is resolved,
    /// by whom ever, and found is open again, unless a person forbade that. A policy resolves only what is gone.
    private static let text: StaticString = """
        needsTriage + seen              needsTriage +
        needsTriage + missed            needsTriage - noLongerDetected
        needsTriage + missedEnough      resolved    - noLongerDetected autoResolved
        needsTriage + acceptanceExpired needsTriage +
        needsTriage + confirm           confirmed   + confirmed
        needsTriage + dismiss           dismissed   + dismissed
        needsTriage + resolve           resolved    + resolved
        needsTriage + reopen            needsTriage +
        needsTriage - seen              needsTriage + detectedAgain
        needsTriage - missed            needsTriage -
        needsTriage - missedEnough      resolved    - autoResolved
        needsTriage - acceptanceExpired needsTriage -
        needsTriage - confirm           confirmed   - confirmed
        needsTriage - dismiss           dismissed   - dismissed
        needsTriage - resolve           resolved    - resolved
        needsTriage - reopen            needsTriage -
        confirmed   + seen              confirmed   +
        confirmed   + missed            confirmed   - noLongerDetected
        confirmed   + missedEnough      resolved    - noLongerDetected autoResolved
        confirmed   + acceptanceExpired confirmed   +
        confirmed   + confirm           confirmed   +
        confirmed   + dismiss           dismissed   + dismissed
        confirmed   + resolve           resolved    + resolved
        confirmed   + reopen            needsTriage + reopenedByHand
        confirmed   - seen              confirmed   + detectedAgain
        confirmed   - missed            confirmed   -
        confirmed   - missedEnough      resolved    - autoResolved
        confirmed   - acceptanceExpired confirmed   -
        confirmed   - confirm           confirmed   -
        confirmed   - dismiss           dismissed   - dismissed
        confirmed   - resolve           resolved    - resolved
        confirmed   - reopen            needsTriage - reopenedByHand
        dismissed   + seen              dismissed   +
        dismissed   + missed            dismissed   - noLongerDetected
        dismissed   + missedEnough      dismissed   - noLongerDetected
        dismissed   + acceptanceExpired needsTriage + acceptanceExpired
        dismissed   + confirm           confirmed   + confirmed
        dismissed   + dismiss           dismissed   +
        dismissed   + resolve           resolved    + resolved
        dismissed   + reopen            needsTriage + reopenedByHand
        dismissed   - seen              dismissed   + detectedAgain
        dismissed   - missed            dismissed   -
        dismissed   - missedEnough      dismissed   -
        dismissed   - acceptanceExpired needsTriage - acceptanceExpired
        dismissed   - confirm           confirmed   - confirmed
        dismissed   - dismiss           dismissed   -
        dismissed   - resolve           resolved    - resolved
        dismissed   - reopen            needsTriage - reopenedByHand
        resolved    + seen              needsTriage + reopened
        resolved    + missed            resolved    - noLongerDetected
        resolved    + missedEnough      resolved    - noLongerDetected
        resolved    + acceptanceExpired resolved    +
        resolved    + confirm           confirmed   + confirmed
        resolved    + dismiss           dismissed   + dismissed
        resolved    + resolve           resolved    +
        resolved    + reopen            needsTriage + reopenedByHand
        resolved    - seen              needsTriage + reopened
        resolved    - missed            resolved    -
        resolved    - missedEnough      resolved    -
        resolved    - acceptanceExpired resolved    -
        resolved    - confirm           confirmed   - confirmed
        resolved    - dismiss           dismissed   - dismissed
        resolved    - resolve           resolved    -
        resolved    - reopen            needsTriage - reopenedByHand
        """

    private static func row(_ line: Substring) -> Row? {
        let words = line.split(separator: " ")
        guard words.count >= 5, let state = TriageState(rawValue: String(words[0])),
            let input = RescanInput(rawValue: String(words[2])), let next = TriageState(rawValue: String(words[3]))
        else { return nil }
        return Row(
            state: state,
            isDetected: words[1] == "+",
            input: input,
            nextState: next,
            nextDetected: words[4] == "+",
            events: words.dropFirst(5).compactMap { RescanEvent(rawValue: String($0)) }
        )
    }
}
