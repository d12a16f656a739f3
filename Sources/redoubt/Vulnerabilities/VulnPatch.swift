// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Correlation
import DefenseModel
import Dispatch
import Evidence
import Foundation
import Storage
import Synchronization
import VulnerabilityManagement

/// `redoubt vuln patch`.
struct VulnPatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "patch",
        abstract: "Guard a finding with a rule of the web firewall till it is mended.",
        discussion: """
            A virtual patch is proposed, then observed, and enforced only by a decision of its own. It is a file of the \
            folder virtual-patches in the data folder. Each act is written to the evidence log first.
            """,
        subcommands: [Propose.self, List.self, Apply.self, Enforce.self, Observe.self, Retire.self]
    )

    struct Propose: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a rule that guards a finding, and show it; no firewall has it yet."
        )

        @Argument(help: "The finding's identifier.")
        var id: String

        @Option(help: "The route in place of the finding's own: 'GET /cart/{id}'.")
        var route: String?

        @Option(help: "The parameter in place of the finding's own.")
        var parameter: String?

        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            let pattern: RoutePattern?
            do {
                pattern = try route.map { text throws(ModelError) in try RoutePattern(parsing: text) }
            } catch {
                throw CommandFailure.badInput("--route: \(error)")
            }
            let asked = try await server.ask(place) { api in
                let members: [(String, JSONValue?)] = [
                    ("finding", JSONValue(id)), ("route", JSONValue(route)), ("parameter", JSONValue(parameter)),
                ]
                return try await api.send("POST", "/virtual-patches", members)
            }
            if let asked { return write(asked["patch"] ?? .null, asked.text(at: "text")) }
            try withFinding(id, place) { store, row in
                let book = VirtualPatchBook(store, folder: PatchPlace.folder(place)) { _ in }
                let (patch, text) = try book.propose(
                    row.id,
                    route: pattern,
                    parameter: parameter,
                    maker: "cli",
                    now: Int(Date().timeIntervalSince1970)
                )
                write(try patch.document, text)
            }
        }

        private func write(_ patch: JSONValue, _ text: String) {
            guard output.format == .text, case .object(let members) = patch else {
                let all = (patch.members ?? []) + [JSONMember(name: Array("text".utf8), value: JSONValue(text))]
                return StandardOutput.write(JSONValue.object(all).line)
            }
            let line = JSONValue.object(members).patchLine
            StandardOutput.write(
                "\(line)\n\n\(text)\n  next: redoubt vuln patch apply \(patch.text(at: "rule")) --because TEXT\n"
            )
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show virtual patches, and how often they matched.")

        @Flag(help: "Also those that are retired.")
        var all = false

        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            let asked = try await server.ask(place, onlyNamed: true) { api in
                try await api.get("/virtual-patches", [("all", all ? "true" : nil)])
            }
            if let asked { return write(asked.elements ?? []) }
            let store = try place.open(isMade: false)
            do {
                let patches = try store.virtualPatches().filter { all || $0.state != .retired }
                let book = VirtualPatchBook(store, folder: PatchPlace.folder(place)) { _ in }
                for difference in try book.differences() {
                    StandardError.write("redoubt: at the next act on virtual patches: \(difference)\n")
                }
                try store.close()
                write(try patches.map { try $0.document })
            } catch let error as CorrelationError {
                throw error.commandFailure
            } catch let error as StorageError {
                throw CommandFailure.couldNotRun("the virtual patches cannot be read: \(error)")
            }
        }

        private func write(_ patches: [JSONValue]) {
            switch output.format {
            case .text:
                let lines = patches.map { $0.patchLine + $0.patchRemark }
                StandardOutput.write(
                    (lines + ["\(patches.count) virtual patches"]).joined(separator: "\n").shown + "\n"
                )
            case .ndjson: StandardOutput.write(patches.flatMap(\.line))
            case .json: StandardOutput.write(JSONValue.array(patches).line)
            }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a proposed rule to the firewall, which tells of what it matches and stops nothing by it."
        )

        @OptionGroup var act: PatchActOptions

        func run() async throws { try await act.run("apply") { try $0.apply($1, because: $2, maker: "cli", now: $3) } }
    }

    struct Enforce: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a rule that was observed stop requests, as far as the mode of the firewall goes."
        )

        @OptionGroup var act: PatchActOptions

        func run() async throws {
            try await act.run("enforce") { try $0.enforce($1, because: $2, maker: "cli", now: $3) }
        }
    }

    struct Observe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let an enforced rule be observed only, as before.")

        @OptionGroup var act: PatchActOptions

        func run() async throws {
            try await act.run("observe") { try $0.observe($1, because: $2, maker: "cli", now: $3) }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a rule back from the firewall, or those of all findings that are closed.",
            discussion: """
                A scanner that asks the running application may no longer see a weakness only because the enforced rule keeps \
                its requests from it. With --resolved such a rule stays, unless enough scans ran while it was not enforced: \
                let it be observed, scan again, or say --even-hidden.
                """
        )

        @Argument(help: "The rule's number; none with --resolved.")
        var rule: Int?

        @Flag(help: "The rules of all findings that are resolved, or were false positives.")
        var resolved = false

        @Flag(help: "With --resolved: also rules that may be the reason why scans no longer see the weakness.")
        var evenHidden = false

        @Option(help: "Why, for those who ask later.")
        var because: String?

        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            guard (rule == nil) == resolved, resolved || because != nil else {
                throw CommandFailure.badInput("name a rule with --because TEXT, or say --resolved")
            }
            guard resolved || !evenHidden else {
                throw CommandFailure.badInput(
                    "--even-hidden belongs to --resolved; a rule that is named is retired anyway"
                )
            }
            let asked = try await server.ask(place) { api in
                guard let rule, let because else {
                    let members: [(String, JSONValue?)] = [("even_hidden", .bool(evenHidden))]
                    return try await api.send("POST", "/virtual-patches/retire-resolved", members)
                }
                let members: [(String, JSONValue?)] = [("reason", JSONValue(because))]
                return .object([
                    JSONMember(
                        name: Array("retired".utf8),
                        value: .array([try await api.send("POST", "/virtual-patches/\(rule)/retire", members)])
                    )
                ])
            }
            if let asked {
                for patch in asked["hidden"]?.elements ?? [] { StandardError.write("redoubt: \(patch.hiddenText)\n") }
                return PatchPlace.write(asked["retired"]?.elements ?? [], output.format)
            }
            try await PatchPlace.withBook(place) { book in
                let now = Int(Date().timeIntervalSince1970)
                guard let rule, let because else {
                    let (retired, hidden) = try book.retireResolved(evenHidden: evenHidden, maker: "cli", now: now)
                    for patch in hidden { StandardError.write("redoubt: \(try patch.document.hiddenText)\n") }
                    return PatchPlace.write(try retired.map { try $0.document }, output.format)
                }
                let retired = try book.retire(rule, because: because, maker: "cli", now: now)
                PatchPlace.write([try retired.document], output.format)
            }
        }
    }
}

