// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import Integrations
import Storage
import VulnerabilityManagement

/// `redoubt vuln ticket`.
struct VulnTicket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ticket",
        abstract: "Make tickets of findings in GitLab, GitHub or Jira, and keep both in step.",
        subcommands: [VulnTicketCreate.self, VulnTicketSync.self, VulnTicketList.self]
    )
}

/// Where the systems of tickets are described, and which one is meant.
struct TicketOptions: ParsableArguments {
    @Option(help: "The system, by its name in the configuration (default: the only one).")
    var system: String?

    @Option(help: "The configuration file (default: $REDOUBT_CONFIG, ./redoubt.yaml, /etc/redoubt/redoubt.yaml).")
    var config: String?

    func settings() throws -> TicketSettings {
        try TicketConfiguration(path: config).system(system)
    }

    func client(_ settings: TicketSettings) throws -> any TicketSystem {
        do {
            return try TicketSystems.make(settings, version: Redoubt.configuration.version)
        } catch {
            throw CommandFailure.badInput(error.message)
        }
    }
}

extension FindingStoreOptions {
    /// Opens the store of tickets, which is beside that of findings.
    func openTickets() throws -> TicketStore {
        let path = try folder + "/tickets.sqlite"
        do {
            return try TicketStore(path: path)
        } catch {
            throw CommandFailure.couldNotRun("the tickets cannot be opened: \(error)")
        }
    }
}

extension CommandFailure {
    /// What a failure of a system of tickets means for the command.
    static func tickets(_ error: TicketError) -> CommandFailure {
        switch error.code {
        case .settings, .unsupported: .badInput(error.message)
        default: .couldNotRun(error.message)
        }
    }
}

/// `redoubt vuln ticket create`.
struct VulnTicketCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a ticket of each finding, or one of all that are of the same component.",
        discussion: """
            A finding, or a component of a branch, has one ticket in a system: asking again makes no second one. A ticket \
            is told what a finding is and where, and never its code.
            """
    )

    /// What a ticket is about.
    enum Grouping: String, ExpressibleByArgument, CaseIterable {
        case finding, component
    }

    @Argument(help: ArgumentHelp("Identifiers of findings.", valueName: "id"))
    var ids: [String]

    @Option(help: "What a ticket is about.")
    var by: Grouping = .finding

    @Option(help: "The project as tickets name it (default: the name in the configuration).")
    var project: String?

    @Flag(help: "Forget attempts whose end is not known, and try again. Look there first whether there is a ticket.")
    var retry = false

    @Flag(help: "Show what would be made, and make nothing.")
    var dryRun = false

    @OptionGroup var tickets: TicketOptions
    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let settings = try tickets.settings()
        let findings = try place.open(isMade: false)
        do {
            let groups = try groups(findings, settings)
            if dryRun {
                for group in groups { show(group, nil, "would be made") }
            } else {
                try await make(groups, settings, findings)
            }
            try findings.close()
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("the findings cannot be read: \(error)")
        }
    }

    /// What one ticket is about.
    private struct Group {
        var subject: String
        var component: String?
        var findings: [TicketSubject]
    }

    private func groups(_ store: VulnerabilityStore, _ settings: TicketSettings) throws -> [Group] {
        var groups: [Group] = []
        for id in ids {
            guard let finding = try store.detailed(id) else {
                throw CommandFailure.badInput("there is no finding \(id)", hint: "redoubt vuln list shows them")
            }
            let subject = TicketSubject(finding)
            guard by == .component, let component = finding.row.component else {
                groups.append(Group(subject: "finding:\(subject.id)", component: nil, findings: [subject]))
                continue
            }
            let name = finding.packageURL?.split(whereSeparator: { "@?#".contains($0) }).first.map { String($0) }
            let key =
                "component:\(project ?? settings.project):\(finding.row.projectID):\(finding.row.branch):\(name ?? component)"
            if let place = groups.firstIndex(where: { $0.subject == key }) {
                groups[place].findings.append(subject)
            } else {
                groups.append(Group(subject: key, component: component, findings: [subject]))
            }
        }
        return groups.map { group in
            var group = group
            group.findings.sort { Self.rank($0.severity) > Self.rank($1.severity) }
            return group
        }
    }

    private static func rank(_ severity: String) -> Int {
        ["unknown", "info", "low", "medium", "high", "critical"].firstIndex(of: severity) ?? 0
    }

    private func make(
        _ groups: [Group],
        _ settings: TicketSettings,
        _ findings: VulnerabilityStore
    ) async throws {
        let store = try place.openTickets()
        let client = try tickets.client(settings)
        defer { client.close() }
        let desk = TicketDesk(client, store, closes: settings.closesResolved)
        let project = project ?? settings.project
        var isAnyUnknown = false
        do {
            for group in groups {
                if retry, let known = try store.link(system: settings.name, subject: group.subject),
                    known.state == .pending
                {
                    try store.forget(known)
                }
                let creation = try await desk.create(
                    subject: group.subject,
                    group.findings,
                    component: group.component,
                    project: project
                )
                switch creation {
                case .made(let link):
                    show(group, link, "made")
                    try findings.note([.created], of: link, now: Moment.now)
                case .there(let link): show(group, link, "there")
                case .unknown(let link):
                    isAnyUnknown = true
                    show(group, link, "unknown")
                }
            }
            try store.close()
        } catch let error as TicketError {
            throw CommandFailure.tickets(error)
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("the tickets cannot be kept: \(error)")
        }
        if isAnyUnknown {
            throw CommandFailure.couldNotRun(
                "an earlier attempt to make a ticket did not end, so that there may be one",
                hint: "look for it in \(settings.name); where there is none, try again with --retry"
            )
        }
    }

    private func show(_ group: Group, _ link: TicketLink?, _ outcome: String) {
        guard output.format == .text else {
            var json = JSONWriter()
            json.beginObject()
            json.key("outcome")
            json.string(outcome)
            json.key("findings")
            json.beginArray()
            for finding in group.findings { json.string(finding.id) }
            json.endArray()
            json.key("ticket")
            json.stringOrNull(link?.remote?.key)
            json.key("url")
            json.stringOrNull(link?.remote?.url)
            json.endObject()
            json.endLine()
            StandardOutput.write(json.bytes)
            return
        }
        let what = group.component.map { "\($0): \(group.findings.count) findings" } ?? group.findings.first?.id ?? ""
        let remote = link?.remote.map { "\($0.key) \($0.url)" } ?? ""
        StandardOutput.write(VisibleText.clean("\(what)  \(outcome)  \(remote)") + "\n")
    }
}

