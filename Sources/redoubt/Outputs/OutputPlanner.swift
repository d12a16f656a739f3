// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import EventBus
import Foundation
import Integrations
import SecLang
import VulnerabilityManagement

/// Turns what the file says of outputs into settings, and finds what is wrong with it, all of it at once.
struct OutputPlanner {
    private(set) var problems: [ConfigurationProblem] = []

    /// More are no configuration.
    static let mostOutputs = 32

    /// What keeps a name out of metrics and addresses that others use.
    private static let reservedNames: Set = ["dead-letters"]

    mutating func plan(_ entries: [OutputEntry]) -> [OutputSettings] {
        if entries.count > Self.mostOutputs, let place = entries.last?.location {
            problems.append(ConfigurationProblem(place, "more than \(Self.mostOutputs) outputs"))
        }
        var outputs: [OutputSettings] = []
        for (number, entry) in entries.prefix(Self.mostOutputs).enumerated() {
            guard var output = output(entry) else { continue }
            if let filter = read(entry, .findings, Self.findingFilter) {
                output.selection.findings = .init(channel: UInt8(number + 1), filter: filter)
            }
            if outputs.contains(where: { $0.name == output.name }) {
                problems.append(
                    ConfigurationProblem(
                        entry.location,
                        "an output above is called \(output.name) too",
                        hint: "tell them apart with \"name:\""
                    )
                )
                continue
            }
            outputs.append(output)
        }
        return outputs
    }

    /// The address of a webhook as it may be shown.
    static func shown(_ text: String) -> String {
        let end = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        let origin = text.prefix(upTo: text[end...].firstIndex { "/?".contains($0) } ?? text.endIndex)
        return origin.count == text.count ? text : "\(origin)/\u{2026}"
    }

    private mutating func output(_ entry: OutputEntry) -> OutputSettings? {
        let kinds = OutputKey.kinds.filter { entry.values[$0] != nil }
        guard let kind = kinds.first, kinds.count == 1 else {
            problems.append(
                ConfigurationProblem(
                    entry.location,
                    kinds.isEmpty ? "the output goes nowhere" : "the output goes to more than one place",
                    hint: "say one of file, syslog and webhook"
                )
            )
            return nil
        }
        for (key, value) in entry.values where !key.belongsTo.contains(kind) {
            problems.append(ConfigurationProblem(value.origin, "\(key.rawValue) is no setting of a \(kind.rawValue)"))
        }
        guard let destination = destination(kind, entry) else { return nil }
        let name = read(entry, .name, Self.name) ?? kind.rawValue
        var settings = OutputSettings(name: name, destination: destination)
        if let topics = topics(entry) { settings.selection.topics = topics }
        if let severity = read(entry, .severity, Self.severity) { settings.selection.severity = severity }
        if let queue = read(entry, .queue, { try Quantity.size($0) }) {
            settings.queueBytes = min(max(queue, 64 << 10), 1 << 30)
        }
        return settings
    }

    private mutating func destination(_ kind: OutputKey, _ entry: OutputEntry) -> OutputSettings.Destination? {
        switch kind {
        case .file: return file(entry).map { .file($0) }
        case .syslog: return syslog(entry).map { .syslog($0) }
        default: return webhook(entry).map { .webhook($0) }
        }
    }

    private mutating func file(_ entry: OutputEntry) -> FileSettings? {
        guard let path = entry.values[.file]?.texts.first else { return nil }
        var settings = FileSettings(path: path)
        if let size = read(entry, .maximumSize, Self.sizeOrOff) { settings.maximumBytes = size.bytes }
        if let keep = read(entry, .keep, { try Quantity.count($0, in: 0...1000) }) { settings.keptFiles = keep }
        return settings
    }

    private mutating func syslog(_ entry: OutputEntry) -> SyslogSettings? {
        var settings = read(entry, .syslog) { text in
            guard let settings = SyslogSettings(url: text) else {
                throw Quantity.FormatError(
                    description: "\(text): expected udp://HOST, tcp://HOST:PORT or tls://HOST:PORT"
                )
            }
            return settings
        }
        if let facility = read(entry, .facility, Self.facility) { settings?.facility = facility }
        settings?.authorities = readableFile(entry, .authorities)
        return settings
    }

