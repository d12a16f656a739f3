// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Gateway
import Matching
import SecLang
import WebFirewall

/// A plan with its rules compiled and its logs open.
struct GatewaySetup {
    var plan: GatewayPlan
    var logs: FirewallLogs
    /// Runs the programs that rules name; nil where they may name none.
    var programs: ProgramLauncher?
    /// One per application of the plan, in the same order; nil where the mode is `off` or rules do not load.
    var rules: [RuleLibrary.Entry?]
    /// The compiled rules, each set once however many applications have it.
    var ruleSets: [RuleSet] {
        var seen: Set<ObjectIdentifier> = []
        return rules.compactMap { $0?.rules }.filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    /// Why rules do not load, where ``GatewayPlan/onFailure`` lets the gateway start all the same.
    var rulesFailure: LoadFailure?

    /// Reads the settings into a plan.
    ///
    /// - Parameter report: called with warnings.
    /// - Throws: ``LoadFailure`` with everything that is wrong.
    static func plan(
        _ options: GatewayOptions,
        missingUpstream: GatewayPlanner.MissingUpstream,
        report: (String) -> Void
    ) throws(LoadFailure) -> GatewayPlan {
        let settings: Settings
        do {
            settings = try options.loadSettings()
        } catch let failure as CommandFailure {
            throw LoadFailure(failure)
        } catch {
            throw LoadFailure(.badInput("\(error)"))
        }
        let planned = GatewayPlanner.plan(settings, missingUpstream: missingUpstream)
        guard let plan = planned.plan else {
            throw LoadFailure(planned.problems)
        }
        if !planned.problems.isEmpty {
            report(ConfigurationReport.text(planned.problems))
        }
        return plan
    }

    /// Compiles the rules of a plan.
    ///
    /// - Parameters:
    ///   - logs: where filters write.
    ///   - isStart: whether ``GatewayPlan/onFailure`` counts; later the running rules stay.
    ///   - previous: the setup in force, on a reload.
    static func make(
        _ plan: GatewayPlan,
        logs: FirewallLogs,
        isStart: Bool,
        after previous: GatewaySetup? = nil
    ) throws(LoadFailure) -> GatewaySetup {
        if isStart {
            // Beside the rules, on another processor.
            WorkThread.start("scanner", .usual) { ScanBackend.prepare() }
        }
        let programs =
            plan.allowsPrograms ? ProgramLauncher(after: previous?.programs, report: { logs.report($0) }) : nil
        var library = RuleLibrary(
            data: plan.data,
            compatibility: plan.compatibility,
            keepsAuditLog: plan.auditLog != nil,
            programs: programs?.access
        )
        var setup = GatewaySetup(plan: plan, logs: logs, programs: programs, rules: [])
        for application in plan.applications {
            guard application.mode != .off else {
                setup.rules.append(nil)
                continue
            }
            var entry: RuleLibrary.Entry
            do throws(LoadFailure) {
                entry = try library.entry(files: application.rules)
            } catch {
                guard isStart, plan.onFailure != nil else {
                    throw error
                }
                setup.rulesFailure = error
                setup.rules.append(nil)
                continue
            }
            // A log that cannot be opened is no reason to go without rules: the gateway does not start.
            entry.logs = try openLogs(of: entry.rules, logs)
            setup.rules.append(entry)
        }
        return setup
    }

    /// Opens the logs that a plan names.
    ///
    /// - Parameter echoesErrors: whether the error log's lines are shown as well.
    static func openLogs(_ plan: GatewayPlan, echoesErrors: Bool) throws(LoadFailure) -> FirewallLogs {
        do {
            return try FirewallLogs(errorLog: plan.errorLog, auditLog: plan.auditLog, echoesErrors: echoesErrors)
        } catch {
            throw LoadFailure(
                .couldNotRun("a log cannot be opened: \(error)", hint: "choose another with --error-log or --audit-log")
            )
        }
    }

    private static func openLogs(of rules: RuleSet, _ logs: FirewallLogs) throws(LoadFailure) -> RuleLogs? {
        do {
            return try logs.open(for: rules)
        } catch {
            throw LoadFailure(
                .couldNotRun(
                    "a log that the rules name cannot be opened: \(error)",
                    hint:
                        "change SecAuditLog, SecAuditLogStorageDir or SecDebugLog; --audit-log goes before the former two"
                )
            )
        }
    }

    /// The gateway's configuration.
    ///
    /// - Parameters:
    ///   - sampleShop: the upstream of applications without one.
    ///   - policy: what people have decided; nil where it cannot be recorded, so that the settings are all there is.
    ///   - decisions: records what filters do.
    ///   - recorder: records every exchange.
    ///   - keeper: keeps some of them whole.
    ///   - collections: the persistent collections of an application, by its name.
    func configuration(
        sampleShop: UpstreamAddress?,
        policy: FirewallPolicy?,
        decisions: DecisionRecorder?,
        recorder: TransactionRecorder?,
        keeper: TransactionKeeper?,
        collections: (String) -> PersistentCollections
    ) -> GatewayConfiguration {
        var configuration = plan.base
        configuration.sites = zip(plan.applications, rules).compactMap { application, entry in
            guard let upstream = application.upstream ?? sampleShop else {
                return nil
            }
            return GatewaySite(
                host: application.host,
                pathPrefix: application.path,
                upstream: upstream,
                filters: filters(application, entry, policy, decisions, recorder, keeper, collections)
            )
        }
        return configuration
    }

    private func filters(
        _ application: GatewayPlan.Application,
        _ entry: RuleLibrary.Entry?,
        _ policy: FirewallPolicy?,
        _ decisions: DecisionRecorder?,
        _ recorder: TransactionRecorder?,
        _ keeper: TransactionKeeper?,
        _ collections: (String) -> PersistentCollections
    ) -> GatewayFilters {
        guard application.mode != .off else {
            return .available([])
        }
        guard let entry else {
            return .unavailable(plan.onFailure ?? .closed)
        }
        let filter = FirewallFilter(
            rules: entry.rules,
            mode: application.mode,
            policy: policy,
            logs: logs,
            ruleLogs: entry.logs,
            collections: collections(application.name),
            budget: application.budget,
            programs: programs,
            application: application.scopeName,
            identification: plan.identification,
            decisions: decisions,
            recorder: recorder,
            keeper: keeper
        )
        return .available([filter])
    }

    /// What an operator should know about the rules before trusting them.
    var warnings: [String] {
        var warnings: [String] = []
        for (application, entry) in zip(plan.applications, rules) {
            guard let entry else {
                continue
            }
            let name = plan.applications.count > 1 ? application.name : "the site"
            let engine = entry.rules.settings.ruleEngine
            if application.mode == .enforce, engine != .on {
                warnings.append(
                    "mode enforce denies nothing for \(name): the rules do not say \"SecRuleEngine On\""
                )
            }
            let audit = entry.rules.settings.audit
            if plan.auditLog != nil, let named = audit.file ?? audit.storageDirectory {
                warnings.append("the audit log that the rules of \(name) name is not written: \(named)")
            }
            if let first = entry.warnings.first {
                let count = entry.warnings.count == 1 ? "1 warning" : "\(entry.warnings.count) warnings"
                let file = first.location.file
                warnings.append("\(count) in the rules of \(name); see \"redoubt waf check \(file)\"")
            }
        }
        return warnings
    }
}