/// What acts on one virtual patch have in common.
struct PatchActOptions: ParsableArguments {
    @Argument(help: "The rule's number.")
    var rule: Int

    @Option(help: "Why, for those who ask later.")
    var because: String

    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var server: FindingServerOptions
    @OptionGroup var output: FormatOptions

    /// - Parameter name: the act's in the API.
    func run(_ name: String, _ act: (VirtualPatchBook, Int, String, Int) throws -> VirtualPatch) async throws {
        let asked = try await server.ask(place) { api in
            try await api.send("POST", "/virtual-patches/\(rule)/\(name)", [("reason", JSONValue(because))])
        }
        if let asked { return PatchPlace.write([asked], output.format) }
        try await PatchPlace.withBook(place) { book in
            let changed = try act(book, rule, because, Int(Date().timeIntervalSince1970))
            PatchPlace.write([try changed.document], output.format)
        }
    }
}

/// Where virtual patches lie, and where acts on them are recorded.
enum PatchPlace {
    static func folder(_ place: FindingStoreOptions) -> String { place.place.folder + "/virtual-patches" }

    /// Opens the findings and the evidence log for acts. What cannot be recorded is not changed.
    static func withBook(_ place: FindingStoreOptions, _ body: (VirtualPatchBook) throws -> Void) async throws {
        let store = try place.open(isMade: false)
        let log = try open(place.place.folder + "/evidence")
        let outcome = Result {
            let book = VirtualPatchBook(store, folder: folder(place)) { act in try record(act, in: log) }
            for mended in try book.restore() {
                StandardError.write("redoubt: \(mended)\n")
            }
            try body(book)
        }
        await log.close()
        do {
            try outcome.get()
            try store.close()
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("the virtual patch cannot be written: \(error)")
        } catch let error as CorrelationError {
            throw error.commandFailure
        } catch let error as EvidenceError {
            throw CommandFailure.couldNotRun("the act cannot be recorded, so nothing was changed: \(error)")
        }
    }

