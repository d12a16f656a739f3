// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension SARIFRun {
    /// The tool whose logs are our own exports.
    static let ownTool = "Redoubt"

    /// Takes what an export of our own says beyond SARIF's words, in `properties` under `redoubt`. Whoever else writes it
    /// says no more by it than by the words of SARIF.
    func takeOwnProperties(_ node: JSONNode, into finding: inout ReportedFinding) {
        let own = node["properties"]["redoubt"]
        guard toolName == Self.ownTool, own.exists else {
            return
        }
        if let kind = own["kind"].text.flatMap({ FindingKind(rawValue: $0) }) {
            finding.kind = kind
        }
        if let severity = own["severity"].text.flatMap({ ReportedSeverity(rawValue: $0) }) {
            finding.severity = severity
        }
        finding.location.image = own["image"].text
        finding.location.resource = own["resource"].text ?? finding.location.resource
        finding.location.parameter = own["parameter"].text ?? finding.location.parameter
        finding.fix = finding.fix ?? FixHint(text: own["fix"].text)
        let component = own["component"]
        if component.exists {
            var reported = ReportedComponent(
                purl: component["purl"].text,
                name: component["name"].text,
                version: component["version"].text,
                ecosystem: component["ecosystem"].text
            )
            reported.manifest = component["manifest"].text
            finding.component = reported
        }
    }
}
