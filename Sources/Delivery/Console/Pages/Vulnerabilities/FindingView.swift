// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Scoring
internal import VulnerabilityManagement

/// The parts of a finding's page. What tools say is shown as text, or as ``Markdown``, and never as their markup.
struct FindingView {
    private let finding: FindingExplanation
    private let row: FindingRow
    /// What is kept beyond the columns; empty where it cannot be read.
    private let detail: JSONValue
    private let attacks: [SeenAttack]
    /// Whether who looks may open detections.
    private let linksDetections: Bool
    private let now: Int64

    private static let longestText = 20_000
    private static let mostSteps = 60
    private static let mostFlows = 4
    private static let mostLinks = 30

    init(_ finding: FindingExplanation, attacks: [SeenAttack], linksDetections: Bool, now: Int64) {
        self.finding = finding
        row = finding.row
        detail = (try? JSONReader.read(finding.detail)) ?? .object([])
        self.attacks = attacks
        self.linksDetections = linksDetections
        self.now = now
    }

    // MARK: What it is

    var facts: HTML {
        .facts([
            ("Where", HTML.place(row)),
            ("Found by", "\(row.tool), rule <code>\(row.rule)</code>"),
            ("Kind", HTML(text: HTML.words(row.kind))),
            ("Project", "<a href=\"\(FindingLinks.dashboard(row.project))\">\(row.project)</a>, branch \(row.branch)"),
            ("Vulnerability", row.vulnerability.map { .link($0, FindingLinks.known($0)) }),
            (
                "Weakness",
                row.cwe.map { OutsideLink.html("https://cwe.mitre.org/data/definitions/\($0).html", "CWE-\($0)") }
            ),
            ("Also known as", identifiers),
            ("Package", detail["component"]?["purl"]?.text.map { .code($0) }),
            ("Address", address),
            ("Image", detail["location"]?["image"]?.text.map { .code($0) }),
            ("Resource", detail["location"]?["resource"]?.text.map { .code($0) }),
            ("Function", detail["location"]?["scope"]?.text.map { .code($0) }),
            ("CVSS", vectors),
            ("The tool's confidence", detail["confidence"]?.text.map { HTML(text: $0) }),
            ("Marked in the code", suppression),
            ("First seen", .time(row.firstSeen.nanoseconds, now: now)),
            ("Last seen", .time(row.lastSeen.nanoseconds, now: now)),
            ("Links", links),
        ])
    }

    private var identifiers: HTML? {
        let all = (detail["identifiers"]?.elements ?? []).prefix(Self.mostLinks).compactMap { identifier -> HTML? in
            guard let value = identifier["value"]?.text, value != row.rule, value != row.vulnerability,
                identifier["type"]?.text != "cwe"
            else { return nil }
            return identifier["url"]?.text.map { OutsideLink.html($0, value) } ?? HTML(text: value)
        }
        return all.isEmpty ? nil : all.joined(", ")
    }

    private var address: HTML? {
        guard let location = detail["location"], let url = location["url"]?.text else { return nil }
        let method = location["http_method"]?.text ?? ""
        let parameter = location["parameter"]?.text.map { " parameter \($0)" } ?? ""
        return "<code>\(method) \(url)</code>\(parameter)"
    }

    private var vectors: HTML? {
        let all = (detail["cvss"]?.elements ?? []).prefix(8).map { cvss -> HTML in
            let vendor = cvss["vendor"]?.text.map { " <small>by \($0)</small>" as HTML } ?? .empty
            let score = cvss["score"]?.double.map { "\($0)" } ?? ""
            return "<strong>\(score)</strong> <code>\(cvss["vector"]?.text ?? "")</code>\(vendor)"
        }
        return all.isEmpty ? nil : all.joined("<br>")
    }

    private var suppression: HTML? {
        guard let suppression = detail["suppression"] else { return nil }
        let why = suppression["justification"]?.text.map { ": \($0)" } ?? ""
        return HTML(text: (suppression["kind"]?.text ?? "suppressed") + why)
    }

