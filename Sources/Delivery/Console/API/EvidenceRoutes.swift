// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import Evidence
internal import HTTPTypes

/// The part of the API that proves what was decided and done.
enum EvidenceRoutes {
    static let all: [Route] = [
        .operation(
            .get,
            "/evidence/checkpoint",
            .granted(.audit),
            id: "showCheckpoint",
            "Signs the log as it is.",
            tag: "Evidence",
            answers: .shape("Checkpoint")
        ) { exchange in
            .json(EvidenceShapes.checkpoint.json(try await exchange.services.evidence.checkpoint()))
        },
        .operation(
            .get,
            "/evidence/leaves/{index}/proof",
            .granted(.audit),
            id: "proveLeaf",
            "Proves that a leaf is in the log (c2sp.org/tlog-proof).",
            tag: "Evidence",
            answers: .text(),
            type: "text/plain; charset=utf-8"
        ) { exchange in
            Reply(type: "text/plain; charset=utf-8", try await proof(exchange).bytes)
        },
        .operation(
            .post,
            "/evidence/verify",
            .granted(.audit),
            id: "verifyEvidence",
            "Reads all of the log and checks each hash and signature.",
            tag: "Evidence",
            body: [],
            answers: .shape("EvidenceReport")
        ) { exchange in
            .json(EvidenceShapes.report.json(try await exchange.services.evidence.verify()))
        },
        .operation(
            .get,
            "/evidence/export",
            .granted(.audit),
            id: "exportEvidence",
            "All of the log, as redoubt evidence verify reads it.",
            tag: "Evidence",
            answers: .text(),
            type: "application/x-ndjson"
        ) { exchange in
            try await recordExport("evidence", exchange)
            return .file(
                "redoubt-evidence.ndjson",
                type: "application/x-ndjson",
                try await exchange.services.evidence.export()
            )
        },
        .operation(
            .post,
            "/exports",
            .granted(.administer),
            id: "recordExport",
            "Records that something is taken out of the data folder, before it is.",
            tag: "Evidence",
            body: [InputField("what", .choice(["backup"]), required: true, "What is taken out.")],
            answers: nil
        ) { exchange in
            try await recordExport(exchange.body.text("what"), exchange)
            return Reply(.noContent)
        },
    ]

    static func recordExport(_ what: String, _ exchange: Exchange) async throws {
        try await exchange.services.access.recordExport(of: what, by: try exchange.principal, at: exchange.now)
    }

    static func proof(_ exchange: Exchange) async throws -> EvidenceProof {
        guard let index = Int(exchange.parameters["index"] ?? ""), index >= 0 else {
            throw Problem.notFound("leaf of this number")
        }
        let checkpoint = try await exchange.services.evidence.checkpoint()
        guard index < checkpoint.checkpoint.size else { throw Problem.notFound("leaf of this number") }
        return try await exchange.services.evidence.prove(index)
    }
}

enum EvidenceShapes {
    static let checkpoint = Shape<SignedCheckpoint>(
        name: "Checkpoint",
        members: [
            .always("origin", .text()) { .text($0.checkpoint.origin) },
            .always("size", .integer, "How many leaves it signs.") { .integer($0.checkpoint.size) },
            .always("root", .text(), "The root of the Merkle tree, in Base64.") { .text($0.checkpoint.root.base64) },
            .always("note", .text(), "The signed note (c2sp.org/tlog-checkpoint).") {
                .text(String(decoding: $0.bytes, as: UTF8.self))
            },
        ]
    )

    static let report = Shape<EvidenceReport>(
        name: "EvidenceReport",
        members: [
            .always("origin", .text()) { .text($0.origin) },
            .always("intact", .boolean) { .bool($0.isIntact) },
            .always("leaves", .integer) { .integer($0.leaves) },
            .always("checkpoints", .integer) { .integer($0.checkpoints) },
            .always("signed_leaves", .integer) { .integer($0.signedLeaves) },
            .always("findings", .list(.shape("EvidenceFinding"))) { .array($0.findings.map(finding.json)) },
            .always("notes", .list(.text())) { .array($0.notes.map { .text($0) }) },
        ]
    )

    static let finding = Shape<EvidenceFinding>(
        name: "EvidenceFinding",
        members: [
            .always("kind", .choice(EvidenceFinding.Kind.allCases.map(\.rawValue))) { .text($0.kind.rawValue) },
            .always("message", .text()) { .text($0.message) },
            .sometimes("first_leaf", .integer) { $0.leaves.map { .integer($0.lowerBound) } },
            .sometimes("end_leaf", .integer) { $0.leaves.map { .integer($0.upperBound) } },
            .sometimes("file", .text()) { $0.file.map { .text($0) } },
        ]
    )

    static var all: [DescribedShape] { [checkpoint.described, report.described, finding.described] }
}
