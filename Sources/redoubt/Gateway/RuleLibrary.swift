// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import WebFirewall

/// Compiles rules, once for all applications that have the same.
struct RuleLibrary {
    /// Compiled rules with what to call them.
    struct Entry {
        var rules: RuleSet
        /// `OWASP Core Rule Set 3.3.4 (Debian's package modsecurity-crs)`
        var title: String
        /// Warnings about files that are not the Core Rule Set's own, which whoever runs it cannot mend.
        var warnings: [Diagnostic]
        /// The logs that the rules name, once they are open.
        var logs: RuleLogs?
    }

    private let data: String?
    private let options: CompileOptions
    private let keepsAuditLog: Bool
    private var compiled: [RuleSources: Result<Entry, SecLangError>] = [:]

    /// - Parameters:
    ///   - data: the data folder; nil for the default one.
    ///   - keepsAuditLog: whether audit records are to be written unless rule files say otherwise.
    ///   - programs: makes sure of the programs that rules name; nil where they may name none.
    init(
        data: String?,
        compatibility: CompileOptions.Compatibility,
        keepsAuditLog: Bool,
        programs: ProgramAccess? = nil
    ) {
        self.data = data
        self.keepsAuditLog = keepsAuditLog
        options = CompileOptions(compatibility: compatibility, programs: programs)
    }

    /// The audit log's settings where rule files have none: what was denied, went wrong or matched.
    private static let auditDefaults = #"""
        SecAuditEngine RelevantOnly
        SecAuditLogRelevantStatus "^(?:5|4(?!04))"
        SecAuditLogParts ABIJDEFHZ
        SecAuditLogType Serial
        SecAuditLogFormat JSON
        """#

    /// The rules that guard findings till they are mended; they come first, so that no rule lets a request past them.
    private func virtualPatches() throws(LoadFailure) -> [String] {
        guard FileManager.default.fileExists(atPath: patchFolder) else { return [] }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: patchFolder)
            return names.filter { $0.hasSuffix(".conf") }.sorted().map { patchFolder + "/" + $0 }
        } catch {
            throw LoadFailure(
                .badInput("the virtual patches in \(patchFolder) cannot be read: \(error.localizedDescription)")
            )
        }
    }

    private var patchFolder: String { (data ?? RuleSetStore.defaultDataDirectory) + "/virtual-patches" }

    /// The rules of some files; without any, the Core Rule Set in force.
    ///
    /// - Throws: ``LoadFailure`` with what is wrong with them, or how to install some.
    mutating func entry(files: [String]) throws(LoadFailure) -> Entry {
        var sources = RuleSources(files: try virtualPatches() + files)
        var title: String?
        var foreignFolder: String?
        if keepsAuditLog {
            sources.texts.append(.init(name: RuleSources.preambleName, text: Self.auditDefaults))
        }
        if files.isEmpty {
            let ruleSet = try standardRuleSet()
            let text = OfflineConfiguration.directives(for: ruleSet)
            sources.texts.append(.init(name: "core-rule-set-\(ruleSet.version)", text: text))
            let origin =
                switch ruleSet.origin {
                case .system: "Debian's package modsecurity-crs"
                case .bundled: "bundled"
                case .installed: ruleSet.rulesDirectory
                }
            foreignFolder = ruleSet.rulesDirectory + "/"
            title = "OWASP Core Rule Set \(ruleSet.version) (\(origin))"
        }
        let result = compiled[sources] ?? compile(sources, title: title, foreignFolder: foreignFolder)
        compiled[sources] = result
        switch result {
        case .success(let entry): return entry
        case .failure(let error): throw LoadFailure(rules: error.diagnostics)
        }
    }

    private func standardRuleSet() throws(LoadFailure) -> InstalledRuleSet {
        do {
            return try defaultRuleSet(data: data)
        } catch let error as RuleSetStoreError {
            throw LoadFailure(.couldNotRun(error.message, hint: error.hint))
        } catch {
            throw LoadFailure(.couldNotRun("\(error)"))
        }
    }

    private func compile(
        _ sources: RuleSources,
        title: String?,
        foreignFolder: String?
    ) -> Result<Entry, SecLangError> {
        do {
            let rules = try sources.compile(options: options)
            let warnings = rules.warnings.filter { warning in
                foreignFolder.map { !warning.location.file.hasPrefix($0) } ?? true
            }
            let title = title ?? Self.title(of: sources.files.filter { !$0.hasPrefix(patchFolder + "/") }, rules)
            return .success(Entry(rules: rules, title: title, warnings: warnings))
        } catch {
            return .failure(error)
        }
    }

    /// The files, and what they call themselves: `OWASP_CRS/3.3.4 in /etc/waf/main.conf`.
    private static func title(of files: [String], _ rules: RuleSet) -> String {
        let names = files.joined(separator: ", ")
        let signatures = rules.settings.componentSignatures
        return signatures.isEmpty ? names : "\(signatures.joined(separator: " ")) in \(names)"
    }
}
