// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Correlation
import DefenseModel
import Storage
import VulnerabilityManagement

/// `redoubt vuln list`.
struct VulnList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List findings, the most urgent first.",
        discussion: """
            With --project alone all findings of its branch are written. With --filter, --view, --sort, --limit or --cursor \
            it is a page of a list: JSON is {"items": [..], "next": cursor or null, "count": n, "count_type": "exact"|"at_least"}.
            """
    )

    @Option(help: "The project.")
    var project: String?

    @Option(help: "The branch (default: the project's own).")
    var branch: String?

    @Option(help: "Which findings, such as 'severity>=high kind=sast not path:test/**'.")
    var filter: String?

    @Option(help: "A filter and an order that were kept with \"redoubt vuln view save\".")
    var view: String?

    @Option(help: "The order: priority, severity, age, due or attack; what is open comes first.")
    var sort: String?

    @Option(help: "How many, 1 to 500 (default: 50).")
    var limit: Int?

    @Option(help: "Where an earlier page ended, to go on from there.")
    var cursor: String?

    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    private var isPage: Bool { filter != nil || view != nil || sort != nil || limit != nil || cursor != nil }

    func run() throws {
        guard isPage || project != nil else { throw CommandFailure.badInput("give --project, --filter or --view") }
        let store = try place.open(isMade: false)
        do {
            guard !isPage else { return try writePage(of: store) }
            guard let project, let found = try store.project(project) else {
                throw CommandFailure.badInput(
                    "there is no project \(project ?? "")",
                    hint: "redoubt vuln project list shows them"
                )
            }
            var list = FindingList(output.format)
            try store.forEachFinding(of: found, branch: branch) { row throws(StorageError) in
                list.add(row)
                return true
            }
            list.end()
            try store.close()
        } catch let error as StorageError {
            guard error.code != .badCursor else { throw CommandFailure.badInput(error.message) }
            throw CommandFailure.couldNotRun("the findings cannot be read: \(error)")
        } catch let error as SavedViewError {
            throw CommandFailure.badInput("\(error)")
        } catch let error as FindingFilterError {
            throw CommandFailure.badInput("the filter cannot be read: \(error)")
        }
    }

    /// The view that is asked for: one's own rather than one that others share.
    private func savedView(_ store: VulnerabilityStore) throws -> SavedView? {
        guard let view else { return nil }
        guard filter == nil else { throw CommandFailure.badInput("--view has a filter; leave --filter out") }
        let name = try SavedView.checkedName(view)
        guard let found = try store.savedViews(for: MakerOptions.maker()).first(where: { $0.name == name }) else {
            throw CommandFailure.badInput("there is no view \(name)", hint: "redoubt vuln view list")
        }
        return found
    }

    /// The filter, narrowed to the project and branch.
    private func narrowed(_ text: String) throws -> FindingFilter {
        let filter = try FindingFilter(parsing: text)
        var terms: [String] = []
        if let project { terms.append("project=\(FindingFilter.quoted(project))") }
        if let branch { terms.append("branch=\(FindingFilter.quoted(branch))") }
        guard !terms.isEmpty else { return filter }
        if filter != .everything, !filter.text.isEmpty { terms.append("(\(filter.text))") }
        return try FindingFilter(parsing: terms.joined(separator: " "))
    }

    private func writePage(of store: VulnerabilityStore) throws {
        guard (1...VulnerabilityStore.largestPage).contains(limit ?? 50) else {
            throw CommandFailure.badInput("--limit is 1 to \(VulnerabilityStore.largestPage)")
        }
        let view = try savedView(store)
        guard let order = FindingOrder(rawValue: sort ?? view?.sort.rawValue ?? FindingOrder.priority.rawValue) else {
            throw CommandFailure.badInput("--sort is one of \(FindingOrder.names)")
        }
        let now = Moment.now
        let filter = try narrowed(view?.filter ?? filter ?? "")
        let page = try store.findings(
            matching: filter,
            sortedBy: order,
            after: cursor,
            limit: limit ?? 50,
            now: now
        )
        let count = try store.count(matching: filter, now: now)
        try store.close()
        let isExact = count < VulnerabilityStore.mostCounted
        guard output.format == .json else {
            var list = FindingList(output.format, isPage: true)
            for row in page.rows { list.add(row) }
            list.end()
            StandardError.write("\(page.rows.count) of \(isExact ? "" : "at least ")\(count) findings\n")
            if let next = page.next { StandardError.write("  more: --cursor \(next)\n") }
            return
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("items")
        json.beginArray()
        for row in page.rows { row.write(to: &json) }
        json.endArray()
        json.key("next")
        json.stringOrNull(page.next)
        json.key("count")
        json.number(count)
        json.key("count_type")
        json.string(isExact ? "exact" : "at_least")
        json.endObject()
        json.endLine()
        StandardOutput.write(json.bytes)
    }
}

