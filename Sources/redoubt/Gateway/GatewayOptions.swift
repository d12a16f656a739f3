// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
import Foundation

/// The options of all commands that run a gateway, or explain how one would run.
struct GatewayOptions: ParsableArguments {
    @Option(help: "The configuration file (default: $REDOUBT_CONFIG, ./redoubt.yaml, /etc/redoubt/redoubt.yaml).")
    var config: String?

    @Option(help: "Where to listen: 127.0.0.1:8080, [::1]:8080, or :8080 for all addresses.")
    var listen: String?

    @Option(help: "The site behind: http://localhost:3000 or https://shop.example.com.")
    var upstream: String?

    @Option(help: "How far the rules may go.")
    var mode: Mode?

    @Option(help: "A file of SecLang rules in place of the Core Rule Set; may be repeated, the order counts.")
    var rules: [String] = []

    @Option(help: "Whose flags regular expressions get: v2 or v3 of ModSecurity.")
    var compat: String?

    @Option(help: "The processor time that a transaction's rules may take: 50ms, or off for no bound.")
    var budget: String?

    @Flag(help: "Let rules start programs: exec, @inspectFile and Lua scripts.")
    var allowPrograms = false

    @Option(help: "The file for what rules matched, in ModSecurity's form.")
    var errorLog: String?

    @Option(help: "The file for whole transactions, as JSON lines.")
    var auditLog: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Keep every exchange in the event store of the data folder (default: --record)."
    )
    var record: Bool?

    @Option(
        help: "Where to serve the console's pages: 127.0.0.1:7433, or off (default: up serves them, gateway does not)."
    )
    var console: String?

    @Option(help: "The data folder.")
    var data: String?

    @Option(help: "A proxy in front, or a block of them, whose X-Forwarded-For is believed; may be repeated.")
    var trustedProxy: [String] = []

    @Option(help: "Threads that serve (default: one per processor).")
    var threads: String?

    /// What the options say.
    var flags: [SettingKey: SettingValue] {
        let single: [(SettingKey, String, String?)] = [
            (.listen, "--listen", listen), (.upstream, "--upstream", upstream), (.mode, "--mode", mode?.rawValue),
            (.budget, "--budget", budget), (.compat, "--compat", compat), (.errorLog, "--error-log", errorLog),
            (.auditLog, "--audit-log", auditLog),
            (.data, "--data", data), (.console, "--console", console), (.threads, "--threads", threads),
        ]
        var flags: [SettingKey: SettingValue] = [:]
        for (key, name, text) in single {
            flags[key] = text.map { SettingValue([$0], .flag(name)) }
        }
        if allowPrograms {
            flags[.allowPrograms] = SettingValue(["true"], .flag("--allow-programs"))
        }
        if let record {
            flags[.record] = SettingValue(["\(record)"], .flag(record ? "--record" : "--no-record"))
        }
        if !rules.isEmpty {
            flags[.rules] = SettingValue(rules, .flag("--rules"))
        }
        if !trustedProxy.isEmpty {
            flags[.trustedProxies] = SettingValue(trustedProxy, .flag("--trusted-proxy"))
        }
        return flags
    }

    /// Flags, environment and file together.
    func loadSettings() throws -> Settings {
        try Settings.load(flags: flags, path: config, environment: ProcessInfo.processInfo.environment)
    }
}