/// `redoubt vuln ticket sync`.
struct VulnTicketSync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Tell tickets what became of their findings, and see what became of the tickets.",
        discussion: """
            A ticket that somebody closed though its finding is open is told here; the finding stays open, as only a scan \
            or a person's decision ends it. Where a finding has ended its ticket gets a comment, and is closed where \
            close_resolved says so; where it is found again the ticket is opened again.
            """
    )

    @Flag(help: "Show what would be done, and do nothing.")
    var dryRun = false

    @OptionGroup var tickets: TicketOptions
    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let settings = try tickets.settings()
        let findings = try place.open(isMade: false)
        let store = try place.openTickets()
        let client = try tickets.client(settings)
        defer { client.close() }
        var count = 0
        var failures = 0
        var unnoted: StorageError?
        do {
            let desk = TicketDesk(client, store, closes: settings.closesResolved)
            try await desk.sync(
                isRehearsal: dryRun,
                standing: { link throws(TicketError) in
                    do throws(StorageError) {
                        return try findings.standing(of: link)
                    } catch {
                        throw TicketError(.store, "the findings cannot be read: \(error)")
                    }
                },
                report: { outcome in
                    count += 1
                    if outcome.failure != nil { failures += 1 }
                    show(outcome)
                    guard !dryRun, !outcome.events.isEmpty else { return }
                    do throws(StorageError) {
                        try findings.note(outcome.events, of: outcome.link, now: Moment.now)
                    } catch {
                        unnoted = error
                    }
                }
            )
            try store.close()
            try findings.close()
        } catch let error as TicketError {
            throw CommandFailure.tickets(error)
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("the tickets cannot be kept: \(error)")
        }
        if output.format == .text { StandardOutput.write("\(count) tickets of \(settings.name)\n") }
        if let unnoted {
            throw CommandFailure.couldNotRun("what became of tickets is missing in histories of findings: \(unnoted)")
        }
        if failures > 0 {
            throw CommandFailure.couldNotRun(
                "\(failures) tickets could not be brought up to date",
                hint: "try again later"
            )
        }
    }

    private func show(_ outcome: TicketDesk.Outcome) {
        if let failure = outcome.failure { StandardError.write("redoubt: \(failure)\n") }
        if output.format == .text {
            guard !outcome.events.isEmpty else { return }
            let events = outcome.events.map { $0.rawValue.replacing("_", with: " ") }.joined(separator: ", ")
            let line = "\(outcome.link.remote?.key ?? "")  \(events)  \(outcome.link.remote?.url ?? "")"
            StandardOutput.write(VisibleText.clean(line) + "\n")
        } else {
            StandardOutput.write(TicketLine.json(outcome.link, outcome.events.map(\.rawValue)))
        }
    }
}

/// `redoubt vuln ticket list`.
struct VulnTicketList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tickets of findings and what happened to them."
    )

    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let store = try place.openTickets()
        do {
            var last: Int64 = 0
            while true {
                let links = try store.links(after: last, limit: 200)
                guard let end = links.last?.id else { break }
                last = end
                for link in links {
                    let events = try store.events(of: link.id).map(\.event)
                    StandardOutput.write(output.format == .text ? text(link, events) : TicketLine.json(link, events))
                }
            }
            try store.close()
        } catch {
            throw CommandFailure.couldNotRun("the tickets cannot be read: \(error)")
        }
    }

    private func text(_ link: TicketLink, _ events: [String]) -> [UInt8] {
        let remote = link.remote.map { "\($0.key)  \($0.isOpen ? "open" : "closed")  \($0.status)  \($0.url)" } ?? ""
        let last = events.last.map { "  last: \($0.replacing("_", with: " "))" } ?? ""
        let line = "\(link.system)  \(link.state.rawValue)  \(remote)  \(link.subject)\(last)"
        return Array((VisibleText.clean(line) + "\n").utf8)
    }
}

/// A ticket as a line of JSON.
enum TicketLine {
    static func json(_ link: TicketLink, _ events: [String]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in [
            ("system", link.system), ("subject", link.subject), ("project", link.project),
            ("state", link.state.rawValue),
        ] {
            json.key(name)
            json.string(value)
        }
        for (name, value) in [
            ("ticket", link.remote?.key), ("url", link.remote?.url), ("status", link.remote?.status),
        ] {
            json.key(name)
            json.stringOrNull(value)
        }
        json.key("open")
        if let remote = link.remote { json.bool(remote.isOpen) } else { json.null() }
        json.key("findings")
        json.beginArray()
        for finding in link.findings { json.string(finding) }
        json.endArray()
        json.key("events")
        json.beginArray()
        for event in events { json.string(event) }
        json.endArray()
        json.endObject()
        json.endLine()
        return json.bytes
    }
}
