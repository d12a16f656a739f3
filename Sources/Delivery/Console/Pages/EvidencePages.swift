// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Evidence

/// The evidence log: what it signs, what is in it, and whether it is as it was.
enum EvidencePages {
    static let all = [overview, verify, proof]

    static let overview = Route.page("/evidence", .granted(.audit), query: [Done.field]) { exchange in
        try await page(exchange, report: nil)
    }

    /// Verifying changes nothing; it is a POST because it reads all of the log.
    static let verify = Route.form("/evidence", .granted(.audit), []) { exchange in
        try await page(exchange, report: try await exchange.services.evidence.verify())
    }

    private static func page(_ exchange: Exchange, report: EvidenceReport?) async throws -> Reply {
        let evidence = exchange.services.evidence
        let signed = try await evidence.checkpoint()
        let newest = try await evidence.newest(25)
        var page = ConsolePage("Evidence", .evidence)
        page.lead =
            "Every block, every change and every act of an administrator is a leaf of a log that shows whether it was changed afterwards."
        page.actions = "<a class=\"button plain\" href=\"/api/v1/evidence/export\">Export all</a>"
        let checkpoint = HTML.facts([
            ("Log", HTML(text: signed.checkpoint.origin)),
            ("Leaves", HTML(text: Count.grouped(signed.checkpoint.size))),
            ("Root", .code(signed.checkpoint.root.base64)),
            ("Key", .code(evidence.key().description)),
            ("Witness", witness(evidence.witness())),
        ])
        let form = Form(
            "/evidence",
            button: "Verify all of it",
            hint: "Reads each leaf and checks each hash and signature."
        ).html(exchange.token)
        page.content =
            (report.map(result) ?? .empty)
            + .grid([
                Panel("Signed now", .half, content: checkpoint),
                Panel(
                    "Check it",
                    .half,
                    content: form
                        + """
                        <h3>Without this console</h3><p>An auditor checks an export with no server at all:</p>\
                        <pre tabindex="0" role="region" aria-label="Command">redoubt evidence verify --from redoubt-evidence.ndjson</pre>
                        """
                ),
                Panel(
                    "Signed note",
                    content:
                        "<pre tabindex=\"0\" role=\"region\" aria-label=\"Signed note\">\(String(decoding: signed.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map { HTML(text: String($0)) }.joined("\n"))</pre>"
                ),
                Panel("Newest leaves", content: leaves(newest, exchange.now)),
            ])
        return try await page.reply(exchange)
    }

    private static func witness(_ statistics: WitnessStatistics?) -> HTML {
        guard let statistics else {
            return "none: whoever holds this machine could write a new history. Name one with <code>--witness</code>."
        }
        return HTML(text: "\(statistics)")
    }

    private static func result(_ report: EvidenceReport) -> HTML {
        guard !report.isIntact else {
            return .notice(
                .ok,
                """
                <strong>Nothing was changed.</strong> \(Count.of(report.leaves, "leaf").replacing("leafs", with: "leaves")) and \
                \(Count.of(report.checkpoints, "checkpoint")) fit together.
                """
            )
        }
        let rows = report.findings.prefix(20).map { finding -> HTML in
            "<br><strong>\(finding.kind.rawValue)</strong>: \(finding.message)"
        }
        return .notice(.bad, "<strong>The log is not as it was.</strong>\(rows.joined())", isUrgent: true)
    }

    private static func leaves(_ leaves: [(index: Int, leaf: EvidenceLeaf)], _ now: Int64) -> HTML {
        guard !leaves.isEmpty else { return .empty("No leaf yet", "The first decision that is made will be one.") }
        let rows = leaves.map { entry -> [HTML] in
            [
                .link("\(entry.index)", "/evidence/leaves/\(entry.index)"), .time(entry.leaf.time, now: now),
                HTML(text: entry.leaf.kind.description),
                "<code>\(String(decoding: entry.leaf.content.prefix(160), as: UTF8.self))\(entry.leaf.content.count > 160 ? "\u{2026}" : "")</code>",
            ]
        }
        return Table("Newest leaves", [.number("Leaf"), .tight("Time"), .tight("Kind"), .init("Content")], rows).html
    }

    static let proof = Route.page("/evidence/leaves/{index}", .granted(.audit), query: [Done.field]) { exchange in
        let proof = try await EvidenceRoutes.proof(exchange)
        let report = proof.verify(with: exchange.services.evidence.key())
        let leaf = try EvidenceLeaf(bytes: proof.leaf)
        var page = ConsolePage("Leaf \(proof.index)", .evidence)
        page.trail = ("Evidence", "/evidence")
        page.lead =
            report.isIntact
            ? "Proven: the signed log of \(proof.checkpoint.checkpoint.size) leaves holds it."
            : "This leaf is not proven."
        page.actions =
            "<a class=\"button plain\" href=\"/api/v1/evidence/leaves/\(proof.index)/proof\" download=\"leaf-\(proof.index).proof\">Download the proof</a>"
        page.content = .grid([
            Panel(
                "The leaf",
                content: .facts([
                    ("Kind", HTML(text: leaf.kind.description)), ("Time", .time(leaf.time, now: exchange.now)),
                    ("Content", .code(String(decoding: leaf.content, as: UTF8.self))),
                ])
            ),
            Panel(
                "The proof",
                content:
                    "<pre tabindex=\"0\" role=\"region\" aria-label=\"Proof\">\(String(decoding: proof.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map { HTML(text: String($0)) }.joined("\n"))</pre>"
            ),
        ])
        return try await page.reply(exchange)
    }
}
