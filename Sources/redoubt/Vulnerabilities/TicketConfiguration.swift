// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Integrations
import Yams

/// The systems of tickets that the section `tickets` of a configuration file describes.
///
/// ```yaml
/// tickets:
///   - name: forge
///     system: gitlab
///     url: https://gitlab.example.com
///     project: shop/cart
///     secret_file: gitlab.token
/// ```
struct TicketConfiguration {
    private(set) var systems: [TicketSettings] = []
    private let path: String

    private static let longestFile = 256 << 10

    /// Where files are looked for that no option names.
    private static var usualPath: String {
        let named = ProcessInfo.processInfo.environment["REDOUBT_CONFIG"] ?? ""
        guard named.isEmpty else { return named }
        let there = ["redoubt.yaml", "/etc/redoubt/redoubt.yaml"].first { FileManager.default.fileExists(atPath: $0) }
        return there ?? "redoubt.yaml"
    }

    /// - Throws: ``CommandFailure`` with file and line where the section cannot be read.
    init(path: String?) throws {
        let path = path ?? Self.usualPath
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            data = try handle.read(upToCount: Self.longestFile + 1) ?? Data()
        } catch {
            throw CommandFailure.badInput(
                "\(path), which should describe systems of tickets, cannot be read",
                hint: "name another file with --config FILE"
            )
        }
        guard data.count <= Self.longestFile, let text = String(validating: data, as: UTF8.self) else {
            throw CommandFailure.badInput("\(path) is no configuration: UTF-8 of at most 256 KiB")
        }
        try self.init(text: text, path: path)
    }

    init(text: String, path: String) throws {
        self.path = path
        // The parser calls itself for each level.
        guard text.utf8.count(where: { "[{".utf8.contains($0) }) <= 1000,
            !text.split(separator: "\n").contains(where: {
                $0.prefix { " -?:\t".contains($0) }.count(where: { $0 != " " }) > 32
            })
        else { throw CommandFailure.badInput("\(path): nested deeper than any configuration is") }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw CommandFailure.badInput("\(path): not YAML: \(error)")
        }
        guard let list = root?.mapping?["tickets"] else { return }
        guard let entries = list.sequence else { throw failure(list, "tickets: expected a list") }
        for entry in entries {
            let settings = try settings(entry)
            guard !systems.contains(where: { $0.name == settings.name }) else {
                throw failure(entry, "tickets: two have the name \"\(settings.name)\"")
            }
            systems.append(settings)
        }
    }

    /// The system of a name; without one, the only one that there is.
    func system(_ name: String?) throws -> TicketSettings {
        let names = systems.map(\.name).joined(separator: ", ")
        guard let name else {
            guard systems.count == 1, let only = systems.first else {
                throw CommandFailure.badInput(
                    systems.isEmpty ? "\(path) describes no system of tickets" : "there are several systems of tickets",
                    hint: systems.isEmpty ? "add one under tickets:" : "choose with --system one of \(names)"
                )
            }
            return only
        }
        guard let found = systems.first(where: { $0.name == name }) else {
            throw CommandFailure.badInput("there is no system of tickets \(name)", hint: "\(path) has: \(names)")
        }
        return found
    }

    // MARK: Reading

    private enum Key: String, CaseIterable {
        case name, system, url, project, user, labels, confidential, thread, timeout, attempts
        case secretFile = "secret_file"
        case secretVariable = "secret_env"
        case issueType = "issue_type"
        case apiVersion = "api_version"
        case closesResolved = "close_resolved"
        case allowsPrivate = "allow_private"
        case authorities = "ca_file"
    }

    private func settings(_ entry: Node) throws -> TicketSettings {
        guard let mapping = entry.mapping else { throw failure(entry, "tickets: expected settings") }
        var values: [Key: Node] = [:]
        for (name, value) in mapping {
            guard let key = name.scalar.flatMap({ Key(rawValue: $0.string) }) else {
                let known = Key.allCases.map(\.rawValue).sorted().joined(separator: ", ")
                throw failure(name, "tickets has no setting \"\(name.scalar?.string ?? "")\"; there are \(known)")
            }
            values[key] = value
        }
        let kind = try text(.system, values, entry)
        guard let system = TicketSettings.Kind(rawValue: kind) else {
            throw failure(entry, "system: expected gitlab, github or jira, found \"\(kind)\"")
        }
        let name = values[.name] == nil ? kind : try text(.name, values, entry)
        let address = try address(system, values, entry)
        let project = try text(.project, values, entry)
        let secret = try secret(values, entry)
        var settings: TicketSettings
        do throws(TicketError) {
            settings = try TicketSettings(name: name, kind: system, address: address, project: project, secret: secret)
        } catch {
            throw failure(entry, error.message)
        }
        try takeRest(values, &settings)
        return settings
    }

    private func text(_ key: Key, _ values: [Key: Node], _ entry: Node) throws -> String {
        guard let node = values[key] else { throw failure(entry, "tickets: \(key.rawValue) is missing") }
        return try text(node, key)
    }

    private func text(_ node: Node, _ key: Key) throws -> String {
        guard let text = node.scalar?.string, !text.isEmpty, text.utf8.count <= 4096 else {
            throw failure(node, "\(key.rawValue): expected a value")
        }
        return text
    }

    private func address(_ system: TicketSettings.Kind, _ values: [Key: Node], _ entry: Node) throws -> String {
        guard values[.url] == nil, system == .github else { return try text(.url, values, entry) }
        return "https://api.github.com"
    }

    private func secret(_ values: [Key: Node], _ entry: Node) throws -> SecretSource {
        switch (values[.secretFile], values[.secretVariable]) {
        case (let file?, nil): return .file(try self.file(file, .secretFile))
        case (nil, let variable?): return .environment(try text(variable, .secretVariable))
        default:
            throw failure(entry, "tickets: name the token's file with secret_file, or its variable with secret_env")
        }
    }

    /// A path; one that is relative begins at the folder of the configuration.
    private func file(_ node: Node, _ key: Key) throws -> String {
        let file = try text(node, key)
        let folder = (path as NSString).deletingLastPathComponent
        return file.hasPrefix("/") || folder.isEmpty ? file : "\(folder)/\(file)"
    }

    private func takeRest(_ values: [Key: Node], _ settings: inout TicketSettings) throws {
        for (key, node) in values {
            switch key {
            case .name, .system, .url, .project, .secretFile, .secretVariable: break
            case .user: settings.user = try text(node, key)
            case .issueType: settings.issueType = try text(node, key)
            case .authorities: settings.authorities = try file(node, key)
            case .labels:
                guard let labels = node.sequence else { throw failure(node, "labels: expected a list") }
                settings.labels = try labels.map { try text($0, key) }
            case .confidential: settings.isConfidential = try flag(node, key)
            case .thread: settings.opensThread = try flag(node, key)
            case .closesResolved: settings.closesResolved = try flag(node, key)
            case .allowsPrivate: settings.allowsPrivate = try flag(node, key)
            case .apiVersion: settings.apiVersion = try number(node, key, 2...3)
            case .attempts: settings.attempts = try number(node, key, 1...10)
            case .timeout: settings.timeout = .seconds(try number(node, key, 1...300))
            }
        }
    }

    private func flag(_ node: Node, _ key: Key) throws -> Bool {
        switch try text(node, key) {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw failure(node, "\(key.rawValue): expected true or false")
        }
    }

    private func number(_ node: Node, _ key: Key, _ range: ClosedRange<Int>) throws -> Int {
        let text = try text(node, key)
        let digits = key == .timeout && text.hasSuffix("s") ? text.dropLast() : text[...]
        guard let number = Int(digits), range.contains(number) else {
            throw failure(node, "\(key.rawValue): expected \(range.lowerBound) to \(range.upperBound), found \(text)")
        }
        return number
    }

    private func failure(_ node: Node, _ message: String) -> CommandFailure {
        CommandFailure.badInput("\(path):\(node.mark?.line ?? 1): \(message)")
    }
}
