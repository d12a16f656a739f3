// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import ReportFormats
internal import VulnerabilityManagement

/// Takes reports in, for the API and for clients of DefectDojo's.
enum ScanActions {
    static let fields = [
        InputField("project", .text(maximum: 512), "The project that was scanned; it is made where there is none."),
        InputField("branch", .text(maximum: 256), "The branch; the project's own where it is left out."),
        InputField("commit", .text(maximum: 128), "The commit that was scanned."),
        InputField("artifact", .text(maximum: 512), "Tells scans of one tool apart that look at different parts."),
        InputField("partial", .flag, "Whether it covers only a part, so that nothing is gone because of it."),
        InputField(
            "confirm_drop",
            .flag,
            "Whether it is right that it has far fewer findings than the one before; it takes triage."
        ),
    ]

    /// Takes in what `POST /api/v1/scans` brought; what a form says goes before the query.
    static func take(_ exchange: Exchange) async throws -> ImportResult {
        func value(_ name: String) -> String? { exchange.body[name] ?? exchange.query[name] }
        var request = ImportRequest(project: try project(value("project"), member: "project"))
        request.branch = value("branch")
        request.commit = value("commit")
        request.artifact = value("artifact")
        request.isPartial = value("partial") == "true"
        request.isConfirmed = value("confirm_drop") == "true"
        return try await take(request, exchange)
    }

    static func take(_ request: ImportRequest, _ exchange: Exchange) async throws -> ImportResult {
        guard let upload = exchange.request.upload else {
            throw Problem.invalid("the report is missing: send it as the body, or as file of a form", member: "file")
        }
        let principal = try exchange.principal
        try principal.require(.upload, in: request.project)
        // A pipeline says what it found; that so much is gone is for people to say.
        if request.isConfirmed { try principal.require(.triage, in: request.project) }
        let access = try exchange.findings
        var request = request
        request.file = upload.name
        request.maker = principal.name
        request.facts = access.facts
        return try await access.take(upload.path, request, now: Int(exchange.now / 1_000_000_000))
    }

    /// A path of a project as reports may name it.
    static func project(_ text: String?, member: String) throws(Problem) -> String {
        guard let text else { throw .invalid("\(member) is missing: the project that was scanned", member: member) }
        let path = text.split(separator: "/").map { $0.trimmingPrefix(while: { $0 == " " }) }.filter { !$0.isEmpty }
            .joined(separator: "/")
        guard !path.isEmpty, path.utf8.count <= 512,
            !path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { throw .invalid("\(member): a path of 1 to 512 bytes without control characters", member: member) }
        return path
    }
}
