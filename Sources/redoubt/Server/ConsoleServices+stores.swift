// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Console
import Correlation
import DefenseModel
import EventBus
import Evidence
import Foundation
import Incidents
import Policy
import ReportFormats
import Storage
import VulnerabilityManagement
import WebFirewall

extension ConsoleServices {
    /// What the console needs, from the stores of a data folder.
    init(
        _ stores: DataStores,
        events: EventAccess,
        rules: RuleCatalogue,
        applications: @escaping @Sendable () -> [ProtectedApplication]
    ) {
        self.init(
            policy: PolicyAccess(stores),
            access: stores.access,
            insight: stores.insight,
            events: events,
            evidence: EvidenceAccess(stores.evidence, stores.evidenceFolder),
            rules: rules,
            applications: applications,
            health: { [] },
            cursors: stores.cursors,
            version: Redoubt.configuration.version,
            clock: { SystemClock.time }
        )
        wireOutputs(stores)
        var findings = VulnerabilityAccess(stores.vulnerabilities, uploadFolder: stores.folder + "/uploads")
        findings.facts = stores.advisories
        findings.advisories = stores.advisories
        let folder = stores.folder
        findings.mappings = {
            do {
                return try ReportMappings.inFolder(folder)
            } catch let failure as CommandFailure {
                // Whoever hands in a report learns why it cannot be read now.
                throw ReportError(.unsupported, failure.message)
            }
        }
        findings.attacks = { [store = stores.vulnerabilities] finding, limit in
            try store.seenAttacks(on: finding, limit: limit)
        }
        findings.related = { store, finding in
            try RelatedFindings(store).related(to: finding).map { SameWeakness(finding: $0.row, because: $0.because) }
        }
        let evidence = stores.evidence
        let record: @Sendable (TriageRecord, Int64) async throws -> Void = { record, time in
            guard let kind = EvidenceKind(record.kind) else {
                throw EvidenceError(.malformed, "\(record.kind) is no kind of leaf")
            }
            _ = try await evidence.append(EvidenceLeaf(kind: kind, time: time, content: record.content))
        }
        findings.record = record
        findings.acts = FindingActs(stores.vulnerabilities, facts: stores.advisories, record: record)
        findings.patches = PatchAccess(stores)
        vulnerabilities = findings
    }
}

extension VulnerabilityStore {
    /// How many days of attacks a finding's page shows.
    private static var shownDays: Int { 30 }

    /// The attacks on a finding as its page shows them: by day and rule, the newest first.
    fileprivate func seenAttacks(on finding: Int64, limit: Int) throws -> [SeenAttack] {
        let today = Int(Date().timeIntervalSince1970) / 86_400
        guard let timeline = try attackTimeline(of: finding, since: today - Self.shownDays, clients: 0) else {
            return []
        }
        let attacks = timeline.days.flatMap { day in
            day.rules.map { rule in
                SeenAttack(
                    time: Int64(rule.lastTime) * 1_000_000_000,
                    text: "\(rule.attacks) \(rule.attacks == 1 ? "attack" : "attacks") that day, rule \(rule.rule)",
                    outcome: rule.blocked == rule.attacks
                        ? "blocked" : "\(rule.blocked) blocked, \(rule.mayHaveWorked) may have worked",
                    detection: rule.sample,
                    why: rule.basis.words
                )
            }
        }
        return Array(attacks.sorted { $0.time > $1.time }.prefix(limit))
    }
}

extension EventAccess {
    /// The events of a folder that this process does not write; there may be none. Nothing new comes from there.
    init(ofFolder folder: String) {
        self.init(
            search: { query in try await EventStore(reading: folder).search(query) },
            subscribe: { EventBus().subscribe($0) },
            unsubscribe: { $0.cancel() }
        )
    }
}

extension PolicyAccess {
    fileprivate init(_ stores: DataStores) {
        let ledger = stores.ledger
        self.init(
            document: { ledger.document },
            apply: { change, author, revision in
                let entry = try await ledger.apply(change, by: author, expecting: revision)
                return RecordedChange(entry.applied, decision: entry.decision.id)
            },
            inverse: { decision in
                guard let leaf = try await stores.insight.decision(decision)?.leaf else { return nil }
                return try Self.inverse(ofLeaf: Int(leaf), stores.evidenceFolder)
            }
        )
        known = { ledger.inForce.snapshot.known($0) }
    }

    /// What the leaf of a change says would take it back.
    private static func inverse(ofLeaf index: Int, _ folder: LogFolder) throws -> PolicyChange? {
        struct Record: Decodable { var inverse: PolicyChange? }
        var change: PolicyChange?
        var failure: (any Error)?
        try folder.forEachLeaf(from: index) { _, leaf in
            do {
                change = try JSONDecoder().decode(Record.self, from: Data(leaf.content)).inverse
            } catch {
                failure = error
            }
            return false
        }
        if let failure { throw failure }
        return change
    }
}
