// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Gateway
import Integrations
import SecLang
import WebFirewall

/// Turns settings into a plan and finds what is wrong with them, all of it at once.
struct GatewayPlanner {
    /// What stands in for a missing upstream.
    enum MissingUpstream {
        case isAnError
        case isTheSampleShop
    }

    let settings: Settings
    var problems: [ConfigurationProblem]

    init(_ settings: Settings) {
        self.settings = settings
        problems = settings.problems
    }

    /// The plan, and what is wrong or doubtful; without a plan at least one error.
    static func plan(
        _ settings: Settings,
        missingUpstream: MissingUpstream
    ) -> (plan: GatewayPlan?, problems: [ConfigurationProblem]) {
        var planner = GatewayPlanner(settings)
        let plan = planner.makePlan(missingUpstream)
        let isSound = !planner.problems.contains { $0.severity == .error }
        return (isSound ? plan : nil, planner.problems)
    }

    private mutating func makePlan(_ missing: MissingUpstream) -> GatewayPlan? {
        let applications = makeApplications(missing)
        var base = GatewayConfiguration(sites: [])
        base.trustedProxies = elements(of: .trustedProxies) { try AddressRange($0) }
        base.limits = makeLimits()
        base.timeouts = makeTimeouts()
        base.pages.falseAlarmReport = read(.falseAlarmReport, Self.reportAddress)
        let listenText = settings.text(.listen) ?? GatewayDefaults.listen
        var listener = read(.listen) { try GatewayListener($0) }
        if settings.values[.listen] == nil {
            listener = try? GatewayListener(listenText)
        }
        listener?.identity = makeIdentity(.tlsCertificate, .tlsKey)
        let threads = read(.threads) { try Quantity.count($0, in: 1...1_024) }
        guard let listener else {
            return nil
        }
        var outputs = OutputPlanner()
        let destinations = outputs.plan(settings.outputs)
        problems += outputs.problems
        return GatewayPlan(
            listener: listener,
            listenText: listenText,
            threads: threads ?? ProcessInfo.processInfo.activeProcessorCount,
            applications: applications,
            base: base,
            compatibility: choice(.compat, [.v2, .v3]) ?? GatewayDefaults.compatibility,
            allowsPrograms: read(.allowPrograms, Self.truth) ?? false,
            onFailure: choice(.onFailure, GatewayFilters.FailurePolicy.allCases),
            errorLog: settings.text(.errorLog),
            auditLog: settings.text(.auditLog),
            console: read(.console, Self.consoleAddress),
            consolePlan: makeConsolePlan(),
            data: settings.text(.data),
            recordsEvents: read(.record, Self.truth) ?? true,
            drain: read(.timeoutsDrain, { try Quantity.duration($0) }) ?? GatewayDefaults.drain,
            identification: makeIdentification(),
            outputs: destinations,
            usageAddress: read(.usageAddress) { text throws(OutputError) in try WebhookAddress(text) }
        )
    }

    /// `127.0.0.1:7433`, or `off`.
    static func consoleAddress(_ text: String) throws -> GatewayPlan.ConsoleChoice {
        guard text != "off" else { return .off }
        let listener = try GatewayListener(text)
        return .address(ConsoleAddress(host: listener.host, port: listener.port))
    }

    // MARK: Single values

    mutating func read<Value>(_ key: SettingKey, _ parse: (String) throws -> Value) -> Value? {
        settings.values[key]?.elements.first.flatMap { read($0, key.name, parse) }
    }

    mutating func elements<Value>(of key: SettingKey, _ parse: (String) throws -> Value) -> [Value] {
        (settings.values[key]?.elements ?? []).compactMap { read($0, key.name, parse) }
    }

    private mutating func read<Value>(
        _ text: SettingText,
        _ name: String,
        _ parse: (String) throws -> Value
    ) -> Value? {
        do {
            return try parse(text.text)
        } catch {
            problems.append(ConfigurationProblem(text.origin, "\(name): \(error)"))
            return nil
        }
    }

    private mutating func choice<Value: RawRepresentable<String>>(_ key: SettingKey, _ values: [Value]) -> Value? {
        read(key) { try Self.choose($0, of: values) }
    }

