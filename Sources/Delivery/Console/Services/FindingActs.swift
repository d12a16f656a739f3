// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import VulnerabilityManagement

/// What people do about findings.
package struct FindingActs: Sendable {
    /// Which findings are meant.
    package enum Choice: Sendable, Hashable {
        case these([Identifier])
        /// All that a filter finds, also those that no page shows.
        case filter(String)
    }

    /// What is to be done.
    package struct Order: Sendable, Hashable {
        package var choice: Choice
        package var act: Act
        /// Why a finding is dismissed, as the API has it; of ``Act/dismiss`` only.
        package var dismissal: String?
        /// Who is to care; of ``Act/assign`` only.
        package var assignee: String?
        /// Why, in words; kept in the history.
        package var reason: String
        /// How bad it is, whatever its scanner says; of ``Act/rate`` only.
        package var severity: String?
        /// When an accepted risk is to be looked at again, and till when a rating holds, in nanoseconds since 1970; of
        /// dismissals as `acceptable_risk`, and of ``Act/rate``, which holds for good without it.
        package var until: Int64?
        /// Outside of which nothing is changed, whatever is chosen; nil for everything.
        package var bounds: ProjectBounds?

        package init(_ choice: Choice, _ act: Act, because reason: String) {
            self.choice = choice
            self.act = act
            self.reason = reason
        }
    }

    package enum Act: String, Sendable, Hashable, CaseIterable {
        case confirm, dismiss, resolve, reopen, assign, rate, comment

        /// As a button has it.
        var label: String {
            switch self {
            case .confirm: "Confirm"
            case .dismiss: "Dismiss"
            case .resolve: "Mark as resolved"
            case .reopen: "Reopen"
            case .assign: "Assign"
            case .rate: "Rate"
            case .comment: "Comment"
            }
        }
    }

    /// What an order changes.
    package struct Outcome: Sendable, Hashable {
        /// How many findings are meant.
        package var matched: Int
        /// How many of them change; the others are so already, or cannot be.
        package var changed: Int
        /// The numbers of the first that change.
        package var examples: [Int64]
        /// Why others do not change, by reason.
        package var skipped: [String: Int]
        /// By which the change is taken back; nil for none, and in a preview.
        package var batch: String?

        package init(
            matched: Int,
            changed: Int,
            examples: [Int64] = [],
            skipped: [String: Int] = [:],
            batch: String? = nil
        ) {
            self.matched = matched
            self.changed = changed
            self.examples = examples
            self.skipped = skipped
            self.batch = batch
        }
    }

    /// Does it, with a leaf in the evidence log before it takes effect; a preview changes nothing.
    ///
    /// - Throws: ``Refusal`` where the order makes no sense.
    package var apply:
        @Sendable (_ order: Order, _ maker: String, _ time: Int64, _ isPreview: Bool) async throws -> Outcome

    /// Takes back what a batch changed, as far as nobody changed it since; nil where nothing can be taken back.
    package var undo: (@Sendable (_ batch: String, _ maker: String, _ time: Int64) async throws -> Outcome)?

    /// Who did a batch; nil where it cannot be taken back, or is taken back already.
    package var maker: @Sendable (_ batch: String) async throws -> String?

    /// Why an order is refused.
    package struct Refusal: Error {
        package var message: String

        package init(_ message: String) {
            self.message = message
        }
    }

    package init(
        apply: @escaping @Sendable (Order, String, Int64, Bool) async throws -> Outcome,
        undo: (@Sendable (String, String, Int64) async throws -> Outcome)? = nil,
        maker: @escaping @Sendable (String) async throws -> String? = { _ in nil }
    ) {
        self.maker = maker
        self.apply = apply
        self.undo = undo
    }
}