    private var links: HTML? {
        let all = (detail["links"]?.elements ?? []).prefix(Self.mostLinks).compactMap(\.text)
        guard !all.isEmpty else { return nil }
        return "<ul class=\"plainlist\">\(all.map { "<li>\(OutsideLink.html($0))</li>" as HTML }.joined())</ul>"
    }

    /// What a tool wrote, which may be Markdown; cut where it is very long.
    private static func text(_ text: String) -> HTML {
        guard text.utf8.count > longestText else { return "<div class=\"said\">\(Markdown.html(text))</div>" }
        let cut = String(text.prefix(longestText))
        return """
            <div class="said">\(Markdown.html(cut))</div><p class="quiet">The rest of \(Count.bytes(text.utf8.count)) is in the \
            API's answer.</p>
            """
    }

    /// Lines stay lines; other control characters are shown by their pictures.
    private static func lines(_ text: String) -> HTML {
        text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
            .map { HTML(text: String($0.replacing("\t", with: "    "))) }.joined("\n")
    }

    var description: HTML? {
        let said = detail["description"]?.text.map { Self.text($0) }
        let snippet = detail["snippet"]?.text.map { text -> HTML in
            "<pre tabindex=\"0\" role=\"region\" aria-label=\"Code\">\(Self.lines(String(text.prefix(Self.longestText))))</pre>"
        }
        guard said != nil || snippet != nil else { return nil }
        return (said ?? .empty) + (snippet ?? .empty)
    }

    var fix: HTML? {
        let versions = detail["fix"]?["versions"]?.text ?? row.fix
        let text = detail["fix"]?["text"]?.text
        guard versions != nil || text != nil else { return nil }
        let upgrade = versions.map { versions -> HTML in
            """
            <p>Upgrade <code>\(row.component ?? "it")</code>\(row.version.map { " from \($0)" } ?? "") to \
            <strong>\(versions)</strong>.</p>
            """
        }
        return (upgrade ?? .empty) + (text.map { Self.text($0) } ?? .empty)
    }

    var flow: HTML? {
        let flows = (detail["code_flows"]?.elements ?? []).prefix(Self.mostFlows)
        guard !flows.isEmpty else { return nil }
        return flows.enumerated().map { number, flow -> HTML in
            let steps = flow.elements ?? []
            let entries = steps.prefix(Self.mostSteps).map { step -> HTML in
                let location = step["location"]
                let line = location?["line"]?.integer.map { ":\($0)" } ?? ""
                return "<code>\(location?["path"]?.text ?? "")\(line)</code> \(step["message"]?.text ?? "")"
            }
            let more = steps.count > entries.count ? "\(steps.count - entries.count) more steps" : ""
            let heading: HTML = flows.count > 1 ? "<h3>Way \(number + 1)</h3>" : .empty
            return heading + HTML.story(entries) + (more.isEmpty ? .empty : "<p class=\"quiet\">\(more)</p>")
        }.joined()
    }

    // MARK: Why

    var urgency: HTML {
        var facts: [(String, HTML?)] = [
            ("Decision", .decision(row.decision)),
            ("Due", .due(row, now: now)),
            ("Priority", "<strong>\(row.priority)</strong> <small>of 1000, orders what has the same decision</small>"),
        ]
        guard let assessment = finding.assessment else { return .facts(facts) }
        facts.append(("Because", HTML(text: assessment.reason)))
        if assessment.decision != row.decision {
            facts.append(("Since then", "facts have changed: it would be \(assessment.decision.name) now"))
        }
        let rows = assessment.priority.factors.map { factor -> [HTML] in
            [
                HTML(text: factor.name), HTML(text: factor.value), HTML(text: factor.source),
                HTML(text: Self.thousandths(factor.thousandths)),
            ]
        }
        let table = Table(
            "What the priority is made of",
            showsCaption: true,
            [.tight("Factor"), .init("Value"), .init("Source"), .number("Times")],
            rows
        )
        return .facts(facts) + "<br>" + table.html
    }

