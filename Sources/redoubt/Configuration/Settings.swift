// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import SecLang
import WebFirewall

/// All settings with their origins: flags before the environment before the file.
struct Settings {
    /// What was said; a setting that is missing here has its default.
    private(set) var values: [SettingKey: SettingValue] = [:]
    private(set) var applications: [ApplicationEntry] = []
    private(set) var outputs: [OutputEntry] = []
    private(set) var problems: [ConfigurationProblem] = []
    /// What a provider knows this client by, as the environment has it; never shown.
    private(set) var clientSecret: String?
    /// The configuration file; nil where there is none.
    private(set) var file: String?

    /// Looks for the file and joins everything.
    ///
    /// - Parameters:
    ///   - flags: what the command's options say.
    ///   - path: the file that `--config` names.
    ///   - environment: the process's environment.
    /// - Throws: ``CommandFailure`` where the file that was named cannot be read.
    static func load(
        flags: [SettingKey: SettingValue] = [:],
        path: String?,
        environment: [String: String]
    ) throws -> Settings {
        let found = path ?? ConfigurationSearch.find(environment: environment)
        let file = try found.map { try ConfigurationFile(path: $0) }
        return Settings(flags: flags, environment: environment, file: file)
    }

    init(flags: [SettingKey: SettingValue], environment: [String: String], file: ConfigurationFile?) {
        self.file = file?.path
        values = file?.values ?? [:]
        applications = file?.applications ?? []
        outputs = file?.outputs ?? []
        problems = file?.problems ?? []
        for key in SettingKey.allCases {
            guard let text = environment[key.environmentName], !text.isEmpty else {
                continue
            }
            let texts =
                key.isList
                ? text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
                : [text]
            values[key] = SettingValue(texts, .environment(key.environmentName))
        }
        values.merge(flags) { _, flag in flag }
        clientSecret = environment[ConsolePlan.secretVariable].flatMap { $0.isEmpty ? nil : $0 }
        problems += Self.unknownVariables(environment)
    }

    /// A misspelt variable would be ignored otherwise; others may own variables of this prefix, so it is a warning.
    private static func unknownVariables(_ environment: [String: String]) -> [ConfigurationProblem] {
        let known =
            SettingKey.allCases.map(\.environmentName)
            + [ConfigurationSearch.variable, ConsolePlan.secretVariable, "REDOUBT_TOKEN"]
        let unknown = environment.keys.filter { $0.hasPrefix("REDOUBT_") && !known.contains($0) }
        return unknown.sorted().map { name in
            let near = NearestName.hint(for: name, among: known)
            return ConfigurationProblem(
                .environment(name),
                "\(name) is no setting",
                hint: near,
                severity: .warning
            )
        }
    }

    func texts(_ key: SettingKey) -> [String] {
        values[key]?.texts ?? []
    }

    func text(_ key: SettingKey) -> String? {
        values[key]?.texts.first
    }
}

/// Where the configuration file is looked for.
enum ConfigurationSearch {
    static let variable = "REDOUBT_CONFIG"
    static let places = ["redoubt.yaml", "/etc/redoubt/redoubt.yaml"]

    /// The file that the environment names, else the first that is there.
    static func find(environment: [String: String]) -> String? {
        if let named = environment[variable], !named.isEmpty {
            return named
        }
        return places.first { FileManager.default.fileExists(atPath: $0) }
    }

    /// What to say where nothing was found.
    static var description: String {
        "--config FILE, $\(variable), ./\(places[0]), \(places[1])"
    }
}
