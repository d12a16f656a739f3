// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// TruffleHog's JSON, version 3 (with `SourceMetadata`) and 2, one object per line or in one list; and that of its
/// fork trufflehog3, of today (with `rule`) and before.
enum TrufflehogReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = format == .trufflehog3 ? "trufflehog3" : "TruffleHog"
        try json.forEachItem {
            let node = try json.read()
            guard node.kind == .object else {
                return
            }
            var finding: ReportedFinding
            if node["SourceMetadata"].exists {
                finding = current(node)
            } else if node["rule"].kind == .object {
                finding = fork(node)
            } else if node["path"].exists || node["reason"].exists {
                finding = legacy(node)
            } else {
                // Version 3 writes its log between the findings.
                return
            }
            finding.identifiers.append(FindingIdentifier(type: "cwe", value: "CWE-798"))
            finding.origin = json.origin
            try output.emit(finding)
        }
    }

    private static func current(_ node: JSONNode) -> ReportedFinding {
        let detector = node["DetectorName"].text ?? "secret"
        let isVerified = node["Verified"].bool == true
        var finding = ReportedFinding(kind: .secret, title: "\(detector) secret\(isVerified ? ", verified" : "")")
        finding.severity = isVerified ? .critical : .high
        finding.confidence = isVerified ? "verified" : "unverified"
        finding.identifiers = [.rule(detector)]
        // One member, named after the kind of source: Git, Github, Filesystem, Docker, S3 ...
        for (source, data) in node["SourceMetadata"]["Data"].members.prefix(1) {
            finding.location = FindingLocation(
                file: data["file"].text ?? data["key"].text,
                startLine: data["line"].position
            )
            finding.location.commit = data["commit"].text
            finding.location.image = data["image"].text
            finding.location.url = data["link"].text
            finding.tags = [source.lowercased()]
            finding.description = [data["repository"].text, data["timestamp"].text].compactMap(\.self)
                .map { SecretMask.credentials(in: $0) }.joined(separator: "\n")
        }
        finding.secret = ReportedSecret(node["RawV2"].string?.nonEmpty ?? node["Raw"].string)
        finding.links = finding.location.url.map { [FindingLink($0)] } ?? []
        return finding
    }

    private static func fork(_ node: JSONNode) -> ReportedFinding {
        let rule = node["rule"]
        var finding = ReportedFinding(kind: .secret, title: rule["message"].text ?? rule["id"].text ?? "")
        finding.severity = ReportedSeverity(word: rule["severity"].text)
        finding.identifiers = [.rule(rule["id"].text ?? rule["message"].text ?? "")]
        finding.location = FindingLocation(file: node["path"].text, startLine: node["line"].position)
        finding.location.commit = node["commit"].text
        finding.secret = ReportedSecret(node["secret"].string)
        finding.snippet =
            node["context"].members.prefix(20).compactMap { $0.value.text }
            .joined(separator: "\n").nonEmpty
        finding.signatures = node["id"].text.map { [FindingSignature("trufflehog3-id", $0)] } ?? []
        return finding
    }

    private static func legacy(_ node: JSONNode) -> ReportedFinding {
        let reason = node["reason"].text ?? "secret"
        var finding = ReportedFinding(kind: .secret, title: reason)
        finding.severity = reason == "High Entropy" || reason == "High entropy" ? .info : .high
        finding.identifiers = [.rule(reason)]
        finding.location = FindingLocation(file: node["path"].text)
        finding.location.commit = node["commitHash"].text
        let strings = node["stringsFound"].texts
        // Several strings of one file and commit are one finding; the secret is all of them.
        finding.secret = ReportedSecret(strings.joined(separator: "\n"))
        finding.description = [node["commit"].text?.firstLine, node["branch"].text, node["date"].text]
            .compactMap(\.self).joined(separator: "\n")
        return finding
    }
}
