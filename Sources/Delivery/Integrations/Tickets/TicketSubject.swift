// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a ticket is told of a finding. Code and evidence stay at home: they may hold what a ticket's readers may not see.
package struct TicketSubject: Sendable, Hashable {
    /// The finding's identifier.
    package var id: String
    package var title: String
    package var severity: String
    package var kind: String
    package var rule: String
    package var place: String
    package var component: String?
    package var version: String?
    package var remedy: String?
    package var links: [String] = []
    /// Whether work is left to do.
    package var isOpen: Bool
    /// Why none is left, in a few words.
    package var ending: String?

    package init(
        id: String,
        title: String,
        severity: String,
        kind: String,
        rule: String,
        place: String,
        isOpen: Bool
    ) {
        self.id = id
        self.title = title
        self.severity = severity
        self.kind = kind
        self.rule = rule
        self.place = place
        self.isOpen = isOpen
    }
}

/// What tickets say.
package enum TicketTemplate {
    /// Findings that are listed in a ticket or a comment; the others are counted.
    package static let mostRows = 25

    /// A ticket for one finding, or for several of one component.
    package static func draft(_ findings: [TicketSubject], component: String?, project: String) -> TicketDraft {
        guard let first = findings.first else {
            return TicketDraft(title: "Findings of \(project)", text: TicketText())
        }
        if findings.count == 1 { return single(first, project: project) }
        let name = component ?? first.component ?? "a component"
        let worst = findings.first?.severity ?? "unknown"
        var blocks: [TicketText.Block] = [
            .paragraph(
                "\(findings.count) findings in \(name), the worst of severity \(worst), in the project \(project)."
            ),
            table(findings.prefix(mostRows).map { $0 }, isFixed: false),
        ]
        if findings.count > mostRows { blocks.append(.paragraph("And \(findings.count - mostRows) more.")) }
        let remedies = Set(findings.compactMap(\.remedy)).sorted().prefix(5)
        if !remedies.isEmpty { blocks.append(.facts(remedies.map { TicketText.Fact("Fix", $0) })) }
        return TicketDraft(title: "[\(worst)] \(findings.count) findings in \(name)", text: TicketText(blocks))
    }

    private static func single(_ finding: TicketSubject, project: String) -> TicketDraft {
        var facts = [
            TicketText.Fact("Project", project), TicketText.Fact("Severity", finding.severity),
            TicketText.Fact("Kind", finding.kind), TicketText.Fact("Rule", finding.rule),
        ]
        if !finding.place.isEmpty { facts.append(TicketText.Fact("Place", finding.place)) }
        if let component = finding.component {
            let version = finding.version.map { " \($0)" } ?? ""
            facts.append(TicketText.Fact("Component", component + version))
        }
        if let remedy = finding.remedy { facts.append(TicketText.Fact("Fix", remedy)) }
        facts.append(TicketText.Fact("Finding", finding.id))
        var blocks: [TicketText.Block] = [.paragraph(finding.title), .facts(facts)]
        let links = TicketText.shownLinks(finding.links).prefix(10)
        if !links.isEmpty { blocks.append(.links(Array(links))) }
        return TicketDraft(title: "[\(finding.severity)] \(finding.title)", text: TicketText(blocks))
    }

    static func table(_ findings: [TicketSubject], isFixed: Bool) -> TicketText.Block {
        .table(
            head: [isFixed ? "Fixed" : "Severity", "Rule", "Finding", "Place"],
            rows: findings.map { finding in
                let component = finding.component.map { " (\($0)\(finding.version.map { " \($0)" } ?? ""))" } ?? ""
                return [finding.severity, finding.rule, finding.title, finding.place + component]
            }
        )
    }

    /// What is told where all findings of a ticket have ended.
    static func ended(_ reason: String) -> TicketText {
        TicketText([.paragraph("Redoubt: nothing is left to do here: \(reason).")])
    }

    /// What is told where one is open again.
    static func openAgain(_ reason: String) -> TicketText {
        TicketText([.paragraph("Redoubt: this is open again: \(reason).")])
    }
}

/// What a branch changes, for a comment on its merge request.
package struct MergeRequestDelta: Sendable, Hashable {
    package var project: String
    package var branch: String
    package var baseline: String
    /// The first of those that only the branch has, the worst first; and how many there are.
    package var new: [TicketSubject] = []
    package var newCount = 0
    /// The same of those that only the baseline has.
    package var fixed: [TicketSubject] = []
    package var fixedCount = 0

    package init(project: String, branch: String, baseline: String) {
        self.project = project
        self.branch = branch
        self.baseline = baseline
    }

    /// The text in Markdown.
    package var markdown: String { MarkdownText.write(text) }

    /// At most 25 rows, those of new findings first, and the number of the others.
    package var text: TicketText {
        var blocks: [TicketText.Block] = [
            .heading("Findings of \(project)"),
            .paragraph("\(branch) against \(baseline): \(newCount) new, \(fixedCount) fixed."),
        ]
        let shownNew = new.prefix(TicketTemplate.mostRows)
        let shownFixed = fixed.prefix(TicketTemplate.mostRows - shownNew.count)
        if !shownNew.isEmpty { blocks.append(TicketTemplate.table(Array(shownNew), isFixed: false)) }
        if newCount > shownNew.count {
            blocks.append(.paragraph("And \(newCount - shownNew.count) more that are new."))
        }
        if !shownFixed.isEmpty { blocks.append(TicketTemplate.table(Array(shownFixed), isFixed: true)) }
        if fixedCount > shownFixed.count {
            blocks.append(.paragraph("And \(fixedCount - shownFixed.count) more that are fixed."))
        }
        return TicketText(blocks)
    }
}