    private static func choose<Value: RawRepresentable<String>>(_ text: String, of values: [Value]) throws -> Value {
        guard let value = values.first(where: { $0.rawValue == text }) else {
            let names = values.map(\.rawValue)
            let last = names.last ?? ""
            throw Quantity.FormatError(
                description: "\(text): expected \(names.dropLast().joined(separator: ", ")) or \(last)"
            )
        }
        return value
    }

    private static func reportAddress(_ text: String) throws -> String {
        guard ["mailto:", "https://", "http://"].contains(where: { text.hasPrefix($0) && text.count > $0.count }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>".utf8.contains($0) })
        else {
            throw Quantity.FormatError(description: "\(text): expected a mailto: or https: address")
        }
        return text
    }

    // MARK: Groups

    private mutating func makeIdentification() -> ClientIdentification {
        var identification = ClientIdentification()
        let kinds: [(SettingKey, Entity.Kind)] = [
            (.identifySession, .session), (.identifyUser, .user), (.identifyDevice, .device),
        ]
        for (key, kind) in kinds {
            for source in elements(of: key, Self.source) { identification.add(kind, by: source) }
        }
        return identification
    }

    private static func source(_ text: String) throws -> ClientIdentification.Source {
        guard let source = ClientIdentification.Source(text) else {
            throw Quantity.FormatError(description: "\(text): expected cookie:NAME or header:NAME")
        }
        return source
    }

    private mutating func makeLimits() -> GatewayLimits {
        var limits = GatewayLimits()
        for setting in CountSetting.all {
            if let value = read(setting.key, setting.read) {
                limits[keyPath: setting.path] = value
            }
        }
        return limits
    }

    private mutating func makeTimeouts() -> GatewayTimeouts {
        var timeouts = GatewayTimeouts()
        for setting in DurationSetting.all {
            if let value = read(setting.key, { try Quantity.duration($0) }) {
                timeouts[keyPath: setting.path] = value
            }
        }
        if let rate = read(.timeoutsBodyRate, { try Quantity.size($0) }) {
            timeouts.bodyBytesPerSecond = rate
        }
        return timeouts
    }

    mutating func makeIdentity(
        _ certificateKey: SettingKey,
        _ privateKeyKey: SettingKey
    ) -> GatewayListener.TLSIdentity? {
        let chain = settings.values[certificateKey]?.elements.first
        let privateKey = settings.values[privateKeyKey]?.elements.first
        guard let certificate = chain, let key = privateKey else {
            let missing = chain == nil ? certificateKey : privateKeyKey
            if let present = chain ?? privateKey {
                problems.append(ConfigurationProblem(present.origin, "\(missing.name) is missing beside this"))
            }
            return nil
        }
        let unreadable = [certificate, key].filter { !FileManager.default.isReadableFile(atPath: $0.text) }
        for file in unreadable {
            problems.append(ConfigurationProblem(file.origin, "\(file.text) cannot be read"))
        }
        let files = GatewayListener.TLSIdentity(certificateChainFile: certificate.text, privateKeyFile: key.text)
        guard unreadable.isEmpty else { return nil }
        do throws(ServerIdentityError) {
            let end = try ServerIdentity.Loaded(files).end
            if Double(end) < Date().timeIntervalSince1970 {
                problems.append(
                    ConfigurationProblem(certificate.origin, "\(certificate.text) has expired", severity: .warning)
                )
            }
        } catch {
            let file = error.file == key.text ? key : certificate
            problems.append(ConfigurationProblem(file.origin, "\(error)"))
        }
        return files
    }

    // MARK: Applications

    private mutating func makeApplications(_ missing: MissingUpstream) -> [GatewayPlan.Application] {
        let standard = makeStandardApplication()
        var applications: [GatewayPlan.Application] = []
        var names: Set<String> = []
        for entry in settings.applications {
            guard let application = makeApplication(entry, standard) else {
                continue
            }
            if !names.insert(application.name).inserted {
                problems.append(
                    ConfigurationProblem(entry.location, "host and path are those of an application above")
                )
            }
            applications.append(application)
        }
        let upstream = read(.upstream) { try UpstreamAddress(url: $0) }
        if upstream != nil, !names.contains("*/") {
            var application = standard
            application.upstream = upstream
            applications.append(application)
        } else if let value = settings.values[.upstream], upstream != nil {
            problems.append(ConfigurationProblem(value.origin, "an application for every host and path hides upstream"))
        }
        guard applications.isEmpty, settings.applications.isEmpty, settings.values[.upstream] == nil else {
            return applications
        }
        if missing == .isAnError {
            let place = settings.file.map { SettingOrigin.file(SourceLocation(file: $0, line: 1)) } ?? .standard
            problems.append(
                ConfigurationProblem(
                    place,
                    "no upstream is set",
                    hint: "say --upstream http://localhost:3000, or \"upstream:\" in the file"
                )
            )
            return []
        }
        return [standard]
    }

    /// What an application is that says nothing of itself.
    private mutating func makeStandardApplication() -> GatewayPlan.Application {
        var application = GatewayPlan.Application(mode: choice(.mode, Mode.allCases) ?? GatewayDefaults.mode)
        application.rules = settings.values[.rules].map { checkedRules($0) } ?? []
        if let budget = read(.budget, { try Quantity.durationOrOff($0) }) {
            application.budget = budget
        }
        return application
    }

    /// Of an application, mode, rules and budget are its own, else those of the whole; what the command line or the
    /// environment says of them goes before both.
    private mutating func makeApplication(
        _ entry: ApplicationEntry,
        _ standard: GatewayPlan.Application
    ) -> GatewayPlan.Application? {
        var application = standard
        if let host = entry.values[.host]?.elements.first {
            application.host = read(host, "host", Self.hostName) ?? nil
        }
        if let path = entry.values[.path]?.elements.first {
            application.path = read(path, "path", Self.pathPrefix) ?? "/"
        }
        readOwnSettings(of: entry, into: &application)
        guard let upstream = entry.values[.upstream]?.elements.first else {
            problems.append(ConfigurationProblem(entry.location, "the application has no upstream"))
            return nil
        }
        guard let address = read(upstream, "upstream", { try UpstreamAddress(url: $0) }) else {
            return nil
        }
        application.upstream = address
        return application
    }

    private mutating func readOwnSettings(of entry: ApplicationEntry, into application: inout GatewayPlan.Application) {
        if let value = entry.values[.mode]?.elements.first, let own = read(value, "mode", Self.mode), isOpen(.mode) {
            application.mode = own
        }
        if let value = entry.values[.budget]?.elements.first,
            let own = read(value, "budget", { try Quantity.durationOrOff($0) }), isOpen(.budget)
        {
            application.budget = own
        }
        if let value = entry.values[.rules] {
            let own = checkedRules(value)
            if isOpen(.rules) {
                application.rules = own
            }
        }
    }

    /// Whether the file's word on a setting counts.
    private func isOpen(_ key: SettingKey) -> Bool {
        settings.values[key]?.origin.isFromCommand != true
    }

    private mutating func checkedRules(_ value: SettingValue) -> [String] {
        for file in value.elements where !FileManager.default.isReadableFile(atPath: file.text) {
            problems.append(ConfigurationProblem(file.origin, "\(file.text) cannot be read"))
        }
        return value.texts
    }

    private static func mode(_ text: String) throws -> Mode {
        try choose(text, of: Mode.allCases)
    }

    private static func truth(_ text: String) throws -> Bool {
        try choose(text, of: Truth.allCases) == .yes
    }

    private enum Truth: String, CaseIterable {
        case yes = "true"
        case no = "false"
    }

    private static func hostName(_ text: String) throws -> String? {
        guard text != "*" else {
            return nil
        }
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || ".-_:".utf8.contains(byte)
            }
        let hasPort = name.utf8.count { $0 == UInt8(ascii: ":") } == 1
        guard isName, !hasPort else {
            throw Quantity.FormatError(
                description: "\(text): expected a host such as shop.example.com or *.example.com"
            )
        }
        return text.lowercased()
    }

    private static func pathPrefix(_ text: String) throws -> String {
        guard text.hasPrefix("/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 }) else {
            throw Quantity.FormatError(description: "\(text): expected a path such as /shop")
        }
        return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
