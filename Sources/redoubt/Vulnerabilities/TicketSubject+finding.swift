// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Integrations
import Storage
import VulnerabilityManagement

extension TicketSubject {
    /// What a ticket is told of a finding.
    init(_ finding: DetailedFinding) {
        let row = finding.row
        self.init(
            id: row.identifier.description,
            title: row.title,
            severity: row.severity,
            kind: row.kind,
            rule: row.rule,
            place: finding.place,
            // One that a scan did not find once may come back: what counts is what the scans decided.
            isOpen: ["needs_triage", "confirmed"].contains(row.stateName)
        )
        component = row.component
        version = row.version
        remedy = finding.remedy
        links = finding.links
        switch row.stateName {
        case "resolved": ending = "no scan finds it any more"
        case "dismissed": ending = "dismissed: \((row.reasonName ?? "").replacing("_", with: " "))"
        default: ending = nil
        }
    }
}

extension VulnerabilityStore {
    /// A finding by its identifier; nil where there is none.
    func detailed(_ name: String) throws(StorageError) -> DetailedFinding? {
        guard let identifier = try? Identifier(parsing: name) else { return nil }
        let found = try finding(id: FindingRow.id(of: identifier))
        guard let (row, detail) = found, row.identifier == identifier else { return nil }
        do throws(JSONError) {
            return try DetailedFinding(row, detail: detail)
        } catch {
            throw StorageError(.corrupt, "what is kept of finding \(name) cannot be read: \(error)")
        }
    }

    /// Writes into the history of a ticket's findings what happened to it.
    func note(_ events: [TicketEvent], of link: TicketLink, now: Int) throws(StorageError) {
        let findings = link.findings.compactMap { try? Identifier(parsing: $0) }
        let detail = [link.system, link.remote?.key, link.remote?.url].compactMap(\.self).joined(separator: " ")
        for event in events {
            try noteTicket(event.rawValue, detail, of: findings, maker: "tickets", now: now)
        }
    }

    /// How the findings of a ticket stand; nil where none of them is known any more.
    func standing(of link: TicketLink) throws(StorageError) -> TicketStanding? {
        var known = 0
        var open = 0
        var endings: [String] = []
        for name in link.findings {
            guard let finding = try detailed(name) else { continue }
            known += 1
            let subject = TicketSubject(finding)
            if subject.isOpen { open += 1 }
            if let ending = subject.ending, !endings.contains(ending) { endings.append(ending) }
        }
        guard known > 0 else { return nil }
        if open > 0 {
            let reason = known == 1 ? "the finding is open again" : "\(open) of \(known) findings are open"
            return TicketStanding(isOpen: true, reason: reason)
        }
        return TicketStanding(isOpen: false, reason: endings.sorted().joined(separator: "; "))
    }
}
