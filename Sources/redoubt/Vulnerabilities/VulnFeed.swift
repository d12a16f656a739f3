// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import Integrations
import Storage
import VulnerabilityManagement

/// `redoubt vuln feed`: advisories, scores and statements on disk.
struct VulnFeed: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feed",
        abstract: "Take in advisories, scores of exploitation and VEX statements.",
        subcommands: [VulnFeedImport.self, VulnFeedList.self]
    )
}

extension FeedKind: ExpressibleByArgument {
    /// Whether it says what is affected; scores belong to vulnerabilities and change no finding.
    fileprivate var decidesMatches: Bool { self == .osv || self == .csaf || self == .openVEX || self == .cycloneDXVEX }
}

/// `redoubt vuln feed import`.
struct VulnFeedImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take in a feed from a file, a folder or an address.",
        discussion: """
            Kinds: osv (a folder of JSON files, an all.zip of OSV's exports, one JSON document or one a line), cve (records \
            of the CVE list, such as CISA's Vulnrichment), kev (CISA's catalog, CSV or JSON), epss (FIRST's CSV), csaf, \
            openvex and cyclonedx-vex (documents or folders of them). Files may be compressed with gzip.

            Only what changed is written. An address is fetched over https, and only when the server says that it changed. \
            Bills of materials that were kept by 'redoubt vuln match --project' are matched again when something changed.

            A record that cannot be read is named and the others are taken; the exit code is 2 then.
            """
    )

    @Argument(help: ArgumentHelp("What the feed holds.", valueName: "kind"))
    var kind: FeedKind

    @Argument(help: ArgumentHelp("A file, a folder or an https address.", valueName: "path-or-url"))
    var source: String

    @Flag(help: "Fetch also from addresses of this machine and of private networks.")
    var allowPrivate = false

    @Flag(help: "It is right that the feed has far fewer records than before, or is older.")
    var confirmDrop = false

    @Flag(inversion: .prefixedNo, help: "Match the kept bills of materials again when something changed.")
    var rematch = true

    @OptionGroup var place: AdvisoryStoreOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let start = ContinuousClock.now
        let store = try place.open(isMade: true)
        var report = FeedReport(kind: kind, location: shown)
        do {
            try await take(store, &report)
            if report.result.isChange, rematch, kind.decidesMatches { try rematch(store, &report) }
            if report.result.isChange, !kind.decidesMatches || kind == .osv { try reassess(store, &report) }
            try store.close()
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("\(shown) could not be taken in: \(error)")
        }
        guard report.isUnchanged || report.result.records + report.result.broken > 0 else {
            throw CommandFailure.badInput(
                "\(shown) holds no record of the kind \(kind.rawValue)",
                hint: "records are JSON, but for those of kev and epss, which may be CSV"
            )
        }
        report.seconds = (ContinuousClock.now - start) / .seconds(1)
        report.write(output.format)
        if report.result.broken > 0 { throw ExitCode.badInput }
    }

    /// The source as it is told and kept: an address without what signs its reader in.
    private var shown: String { FeedDownload.isURL(source) ? ShownAddress.text(source) : source }

    private func take(_ store: AdvisoryStore, _ report: inout FeedReport) async throws {
        guard FeedDownload.isURL(source) else {
            let path = URL(fileURLWithPath: source).standardizedFileURL.path
            report.location = path
            report.result = try load(FeedRequest(kind, path: path), store)
            return
        }
        var download = FeedDownload(source)
        download.allowsPrivate = allowPrivate
        let known = try store.feed(kind, shown)
        download.etag = known?.etag
        download.lastModified = known?.lastModified
        let file = "\(try place.path).download-\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let outcome: FeedDownload.Outcome
        do throws(OutputError) {
            let progress = DownloadProgress(shown)
            outcome = try await download.fetch(to: file) { progress.show($0) }
            progress.clear()
        } catch {
            guard error.code != .refused, error.code != .settings else { throw CommandFailure.badInput("\(error)") }
            throw CommandFailure.couldNotRun(
                "\(error)",
                hint: "without a network, copy the feed here and name the file instead"
            )
        }
        guard case .fetched(let etag, let lastModified, _) = outcome else {
            report.isUnchanged = true
            if let known { try store.touch(known, now: Int(Date().timeIntervalSince1970)) }
            return
        }
        var request = FeedRequest(kind, path: file, location: shown)
        request.etag = etag
        request.lastModified = lastModified
        report.result = try load(request, store)
    }

    private func load(_ request: FeedRequest, _ store: AdvisoryStore) throws -> FeedResult {
        var request = request
        request.isConfirmed = confirmDrop
        var progress = ProgressLine()
        var told = 0
        do {
            let result = try store.importFeed(request, now: Int(Date().timeIntervalSince1970)) { count in
                progress.show("\(request.location): \(count) records")
            } broken: { reason in
                told += 1
                guard told <= Self.mostTold else { return }
                progress.clear()
                StandardError.write("redoubt: \(reason.shownSafely)\n")
            }
            progress.clear()
            if told > Self.mostTold { StandardError.write("redoubt: and \(told - Self.mostTold) more\n") }
            return result
        } catch let error as StorageError {
            throw error
        } catch {
            progress.clear()
            throw CommandFailure.badInput("\(shown): \("\(error)".shownSafely)")
        }
    }

    /// Records that cannot be read and are told one by one.
    private static let mostTold = 20

    /// Brings the urgency of findings up to what the feed says now.
    private func reassess(_ store: AdvisoryStore, _ report: inout FeedReport) throws {
        guard let findings = try place.findingsIfThere() else { return }
        var progress = ProgressLine()
        report.reassessed = try findings.reassessPublished(facts: store, now: Int(Date().timeIntervalSince1970)) {
            progress.show("assessing again: \($0) findings")
        }
        progress.clear()
        try findings.close()
    }

    private func rematch(_ store: AdvisoryStore, _ report: inout FeedReport) throws {
        guard let findings = try place.findingsIfThere() else { return }
        var progress = ProgressLine()
        report.rematches = try store.rematch(into: findings, now: Int(Date().timeIntervalSince1970)) { inventory in
            progress.show("matching \(inventory.project) \(inventory.artifact) again")
        }
        progress.clear()
        try findings.close()
    }
}

