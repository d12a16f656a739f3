// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Console
import DefenseModel
import Gateway
import Policy
import SecLang
import Synchronization
import WebFirewall

/// What a gateway protects and with which rules, as it is now; a reload replaces it.
final class Protection: Sendable {
    private struct State {
        var applications: [ProtectedApplication] = []
        var ruleSets: [RuleSet] = []
        /// By the name that scopes give an application.
        var rulesOf: [String: RuleSet] = [:]
        /// Made when they are first asked for.
        var catalogue: [CatalogueRule]?
    }

    private let state = Mutex(State())

    func replace(_ setup: GatewaySetup, sampleShop: String?) {
        let applications = zip(setup.plan.applications, setup.rules).map { application, entry in
            ProtectedApplication(
                name: application.scopeName,
                upstream: application.upstream.map { "\($0.host):\($0.port)" } ?? sampleShop ?? "the sample shop",
                hosts: [application.name],
                ruleSet: entry?.title,
                configured: application.mode
            )
        }
        let rules = zip(setup.plan.applications, setup.rules).compactMap { application, entry in
            entry.map { (application.scopeName, $0.rules) }
        }
        let rulesOf = Dictionary(rules, uniquingKeysWith: { first, _ in first })
        state.withLock { $0 = State(applications: applications, ruleSets: setup.ruleSets, rulesOf: rulesOf) }
    }

    var applications: [ProtectedApplication] { state.withLock { $0.applications } }
    var ruleSets: [RuleSet] { state.withLock { $0.ruleSets } }

    /// The rules of an application as they are now; those of the first one where none is named.
    func rules(of application: String?) -> RuleSet? {
        state.withLock { state in application.map { state.rulesOf[$0] } ?? state.ruleSets.first }
    }

    var catalogue: RuleCatalogue {
        RuleCatalogue(
            all: { [self] in all },
            find: { [self] id in ruleSets.lazy.compactMap { $0.catalogueRule(id) }.first }
        )
    }

    private var all: [CatalogueRule] {
        if let known = state.withLock({ $0.catalogue }) { return known }
        let sets = ruleSets
        var seen: Set<Int> = []
        let rules = sets.flatMap { set in
            set.ruleIDs.filter { $0 > 0 && seen.insert($0).inserted }.compactMap { set.catalogueRule(RuleID($0)) }
        }
        state.withLock { $0.catalogue = rules }
        return rules
    }
}

extension RuleSet {
    fileprivate func catalogueRule(_ id: RuleID) -> CatalogueRule? {
        guard let number = id.number, let summary = summary(of: number) else { return nil }
        return CatalogueRule(
            id: id,
            message: summary.message ?? "",
            text: summary.links.map(\.text).joined(separator: "\n  and "),
            file: summary.location.file,
            line: summary.location.line,
            tags: summary.tags
        )
    }
}

extension RuleSummary.Link {
    /// What the rule looks at and for: `ARGS @rx \bunion\b (t:lowercase)`.
    fileprivate var text: String {
        guard let operatorName else { return "always" }
        let transformations =
            transformations.isEmpty ? "" : " (\(transformations.map { "t:\($0)" }.joined(separator: ",")))"
        return
            "\(variables.joined(separator: "|")) \(isNegated ? "!" : "")@\(operatorName) \(operatorArgument)\(transformations)"
    }
}