    private mutating func webhook(_ entry: OutputEntry) -> WebhookSettings? {
        let address = read(entry, .webhook) { text throws(OutputError) in try WebhookAddress(text) }
        let secret = secret(entry)
        guard let address, let secret else { return nil }
        if !address.isEncrypted, !address.isLoopback, let origin = entry.values[.webhook]?.origin {
            problems.append(
                ConfigurationProblem(
                    origin,
                    "webhook: http tells everybody on the way what was detected; https does not",
                    severity: .warning
                )
            )
        }
        var settings = WebhookSettings(address, secret: secret)
        if let attempts = read(entry, .attempts, { try Quantity.count($0, in: 1...100) }) {
            settings.attempts = attempts
        }
        if let timeout = read(entry, .timeout, { try Quantity.duration($0) }) {
            settings.timeout = min(timeout, .seconds(120))
        }
        settings.authorities = readableFile(entry, .authorities)
        return settings
    }

    private mutating func secret(_ entry: OutputEntry) -> SecretSource? {
        switch (readableFile(entry, .secretFile), entry.values[.secretVariable]?.texts.first) {
        case (let path?, nil): return .file(path)
        case (nil, let name?): return .environment(name)
        default:
            problems.append(
                ConfigurationProblem(
                    entry.location,
                    "the webhook needs one secret to sign with",
                    hint: "name a file with secret_file, or a variable with secret_env"
                )
            )
            return nil
        }
    }

    // MARK: Values

    private mutating func read<Value>(
        _ entry: OutputEntry,
        _ key: OutputKey,
        _ parse: (String) throws -> Value
    ) -> Value? {
        guard let text = entry.values[key]?.elements.first else { return nil }
        do {
            return try parse(text.text)
        } catch {
            problems.append(ConfigurationProblem(text.origin, "\(key.rawValue): \(error)"))
            return nil
        }
    }

    private mutating func readableFile(_ entry: OutputEntry, _ key: OutputKey) -> String? {
        guard let text = entry.values[key]?.elements.first else { return nil }
        if !FileManager.default.isReadableFile(atPath: text.text) {
            problems.append(ConfigurationProblem(text.origin, "\(text.text) cannot be read"))
        }
        return text.text
    }

    private mutating func topics(_ entry: OutputEntry) -> Set<OutputTopic>? {
        guard let value = entry.values[.events] else { return nil }
        let names = OutputTopic.allCases.map(\.name)
        var topics: Set<OutputTopic> = []
        for element in value.elements {
            if element.text == "all" {
                topics.formUnion(OutputTopic.allCases)
            } else if element.text == "findings" {
                topics.formUnion(OutputTopic.findings)
            } else if let topic = OutputTopic(name: element.text) {
                topics.insert(topic)
            } else {
                problems.append(
                    ConfigurationProblem(
                        element.origin,
                        "events: \(element.text) is nothing that can be sent",
                        hint: NearestName.hint(for: element.text, among: names)
                            ?? "there are all, findings, " + names.joined(separator: ", ")
                    )
                )
            }
        }
        return topics
    }

    private static func name(_ text: String) throws -> String {
        let isFine = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-_.".utf8.contains(byte)
        }
        guard isFine, (1...64).contains(text.utf8.count), !reservedNames.contains(text) else {
            throw Quantity.FormatError(description: "\(text): expected 1 to 64 letters, digits, dots and dashes")
        }
        return text
    }

    /// A filter as lists of findings have it.
    private static func findingFilter(_ text: String) throws -> String {
        do throws(FindingFilterError) {
            return try FindingFilter(parsing: text).text
        } catch {
            throw Quantity.FormatError(description: "\(text): \(error)")
        }
    }

    private static func severity(_ text: String) throws -> EventSeverity {
        switch text {
        case "info": return .info
        case "low": return .low
        case "medium": return .medium
        case "high": return .high
        case "critical": return .critical
        default:
            throw Quantity.FormatError(description: "\(text): expected info, low, medium, high or critical")
        }
    }

    private static func sizeOrOff(_ text: String) throws -> (bytes: Int?, Void) {
        text == "off" ? (nil, ()) : (max(try Quantity.size(text), 64 << 10), ())
    }

    private static func facility(_ text: String) throws -> Int {
        let names = [
            "user": 1, "daemon": 3, "auth": 4, "authpriv": 10, "audit": 13, "local0": 16, "local1": 17, "local2": 18,
            "local3": 19, "local4": 20, "local5": 21, "local6": 22, "local7": 23,
        ]
        guard let number = names[text] else {
            throw Quantity.FormatError(
                description: "\(text): expected \(names.keys.sorted().joined(separator: ", "))"
            )
        }
        return number
    }
}