/// Writes findings one by one, so that a long list takes no memory.
private struct FindingList {
    private let format: OutputFormat
    private let isPage: Bool
    private var output: [UInt8] = []
    private var count = 0

    init(_ format: OutputFormat, isPage: Bool = false) {
        self.format = format
        self.isPage = isPage
        if format == .json { output.append(UInt8(ascii: "[")) }
    }

    mutating func add(_ row: FindingRow) {
        switch format {
        case .text: output.append(contentsOf: "\(row.textLine)\n".utf8)
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
        if format == .text, !isPage { output.append(contentsOf: "\(count) findings\n".utf8) }
        flush()
    }

    private mutating func flush() {
        StandardOutput.write(output)
        output.removeAll(keepingCapacity: true)
    }
}

extension FindingRow {
    /// For people: severity, state, rule, place and title.
    var textLine: String {
        var place = path ?? ""
        if let line { place += ":\(line)" }
        if let component { place += " \(component)\(version.map { "@\($0)" } ?? "")" }
        return "\(identifier)  \(severity)  \(stateName)  \(rule)  \(place)  \(title)".shownInOneLine
    }

    /// - Parameter related: what other tools tell of the same weakness.
    func write(
        to json: inout JSONWriter,
        detail: [UInt8]? = nil,
        events: [FindingEventRow]? = nil,
        related: [RelatedFinding]? = nil
    ) {
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
        writePlace(to: &json)
        writeTriage(to: &json)
        json.key("project")
        json.string(project)
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
        if let events {
            json.key("history")
            FindingEventRow.write(events, to: &json)
        }
        if let related {
            json.key("same_weakness")
            RelatedFinding.write(related, to: &json)
        }
        json.endObject()
    }
}

extension FindingRow {
    /// The file, and the component that is in it.
    private func writePlace(to json: inout JSONWriter) {
        json.key("location")
        json.beginObject()
        json.key("path")
        json.stringOrNull(path)
        json.key("line")
        if let line { json.number(line) } else { json.null() }
        json.endObject()
        guard let component else { return }
        json.key("component")
        json.beginObject()
        json.key("name")
        json.string(component)
        json.key("version")
        json.stringOrNull(version)
        json.endObject()
    }

    /// What people, rules and feeds say of it.
    private func writeTriage(to json: inout JSONWriter) {
        for (name, text) in [
            ("purl", purl), ("fix", fix), ("vulnerability", vulnerability), ("cwe", cwe.map { "CWE-\($0)" }),
            ("decision", decision.name), ("due", due.map { rfc3339(seconds: $0) }), ("owner", owner),
            ("assignee", assignee), ("accepted_until", acceptedUntil.map { rfc3339(seconds: $0) }),
            ("reported_severity", reportedSeverity), ("rated_until", ratedUntil.map { rfc3339(seconds: $0) }),
            ("last_attack", lastAttack.map { rfc3339(seconds: $0) }),
        ] {
            json.key(name)
            json.stringOrNull(text)
        }
        json.key("attacks")
        json.number(attacks)
        json.key("known_exploited")
        json.bool(isKnownExploited)
        json.key("new")
        json.bool(isNew)
    }
}

extension String {
    /// Without what a terminal might take for a command, or for another line.
    var shownInOneLine: String {
        guard unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            return self
        }
        return String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "?" : scalar
                }
            )
        )
    }
}
