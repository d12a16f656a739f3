// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
import Matching
import SecLang
import WebFirewall

/// The options that say which rules a command works with.
struct RuleOptions: ParsableArguments {
    @Option(name: .customLong("rules"), help: "A file of SecLang rules; may be repeated, the order counts.")
    var files: [String] = []

    @Option(help: "The data folder, in which releases of the Core Rule Set are installed.")
    var data: String?

    @OptionGroup var programs: ProgramOptions

    /// Where compiled patterns are kept.
    var patterns: PatternCache { patterns(.automatic) }

    /// Where patterns are kept that were compiled for a scanner.
    func patterns(_ scanner: ScanBackend.Choice) -> PatternCache {
        PatternCache(directory: PatternCache.directory(inData: data), backend: scanner)
    }

    /// The rules that were named and nothing else.
    var named: RuleSources {
        RuleSources(files: files)
    }

    /// The rules that were named; without any, the rule set in force.
    ///
    /// - Parameter directives: what loads a rule set.
    /// - Returns: what is to be compiled.
    /// - Throws: ``CommandFailure`` where nothing is named and no rule set is installed.
    func namedOrDefault(
        _ directives: (InstalledRuleSet) -> String = OfflineConfiguration.directives
    ) throws -> RuleSources {
        guard files.isEmpty else {
            return named
        }
        let ruleSet: InstalledRuleSet
        do {
            ruleSet = try defaultRuleSet(data: data)
        } catch let error as RuleSetStoreError {
            throw CommandFailure.couldNotRun(error.message, hint: error.hint ?? "or name rules with --rules FILE")
        }
        var sources = RuleSources()
        sources.texts.append(RuleSources.RuleText(name: "core-rule-set-\(ruleSet.version)", text: directives(ruleSet)))
        return sources
    }
}

/// The option that says whether rules may start programs.
struct ProgramOptions: ParsableArguments {
    @Flag(help: "Let rules start programs: exec, @inspectFile and Lua scripts.")
    var allowPrograms = false

    /// What runs programs for a command that is over when its input is; nil where none may run.
    var launcher: ProgramLauncher? {
        allowPrograms ? ProgramLauncher(waitsForAll: true) : nil
    }
}

extension TransactionEvaluator {
    /// Compiles rules; shows what is wrong with them where they do not load.
    static func make(
        _ sources: RuleSources,
        mode: Mode,
        debugLog: Bool = false,
        patterns: PatternCache? = nil,
        programs: ProgramLauncher? = nil
    ) throws -> TransactionEvaluator {
        let options = EvaluationOptions(mode: mode, debugLog: debugLog, patterns: patterns, programs: programs)
        do {
            return try TransactionEvaluator(rules: sources, options: options)
        } catch {
            let report = DiagnosticReport(error.diagnostics, usesColor: false)
            StandardError.write(report.text)
            throw CommandFailure.badInput("the rules do not load", hint: "check them with \"redoubt waf check FILE\"")
        }
    }
}
