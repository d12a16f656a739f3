// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// govulncheck's JSON (golang.org/x/vuln): a stream of messages, the same as one list, and the object of versions
/// before 1.0.
enum GovulncheckReport: JSONReport {
    /// What the traces say of one advisory.
    private struct Trace {
        var module: String?
        var version: String?
        var fixed: String?
        var functions: [String] = []
        var flows: [[CodeFlowStep]] = []
    }

    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "govulncheck"
        var traces: [String: Trace] = [:]
        try json.forEachItem {
            try json.forEachMember { name in
                switch name {
                case "config": takeConfiguration(try json.read(), output)
                case "finding": takeFinding(try json.read(), into: &traces)
                default: break
                }
            }
        }
        try json.rewind()
        var modules: [String: String] = [:]
        var seen: Set<String> = []
        try json.forEachItem {
            try json.forEachMember { name in
                switch name {
                case "osv":
                    let advisory = try json.read()
                    var finding = finding(advisory, traces[advisory["id"].text ?? ""])
                    finding.origin = json.origin
                    try output.emit(finding)
                case "Requires":
                    for (id, module) in try json.read()["Modules"].members {
                        modules[id] = module["Version"].text
                    }
                case "Vulns":
                    try json.forEachElement { _ in
                        try emitOld(try json.read(), modules, &seen, at: json.origin, output)
                    }
                default: break
                }
            }
        }
    }

    private static func takeConfiguration(_ node: JSONNode, _ output: ReportOutput) {
        output.scan.tool = node["scanner_name"].text ?? "govulncheck"
        output.scan.version = node["scanner_version"].text
        output.scan.formatVersion = node["protocol_version"].text
    }

    private static func takeFinding(_ node: JSONNode, into traces: inout [String: Trace]) {
        guard let id = node["osv"].text else {
            return
        }
        var trace = traces[id] ?? Trace()
        trace.fixed = trace.fixed ?? node["fixed_version"].text
        let frames = node["trace"]
        trace.module = trace.module ?? frames[0]["module"].text
        trace.version = trace.version ?? frames[0]["version"].text
        if let function = frames[0]["function"].text, trace.functions.count < 64, !trace.functions.contains(function) {
            trace.functions.append(function)
        }
        // A trace goes from the vulnerable function to the program's own code; a way goes from source to sink.
        let steps = frames.elements.prefix(64).map(step).reversed().filter { $0.location.file != nil }
        if trace.flows.count < 10, !steps.isEmpty {
            trace.flows.append(steps)
        }
        traces[id] = trace
    }

    private static func step(_ frame: JSONNode) -> CodeFlowStep {
        let position = frame["position"]
        var location = FindingLocation(file: position["filename"].text, startLine: position["line"].position)
        location.startColumn = position["column"].position
        let name = [frame["package"].text, frame["receiver"].text, frame["function"].text].compactMap(\.self)
        return CodeFlowStep(location: location, message: name.joined(separator: ".").nonEmpty)
    }

    private static func finding(_ advisory: JSONNode, _ trace: Trace?) -> ReportedFinding {
        var finding = OSVAdvisory.finding(advisory, kind: .dependency, package: nil)
        let package = advisory["affected"][0]["package"]
        var component = ReportedComponent(
            name: trace?.module ?? package["name"].text,
            version: trace?.version,
            ecosystem: package["ecosystem"].text ?? "Go"
        )
        component.manifest = "go.mod"
        finding.component = component
        if let fixed = trace?.fixed {
            finding.fix = FixHint(versions: [fixed])
        }
        finding.codeFlows = trace?.flows ?? []
        finding.location = trace?.flows.first?.first?.location ?? FindingLocation(file: "go.mod")
        finding.location.scope = trace?.functions.first
        finding.tags = [trace.map { $0.functions.isEmpty ? "imported" : "called" } ?? "required"]
        if trace == nil {
            // An advisory without a finding is about a version that is not in use.
            finding.suppression = ReportedSuppression(kind: "not_affected", justification: "no finding refers to it")
        }
        return finding
    }

    /// An entry of the old list has one symbol; an advisory is one finding.
    private static func emitOld(
        _ node: JSONNode,
        _ modules: [String: String],
        _ seen: inout Set<String>,
        at origin: ReportPlace,
        _ output: ReportOutput
    ) throws {
        let advisory = node["OSV"]
        guard seen.insert(advisory["id"].text ?? "").inserted else {
            return
        }
        var finding = OSVAdvisory.finding(advisory, kind: .dependency, package: nil)
        finding.component = ReportedComponent(
            name: advisory["affected"][0]["package"]["name"].text ?? node["ModPath"].text,
            version: node["RequireSink"].anyText.flatMap { modules[$0] },
            ecosystem: "Go"
        )
        finding.location = FindingLocation(file: "go.mod")
        finding.location.scope = node["Symbol"].text
        finding.origin = origin
        try output.emit(finding)
    }
}
