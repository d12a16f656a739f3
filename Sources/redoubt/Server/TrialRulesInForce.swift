// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Console
import DefenseModel
import Foundation
import Gateway
import Matching
import SecLang
import Synchronization
import WebFirewall

/// The rules of a data folder that no server uses, loaded as a gateway with the same configuration would, when they are first
/// needed.
final class FolderRules: Sendable {
    private struct Loaded {
        var byApplication: [String: RuleSet] = [:]
        /// For applications that the configuration does not name, such as those of flags.
        var standard: RuleSet?
    }

    private let folder: String
    private let transactions: Int
    private let state = Mutex<Loaded?>(nil)

    /// - Parameter transactions: how many there are to be tried.
    init(_ folder: String, for transactions: Int) {
        self.folder = folder
        self.transactions = transactions
    }

    /// - Throws: ``JobFailure`` where there are none, or they do not load.
    func load() throws -> ExclusionSearch.Rules {
        let loaded = try state.withLock { state in
            if let state { return state }
            do {
                let made = try make()
                state = made
                return made
            } catch let error as LoadFailure {
                throw JobFailure("the rules of \(folder) do not load without its server: \(error.failure.message)")
            }
        }
        return { application in application.flatMap { loaded.byApplication[$0] } ?? loaded.standard }
    }

    private func make() throws -> Loaded {
        let options = try GatewayOptions.parse(["--data", folder])
        let plan = try GatewaySetup.plan(options, missingUpstream: .isTheSampleShop, report: { _ in })
        var library = RuleLibrary(data: plan.data, compatibility: plan.compatibility, keepsAuditLog: false)
        var loaded = Loaded()
        var seen: Set<ObjectIdentifier> = []
        for application in plan.applications where application.mode != .off {
            let rules = try library.entry(files: application.rules).rules
            loaded.byApplication[application.scopeName] = rules
            loaded.standard = loaded.standard ?? rules
            if seen.insert(ObjectIdentifier(rules)).inserted {
                TrialPatterns.prepare(rules, data: plan.data, for: transactions)
            }
        }
        return loaded
    }
}

/// Rules as they would be, for one trial.
enum TrialRulesCompiler {
    /// - Throws: ``JobFailure`` with what is wrong with them.
    static func compile(_ rules: TrialRules, data: String?, for transactions: Int) throws -> RuleSet {
        do throws(SecLangError) {
            let set: RuleSet
            if rules.files.isEmpty {
                // A text from elsewhere names no files of this machine.
                let compiler = RuleSetCompiler(files: .none, options: CompileOptions())
                compiler.add(text: rules.text ?? "", name: "rules")
                set = try compiler.finish()
            } else {
                set = try RuleSources(files: rules.files).compile()
            }
            TrialPatterns.prepare(set, data: data, for: transactions)
            return set
        } catch {
            throw JobFailure("the rules do not load:\n\(DiagnosticReport(error.diagnostics).text)")
        }
    }
}

/// What finds the patterns of many rules at once; without it each rule runs by itself.
enum TrialPatterns {
    /// From so many transactions on it is worth its seconds to prepare patterns that nobody has prepared before.
    private static let many = 20_000

    static func prepare(_ rules: RuleSet, data: String?, for transactions: Int) {
        let cache = PatternCache(directory: PatternCache.directory(inData: data))
        if let library = cache.restore(for: rules) {
            rules.use(library)
        } else if transactions >= many {
            rules.use(cache.library(for: rules).library)
        } else {
            rules.compileToMachineCode()
        }
    }
}
