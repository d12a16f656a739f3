// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import SecLang
import WebFirewall
import Yams

/// One protected application as the file describes it.
struct ApplicationEntry {
    var location: SettingOrigin
    var values: [ApplicationKey: SettingValue] = [:]
}

/// What can be said of an application.
enum ApplicationKey: String, CaseIterable {
    case host, path, upstream, mode, rules, budget

    /// The setting of the whole that this one goes before; nil where there is none.
    var overridden: SettingKey? {
        switch self {
        case .host, .path, .upstream: nil
        case .mode: .mode
        case .rules: .rules
        case .budget: .budget
        }
    }
}

/// A configuration file, read; its values are still text. All mistakes are collected, not only the first.
///
/// YAML gives types to plain texts (`off` is a truth value, `8080` a number); here every value is the text that
/// stands in the file, and its setting says what it means.
struct ConfigurationFile {
    let path: String
    private(set) var values: [SettingKey: SettingValue] = [:]
    private(set) var applications: [ApplicationEntry] = []
    private(set) var outputs: [OutputEntry] = []
    private(set) var problems: [ConfigurationProblem] = []
    private let lines: [Substring]
    private let folder: String

    /// More is no configuration file.
    static let maximumSize = 256 * 1024

    /// Reads a file.
    ///
    /// - Throws: ``CommandFailure`` where it cannot be read at all.
    init(path: String) throws {
        let handle: FileHandle
        let data: Data
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            data = try handle.read(upToCount: Self.maximumSize + 1) ?? Data()
        } catch {
            throw CommandFailure.badInput("\(path) cannot be read", hint: "name another file with --config FILE")
        }
        guard data.count <= Self.maximumSize else {
            throw CommandFailure.badInput("\(path) has more than \(Self.maximumSize) bytes")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandFailure.badInput("\(path) is not UTF-8 text")
        }
        self.init(text: text, path: path)
    }

    /// Reads a text; relative paths in it start at the folder of `path`.
    init(text: String, path: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        folder = (path as NSString).deletingLastPathComponent
        if let line = YAMLNesting.tooDeep(in: text) {
            let location = SourceLocation(file: path, line: line)
            problems.append(ConfigurationProblem(.file(location), "nested deeper than any configuration is"))
            return
        }
        do {
            if let root = try Yams.compose(yaml: text) {
                read(root)
            }
        } catch {
            problems.append(problem(of: error))
        }
    }

    // MARK: Structure

    private mutating func read(_ root: Node) {
        guard root.mapping != nil else {
            if !Self.isEmpty(root) {
                report(root, "expected settings such as \"listen: 127.0.0.1:8080\"")
            }
            return
        }
        let known = SettingKey.names(in: nil)
        let names = Array(known.keys) + SettingKey.sections + ["applications", "outputs", "tickets"]
        for (name, value, _) in members(of: root, what: "the configuration", known: names) {
            if let key = known[name] {
                values[key] = self.value(value, key)
            } else if name == "applications" {
                readApplications(value)
            } else if name == "outputs" {
                readOutputs(value)
            } else if name == "tickets" {
                // Read by the commands that make tickets, and by nothing that runs all the time.
                continue
            } else {
                readSection(name, value)
            }
        }
    }

    private mutating func readSection(_ section: String, _ node: Node) {
        let known = SettingKey.names(in: section)
        for (name, value, _) in members(of: node, what: section, known: Array(known.keys)) {
            if let key = known[name] {
                values[key] = self.value(value, key)
            }
        }
    }

    private mutating func readApplications(_ node: Node) {
        guard let sequence = node.sequence else {
            report(node, "applications: expected a list, found \(Self.kind(of: node))")
            return
        }
        let names = ApplicationKey.allCases.map(\.rawValue)
        for item in sequence {
            var entry = ApplicationEntry(location: origin(of: item))
            for (name, value, _) in members(of: item, what: "an application", known: names) {
                if let key = ApplicationKey(rawValue: name) {
                    entry.values[key] = self.value(value, name: name, isList: key == .rules, isPath: key == .rules)
                }
            }
            applications.append(entry)
        }
    }

    private mutating func readOutputs(_ node: Node) {
        guard let sequence = node.sequence else {
            report(node, "outputs: expected a list, found \(Self.kind(of: node))")
            return
        }
        let names = OutputKey.allCases.map(\.rawValue)
        for item in sequence {
            var entry = OutputEntry(location: origin(of: item))
            for (name, value, _) in members(of: item, what: "an output", known: names) {
                if let key = OutputKey(rawValue: name) {
                    entry.values[key] = self.value(value, name: name, isList: key.isList, isPath: key.isPath)
                }
            }
            outputs.append(entry)
        }
    }

    /// The members of a mapping whose names are known; the others are reported.
    private mutating func members(
        of node: Node,
        what: String,
        known: [String]
    ) -> [(name: String, value: Node, key: Node)] {
        guard let mapping = node.mapping else {
            report(node, "\(what): expected settings, found \(Self.kind(of: node))")
            return []
        }
        var members: [(name: String, value: Node, key: Node)] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                report(key, "\(what): expected the name of a setting, found \(Self.kind(of: key))")
                continue
            }
            guard known.contains(name) else {
                let hint = NearestName.hint(for: name, among: known)
                report(key, "\(what) has no setting \"\(name)\"", hint: hint ?? Self.list(known))
                continue
            }
            members.append((name, value, key))
        }
        return members
    }

    private mutating func value(_ node: Node, _ key: SettingKey) -> SettingValue? {
        guard key.isMapping, let mapping = node.mapping else {
            return value(node, name: key.name, isList: key.isList, isPath: key.isPath)
        }
        var elements: [SettingText] = []
        for (name, value) in mapping {
            guard let left = text(name, name: key.name, isPath: false) else { continue }
            let rights = value.sequence.map { Array($0) } ?? [value]
            for right in rights.compactMap({ text($0, name: key.name, isPath: false) }) {
                elements.append(SettingText(text: "\(left.text)=\(right.text)", origin: left.origin))
            }
        }
        return SettingValue(elements, origin: origin(of: node))
    }

    private mutating func value(_ node: Node, name: String, isList: Bool, isPath: Bool) -> SettingValue? {
        guard isList else {
            return text(node, name: name, isPath: isPath).map { SettingValue([$0], origin: $0.origin) }
        }
        guard let sequence = node.sequence else {
            let hint = node.scalar.map { "write \(name): [\($0.string)]" }
            report(node, "\(name): expected a list, found \(Self.kind(of: node))", hint: hint)
            return nil
        }
        let elements = sequence.compactMap { text($0, name: name, isPath: isPath) }
        return SettingValue(elements, origin: origin(of: node))
    }

    private mutating func text(_ node: Node, name: String, isPath: Bool) -> SettingText? {
        guard let scalar = node.scalar, !Self.isEmpty(node), !scalar.string.isEmpty else {
            report(node, "\(name): expected a value, found \(Self.kind(of: node))")
            return nil
        }
        let isRelative = isPath && !scalar.string.hasPrefix("/") && !folder.isEmpty
        return SettingText(text: isRelative ? "\(folder)/\(scalar.string)" : scalar.string, origin: origin(of: node))
    }

    // MARK: Places

    private mutating func report(_ node: Node, _ message: String, hint: String? = nil) {
        problems.append(ConfigurationProblem(origin(of: node), message, hint: hint))
    }

    private func origin(of node: Node) -> SettingOrigin {
        .file(location(node.mark))
    }

    /// YAML's marks count characters, ours count bytes.
    private func location(_ mark: Mark?) -> SourceLocation {
        let line = mark?.line ?? 1
        var column = mark?.column ?? 1
        if lines.indices.contains(line - 1) {
            let before = lines[line - 1].unicodeScalars.prefix(max(column - 1, 0))
            column = before.reduce(1) { $0 + UTF8.width($1) }
        }
        return SourceLocation(file: path, line: line, column: column)
    }

    private func problem(of error: any Error) -> ConfigurationProblem {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let text = ([context?.text, problem].compactMap { $0 }).joined(separator: ": ")
            return ConfigurationProblem(.file(location(mark)), "not YAML: \(text)")
        case .duplicatedKeysInMapping(let names, let context):
            let place = secondPlace(of: names.first ?? "") ?? location(context.mark)
            return ConfigurationProblem(.file(place), "\(names.sorted().joined(separator: ", ")): set more than once")
        case .reader(let problem, _, _, _):
            return ConfigurationProblem(.file(location(nil)), "not YAML: \(problem)")
        default:
            return ConfigurationProblem(.file(location(nil)), "not YAML: \(error)")
        }
    }

    /// Where a name begins a line for the second time; the parser only says that one does.
    private func secondPlace(of name: String) -> SourceLocation? {
        let places = lines.indices.filter { lines[$0].drop { $0 == " " || $0 == "-" }.hasPrefix("\(name):") }
        guard places.count > 1 else {
            return nil
        }
        let indent = lines[places[1]].utf8.prefix { $0 == 0x20 || $0 == 0x2D }.count
        return SourceLocation(file: path, line: places[1] + 1, column: indent + 1)
    }

    // MARK: Words

    private static func isEmpty(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain else {
            return false
        }
        return ["", "~", "null"].contains(scalar.string)
    }

    private static func kind(of node: Node) -> String {
        if node.mapping != nil {
            return "settings"
        }
        if node.sequence != nil {
            return "a list"
        }
        return isEmpty(node) || node.scalar?.string.isEmpty == true ? "nothing" : "\"\(node.scalar?.string ?? "")\""
    }

    private static func list(_ names: [String]) -> String {
        "there are " + names.sorted().joined(separator: ", ")
    }
}
