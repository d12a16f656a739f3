// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// What happens when something fails, for each place and cause; the defaults are built in.
///
/// A fault of ours lets pass and says so, unless it is set to deny. What a client can cause is a detection, as it could
/// otherwise switch the control off; it cannot be set to pass.
package struct FailurePolicy: Hashable, Sendable {
    private var choices: [FailureCase: FailureAction] = [:]

    package init() {}

    package subscript(_ failure: FailureCase) -> FailureAction {
        choices[failure] ?? failure.standard
    }

    /// Those that are set to something else than their default, in the order of their texts.
    package var settings: [(failure: FailureCase, action: FailureAction)] {
        choices.map { (failure: $0.key, action: $0.value) }.sorted { $0.failure.description < $1.failure.description }
    }

    /// - Parameter action: nil for the default.
    /// - Throws: ``PolicyError/Code/senseless`` for an action that this failure cannot have.
    package mutating func set(_ failure: FailureCase, to action: FailureAction?) throws(PolicyError) {
        guard let action, action != failure.standard else {
            choices[failure] = nil
            return
        }
        guard failure.actions.contains(action) else {
            let names = failure.actions.map(\.rawValue).joined(separator: " or ")
            let why = failure.cause.isOurs ? "" : ", as clients can cause it at will"
            throw PolicyError(.senseless, "\(failure) can only be set to \(names)\(why)")
        }
        choices[failure] = action
    }

    /// What to do about a failure where a mode holds.
    package func outcome(of failure: FailureCase, in mode: Mode) -> FailureOutcome {
        let action = self[failure]
        return FailureOutcome(
            action: action,
            isRefused: mode == .enforce && (action == .deny || action == .detect),
            isDetection: action == .detect,
            isAlert: failure.cause.isOurs
        )
    }
}

/// What a failure leads to.
package struct FailureOutcome: Hashable, Sendable {
    package var action: FailureAction
    /// Whether the activity is refused because of it.
    package var isRefused: Bool
    /// Whether it is recorded as a detection, which may have exceptions.
    package var isDetection: Bool
    /// Whether whoever runs the installation has to be told, as it is our fault.
    package var isAlert: Bool
}

extension FailurePolicy: Codable {
    /// An object from `request.engine_error` and the like to actions, with those that are not defaults.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let texts = try container.decode([String: FailureAction].self)
        do throws(PolicyError) {
            for (text, action) in texts {
                guard let failure = FailureCase(text) else {
                    let known = FailureCase.all.map(\.description).joined(separator: ", ")
                    throw PolicyError(.notFound, "there is no failure \"\(text)\"; expected \(known)")
                }
                try set(failure, to: action)
            }
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let texts = choices.map { ($0.key.description, $0.value) }
        try container.encode(Dictionary(texts) { first, _ in first })
    }
}