/// The bytes of a download, on a terminal.
private final class DownloadProgress: @unchecked Sendable {
    private let lock = NSLock()
    private let name: String
    private var line = ProgressLine()

    init(_ name: String) {
        self.name = name
    }

    func show(_ bytes: Int) {
        lock.withLock { line.show("\(name): \(bytes >> 20) MB") }
    }

    func clear() {
        lock.withLock { line.clear() }
    }
}

/// What an import did, for output.
private struct FeedReport {
    var kind: FeedKind
    var location: String
    var result = FeedResult()
    var isUnchanged = false
    var rematches: [Rematch] = []
    /// Findings whose urgency changed.
    var reassessed = 0
    var seconds = 0.0

    private var changes: Int { rematches.reduce(0) { $0 + $1.changes } }

    func write(_ format: OutputFormat) {
        guard format == .text else { return StandardOutput.write(json) }
        guard !isUnchanged else { return StandardOutput.write("\(location): not changed since the last import\n") }
        var text = "\(location): \(result.records) records (\(kind.rawValue)): \(result.new) new, "
        text += "\(result.changed) changed, \(result.same) known, \(result.gone) gone"
        if result.older > 0 { text += ", \(result.older) older than known" }
        if result.broken > 0 { text += ", \(result.broken) that cannot be read" }
        StandardOutput.write(text + "\n")
        if let note = result.note {
            StandardError.write("\(location): \(note)")
            StandardError.write(note.contains("confirmed") || result.older > 0 ? " (--confirm-drop)\n" : "\n")
        }
        if reassessed > 0 { StandardOutput.write("\(reassessed) findings have another priority or due date\n") }
        guard !rematches.isEmpty else { return }
        StandardOutput.write("matched \(rematches.count) inventories again: \(changes) findings changed\n")
        for rematch in rematches where rematch.changes > 0 || rematch.result.note != nil {
            let result = rematch.result
            let name = [rematch.inventory.project, rematch.inventory.artifact].filter { !$0.isEmpty }
            var line = "  \(name.joined(separator: " ").shownSafely): \(result.new) new, \(result.gone) gone, "
            line += "\(result.reopened) reopened"
            if let note = result.note { line += "; \(note)" }
            StandardOutput.write(line + "\n")
        }
    }

    private var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("kind")
        json.string(kind.rawValue)
        json.key("location")
        json.string(location)
        json.key("unchanged")
        json.bool(isUnchanged)
        for (name, count) in [
            ("records", result.records), ("new", result.new), ("changed", result.changed), ("same", result.same),
            ("gone", result.gone), ("older", result.older), ("broken", result.broken),
            ("inventories", rematches.count), ("findings_changed", changes), ("findings_assessed", reassessed),
        ] {
            json.key(name)
            json.number(count)
        }
        if let version = result.version {
            json.key("version")
            json.string(version)
        }
        if let note = result.note {
            json.key("note")
            json.string(note)
        }
        json.key("seconds")
        json.number(seconds, decimals: 3)
        json.endObject()
        json.endLine()
        return json.bytes
    }
}

/// `redoubt vuln feed list`.
struct VulnFeedList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the feeds that were taken in, and how old they are."
    )

    @OptionGroup var place: AdvisoryStoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let store = try place.open(isMade: false)
        do {
            let feeds = try store.feeds()
            try store.close()
            switch output.format {
            case .text: StandardOutput.write(feeds.map(Self.text).joined())
            case .ndjson: for feed in feeds { StandardOutput.write(Self.json(feed) + [0x0A]) }
            case .json:
                StandardOutput.write([0x5B] + Array(feeds.map(Self.json).joined(separator: [0x2C])) + [0x5D, 0x0A])
            }
        } catch {
            throw CommandFailure.couldNotRun("the feeds cannot be read: \(error)")
        }
    }

    private static func text(_ feed: FeedRow) -> String {
        var text = "\(feed.kind.rawValue)  \(feed.records) records"
        if let version = feed.version { text += "  \(version)" }
        text += "  imported \(rfc3339(seconds: feed.imported)), changed \(rfc3339(seconds: feed.changed))"
        return text.shownSafely + "  \(feed.location.shownSafely)\n"
    }

    private static func json(_ feed: FeedRow) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("kind")
        json.string(feed.kind.rawValue)
        json.key("location")
        json.string(feed.location)
        json.key("records")
        json.number(feed.records)
        json.key("version")
        json.stringOrNull(feed.version)
        json.key("imported")
        json.string(rfc3339(seconds: feed.imported))
        json.key("changed")
        json.string(rfc3339(seconds: feed.changed))
        json.key("etag")
        json.stringOrNull(feed.etag)
        json.key("last_modified")
        json.stringOrNull(feed.lastModified)
        json.endObject()
        return json.bytes
    }
}