    private static func thousandths(_ number: Int) -> String {
        let digits = String(number % 1000 + 1000).dropFirst()
        return "\(number / 1000).\(digits)"
    }

    var attackTimeline: HTML {
        guard !attacks.isEmpty else {
            guard row.attacks > 0 else {
                return .empty("None was seen", "Detections on the same route and of the same class will stand here.")
            }
            let last = row.lastAttack.map { HTML.age($0.nanoseconds, now: now) } ?? .empty
            return "<p>\(Count.of(row.attacks, "attack")), the last \(last).</p>"
        }
        return .story(
            attacks.map { attack in
                let detection = linksDetections ? attack.detection : nil
                let text: HTML =
                    detection.map { .link(attack.text, "/detections/\(Address.encode($0))") } ?? HTML(text: attack.text)
                return """
                    \(HTML.time(attack.time, now: now)) \(text) \(HTML.badge(attack.outcome, "calm"))<br>\
                    <small>\(attack.why)</small>
                    """
            }
        )
    }

    /// What other tools tell of it: each stays a finding of its own.
    static func sameWeakness(_ related: [SameWeakness]) -> HTML {
        let rows = related.map { other -> [HTML] in
            let row = other.finding
            return [
                .severity(named: row.severity),
                """
                <a href="\(FindingLinks.finding(row))" data-row>\(row.title)</a><br>\
                <small>\(HTML.place(row)) · \(row.tool)</small>
                """,
                HTML(text: other.because), .state(of: row),
            ]
        }
        let columns: [Table.Column] = [
            .tight("Severity"), .init("Finding", "main"), .init("Why it is the same"), .tight("State"),
        ]
        return Table("What other tools tell of it", columns, rows).html
    }

    var history: HTML {
        var entries: [HTML] = []
        if let first = finding.first {
            let commit = first.commit.map { ", commit \($0.prefix(12))" } ?? ""
            entries.append(
                """
                \(HTML.time(first.finished.nanoseconds, now: now)) found first in \
                <a href="\(FindingLinks.scan(first.id))">scan \(String(first.id))</a> (\(first.format)\(commit))
                """
            )
        }
        entries += finding.events.map { event -> HTML in
            let scan = event.scan.map { scan -> HTML in
                " in <a href=\"\(FindingLinks.scan(scan))\">scan \(String(scan))</a>"
            }
            let detail = event.detail.map { "<br><small>\($0)</small>" as HTML } ?? .empty
            return """
                \(HTML.time(event.time.nanoseconds, now: now)) <strong>\(event.maker)</strong>: \
                \(Self.words(event.kind))\(scan ?? .empty)\(detail)
                """
        }
        return entries.isEmpty ? .empty("Nothing is known of its past") : .story(entries)
    }

    private static func words(_ kind: String) -> String {
        switch kind {
        case "changed": "the same finding, at another place or with other words"
        case "detectedAgain": "found again"
        case "reopened": "found again after it was resolved, so it is open"
        case "noLongerDetected": "no longer found"
        case "autoResolved": "resolved, as scans no longer find it"
        case "acceptanceExpired": "the accepted risk has expired"
        case "ratingExpired": "the rating has expired"
        case "reopenedByHand": "reopened"
        case "ticket_created": "a ticket was made of it"
        case "ticket_told": "its ticket was told how it stands"
        case "ticket_closed": "its ticket was closed"
        case "ticket_reopened": "its ticket was opened again"
        case "ticket_closed_there": "somebody closed its ticket"
        case "ticket_reopened_there": "somebody opened its ticket again"
        case "ticket_missing": "its ticket is gone"
        default: HTML.words(kind)
        }
    }
}
