// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import VulnerabilityManagement

/// Rules of the web firewall that guard findings till they are mended. Times are seconds since 1970.
package struct PatchAccess: Sendable {
    /// What is done to one; each is in the evidence ledger before it takes effect.
    package enum Act: String, Sendable, CaseIterable {
        case apply, observe, enforce, retire
    }

    /// Writes a rule that guards a finding; no firewall has it yet.
    ///
    /// - Throws: ``FindingActs/Refusal`` where none can be made.
    package var propose:
        @Sendable (_ finding: Int64, _ route: RoutePattern?, _ parameter: String?, _ maker: String, _ now: Int)
            async throws
            -> (patch: VirtualPatch, text: String)
    /// - Throws: ``FindingActs/Refusal`` where the rule is not there, or its state does not allow it.
    package var act:
        @Sendable (_ act: Act, _ rule: Int, _ because: String, _ maker: String, _ now: Int) async throws -> VirtualPatch
    /// Takes back the rules of findings that are closed, but for those that may be what hides them.
    package var retireResolved:
        @Sendable (_ evenHidden: Bool, _ maker: String, _ now: Int) async throws -> (
            retired: [VirtualPatch], hidden: [VirtualPatch]
        )

    package init(
        propose:
            @escaping @Sendable (Int64, RoutePattern?, String?, String, Int) async throws -> (
                patch: VirtualPatch, text: String
            ),
        act: @escaping @Sendable (Act, Int, String, String, Int) async throws -> VirtualPatch,
        retireResolved:
            @escaping @Sendable (Bool, String, Int) async throws -> (retired: [VirtualPatch], hidden: [VirtualPatch])
    ) {
        self.propose = propose
        self.act = act
        self.retireResolved = retireResolved
    }
}
