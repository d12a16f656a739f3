// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel
import Storage
import VulnerabilityManagement

/// `redoubt vuln list`.
struct VulnList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the findings of a project, the most urgent first."
    )

    @Option(help: "The project.")
    var project: String

    @Option(help: "The branch (default: the project's own).")
    var branch: String?

    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let store = try place.open(isMade: false)
        do {
            guard let found = try store.project(project) else {
                throw CommandFailure.badInput("there is no project \(project)")
            }
            var list = FindingList(output.format)
            try store.forEachFinding(of: found, branch: branch) { row throws(StorageError) in
                list.add(row)
                return true
            }
            list.end()
            try store.close()
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("the findings cannot be read: \(error)")
        }
    }
}

/// Writes findings one by one, so that a long list takes no memory.
private struct FindingList {
    private let format: OutputFormat
    private var output: [UInt8] = []
    private var count = 0

    init(_ format: OutputFormat) {
        self.format = format
        if format == .json { output.append(UInt8(ascii: "[")) }
    }

    mutating func add(_ row: FindingRow) {
        switch format {
        case .text: output.append(contentsOf: row.textLine.utf8)
        case .json: output.append(contentsOf: (count == 0 ? "" : ",").utf8)
        case .ndjson: break
        }
        count += 1
        if format != .text {
            var json = JSONWriter()
            row.write(to: &json)
            output.append(contentsOf: json.bytes)
            if format == .ndjson { output.append(UInt8(ascii: "\n")) }
        }
        if output.count > 64 << 10 { flush() }
    }

    mutating func end() {
        if format == .json { output.append(contentsOf: "]\n".utf8) }
        if format == .text { output.append(contentsOf: "\(count) findings\n".utf8) }
        flush()
    }

    private mutating func flush() {
        StandardOutput.write(output)
        output.removeAll(keepingCapacity: true)
    }
}

extension FindingRow {
    /// For people: severity, state, rule, place and title.
    fileprivate var textLine: String {
        var place = path ?? ""
        if let line { place += ":\(line)" }
        if let component { place += " \(component)\(version.map { "@\($0)" } ?? "")" }
        return "\(identifier)  \(severity)  \(stateName)  \(rule)  \(place)  \(title)\n"
    }

    func write(to json: inout JSONWriter, detail: [UInt8]? = nil) {
        json.beginObject()
        json.key("id")
        json.string(identifier.description)
        json.key("state")
        json.string(stateName)
        if let reasonName {
            json.key("reason")
            json.string(reasonName)
        }
        json.key("detected")
        json.bool(isDetected)
        json.key("severity")
        json.string(severity)
        json.key("priority")
        json.number(priority)
        json.key("kind")
        json.string(kind)
        json.key("rule")
        json.string(rule)
        json.key("title")
        json.string(title)
        json.key("location")
        json.beginObject()
        json.key("path")
        json.stringOrNull(path)
        json.key("line")
        if let line { json.number(line) } else { json.null() }
        json.endObject()
        if let component {
            json.key("component")
            json.beginObject()
            json.key("name")
            json.string(component)
            json.key("version")
            json.stringOrNull(version)
            json.endObject()
        }
        json.key("branch")
        json.string(branch)
        json.key("tool")
        json.string(tool)
        json.key("first_seen")
        json.string(rfc3339(seconds: firstSeen))
        json.key("last_seen")
        json.string(rfc3339(seconds: lastSeen))
        if let detail {
            json.key("detail")
            json.raw(detail)
        }
        json.endObject()
    }
}
