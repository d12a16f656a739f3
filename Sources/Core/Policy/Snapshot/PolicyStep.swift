// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One question that a decision went through, and its answer; made only when somebody asks why.
package struct PolicyStep: Hashable, Sendable, Codable, CustomStringConvertible {
    package enum Question: String, Sendable, Codable {
        /// Which mode does the control have here?
        case controlMode = "control_mode"
        /// Does an exception let the detection pass?
        case exception
        /// Which mode does the rule have here?
        case ruleMode = "rule_mode"
        /// Which detection decides?
        case deciding
        /// May the client be blocked at all?
        case neverBlock = "never_block"
        /// Is an entity of the activity blocked?
        case block
        /// Is a limit exceeded?
        case limit
        case outcome
    }

    package let question: Question
    /// In words for people.
    package let answer: String

    package var description: String { "\(question.rawValue): \(answer)" }
}
