// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// SARIF 2.1.0 (OASIS standard of 2020-03-27), of any tool.
///
/// Each run is read twice: what results refer to (rules, artifacts, bases of URIs, taxonomies, overrides) may stand
/// behind them. References to files outside of the log are never followed.
enum SARIFReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        var runs: [SARIFRun] = []
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "runs":
                    try json.forEachElement { _ in runs.append(try SARIFRun.read(json, output)) }
                case "version":
                    output.scan.formatVersion = try json.read().anyText
                case "inlineExternalProperties":
                    output.note(.warning, at: json.origin, "inline external properties are not read")
                default:
                    break
                }
            }
        }
        if let first = runs.first {
            take(first, output)
        }
        try json.rewind()
        try json.forEachDocument {
            try json.forEachElement(of: "runs") {
                guard case .element(let index)? = json.place.steps.last, index < runs.count else {
                    return
                }
                try readResults(json, of: runs[index], output)
            }
        }
    }

    private static func take(_ run: SARIFRun, _ output: ReportOutput) {
        output.scan.tool = run.toolName
        output.scan.version = run.toolVersion
        output.scan.started = run.started
        output.scan.finished = run.finished
        output.scan.artifact = run.repository
    }

    private static func readResults(_ json: JSONPullReader, of run: SARIFRun, _ output: ReportOutput) throws {
        try json.forEachElement(of: "results") {
            let node = try json.read()
            guard var finding = run.finding(node) else {
                return
            }
            finding.origin = json.origin
            try output.emit(finding)
        }
    }
}