    private static func open(_ folder: String) throws -> EvidenceLog {
        do throws(EvidenceError) {
            return try EvidenceLog(LogFolder(folder), time: now)
        } catch {
            guard error.code != .inUse else {
                throw CommandFailure.couldNotRun(
                    "a server writes the evidence log of this data folder, so that nothing else can record an act",
                    hint: "stop it for this command, and start it again"
                )
            }
            throw CommandFailure.couldNotRun("the evidence log cannot be opened: \(error)")
        }
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) * 1_000_000 }

    /// Returns when the act is on disk.
    static func record(_ act: VirtualPatchBook.Act, in log: EvidenceLog) throws {
        guard let kind = EvidenceKind("patch.\(act.act)") else {
            throw CommandFailure.couldNotRun("patch.\(act.act) is no kind of evidence")
        }
        let leaf = try EvidenceLeaf(kind: kind, time: now, json: act)
        let written = DispatchSemaphore(value: 0)
        let box = RecordingBox(written: written)
        try log.append(leaf) { result in box.finish(result) }
        written.wait()
        if let error = box.failure { throw error }
    }

    /// How a leaf came to be on disk, or why not.
    private final class RecordingBox: Sendable {
        private let written: DispatchSemaphore
        private let result = Mutex<EvidenceError?>(nil)

        init(written: DispatchSemaphore) { self.written = written }

        var failure: EvidenceError? { result.withLock { $0 } }

        func finish(_ outcome: Result<EvidencePosition, EvidenceError>) {
            if case .failure(let error) = outcome { result.withLock { $0 = error } }
            written.signal()
        }
    }

    static func write(_ patches: [JSONValue], _ format: OutputFormat) {
        for patch in patches {
            StandardOutput.write(format == .text ? Array("\(patch.patchLine.shown)\n".utf8) : patch.line)
        }
        if format == .text, patches.isEmpty { StandardOutput.write("nothing to retire\n") }
    }
}

extension JSONValue {
    /// A virtual patch for people.
    var patchLine: String {
        let place = self["parameter"]?.text.map { " in \($0)" } ?? ""
        return "  \(text(at: "rule"))  \(text(at: "state"))  \(text(at: "class"))\(place) on \(text(at: "route")), "
            + "\(text(at: "attacks")) attacks matched, finding \(text(at: "finding"))"
    }

    /// What is to be known of its finding, behind its line.
    fileprivate var patchRemark: String {
        guard self["finding_is_closed"]?.bool == true else { return "" }
        return self["patch_may_hide_finding"]?.bool == true
            ? "  (its finding is closed, but the patch may be what hides it)" : "  (its finding is closed)"
    }

    /// Why it is not retired with others, and what to do.
    fileprivate var hiddenText: String {
        "\(text(at: "rule")) stays: finding \(text(at: "finding")) may be closed only because scans no longer get past the "
            + "patch. Scan again after redoubt vuln patch observe \(text(at: "rule")) --because TEXT, or say --even-hidden"
    }
}

extension VirtualPatch {
    /// As commands write it for programs.
    var document: JSONValue {
        get throws {
            var json = JSONWriter()
            write(to: &json)
            return try JSONValue.written(json.bytes)
        }
    }

    /// For people; the same as a server's answer is shown.
    var line: String {
        let place = parameter.map { " in \($0)" } ?? ""
        return "  \(rule)  \(state.rawValue)  \(attackClass)\(place) on \(pattern), \(hits) attacks matched, finding "
            + findingIdentifier.description
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("rule")
        json.number(rule)
        json.key("state")
        json.string(state.rawValue)
        json.key("finding")
        json.string(findingIdentifier.description)
        json.key("class")
        json.string(attackClass)
        json.key("route")
        json.string(pattern.description)
        json.key("parameter")
        json.stringOrNull(parameter)
        json.key("attacks")
        json.number(hits)
        json.key("last_attack")
        json.stringOrNull(lastHit.map { rfc3339(seconds: $0) })
        json.key("changed")
        json.string(rfc3339(seconds: changed))
        json.key("by")
        json.string(maker)
        json.key("because")
        json.string(because)
        json.key("finding_is_closed")
        json.bool(isObsolete)
        json.key("patch_may_hide_finding")
        json.bool(mayBeHidden)
        json.endObject()
    }
}
