// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What the results of one run refer to.
struct SARIFRun {
    var toolName: String?
    var toolKind: FindingKind?
    /// Bases of URIs that are absolute, the longest first.
    var absoluteBases: [String] = []
    var toolVersion: String?
    var started: String?
    var finished: String?
    var repository: String?
    /// The rules of the driver and of each extension.
    var rules: [[SARIFRule]] = [[]]
    /// Where an id stands among the rules: in which component, and where in it.
    var ruleIndex: [String: (component: Int, index: Int)] = [:]
    private var extensionNames: [String] = []
    /// The URI and its base for each artifact, by index.
    var artifacts: [(uri: String?, base: String?)] = []
    /// Bases of URIs with the base that they are relative to.
    var bases: [String: (uri: String?, base: String?)] = [:]
    var logicalLocations: [SARIFLogicalLocation] = []
    var taxonomies: [String] = []
    /// Levels that an invocation sets, by rule id.
    var levels: [String: String] = [:]
    /// Steps that thread flows refer to by index.
    var flowLocations: [CodeFlowStep] = []

    static func read(_ json: JSONPullReader, _ output: ReportOutput) throws -> SARIFRun {
        var run = SARIFRun()
        var tool: [JSONRule] = []
        try json.forEachMember { name in
            try run.readMember(name, json, tool: &tool, output)
        }
        run.index(tool, output)
        run.toolKind = run.toolName.flatMap(kind(ofTool:))
        run.absoluteBases = run.bases.values.compactMap(\.uri).filter { isAbsolute($0) && $0.utf8.count > 1 }
            .sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
        return run
    }

    /// A rule before the names of taxonomies are known, which may stand behind it.
    private struct JSONRule {
        var component: Int
        var rule: SARIFRule
    }

    private mutating func readMember(
        _ name: String,
        _ json: JSONPullReader,
        tool: inout [JSONRule],
        _ output: ReportOutput
    ) throws {
        switch name {
        case "tool":
            try readTool(json, into: &tool)
        case "invocations":
            try json.forEachElement { _ in takeInvocation(try json.read(), at: json.origin, output) }
        case "artifacts":
            try json.forEachElement { count in
                try Self.check(count, "artifacts", json)
                let location = try json.read()["location"]
                artifacts.append((location["uri"].text, location["uriBaseId"].text))
            }
        case "originalUriBaseIds":
            for (id, base) in try json.read().members {
                bases[id] = (base["uri"].text, base["uriBaseId"].text)
            }
        case "taxonomies":
            try json.forEachElement { count in
                try Self.check(count, "taxonomies", json)
                var taxonomy = ""
                try json.forEachMember { if $0 == "name" { taxonomy = try json.read().text ?? "" } }
                taxonomies.append(taxonomy)
            }
        case "logicalLocations":
            try json.forEachElement { count in
                try Self.check(count, "logical locations", json)
                logicalLocations.append(SARIFLogicalLocation(try json.read()))
            }
        case "threadFlowLocations":
            try json.forEachElement { count in
                try Self.check(count, "locations of flows", json)
                flowLocations.append(flowStep(try json.read()))
            }
        case "versionControlProvenance":
            repository = try json.read()[0]["repositoryUri"].text
        case "externalPropertyFileReferences":
            output.scan.isComplete = false
            output.note(.warning, at: json.origin, "parts of the log are in other files, which are never opened")
        default:
            break
        }
    }

    /// What results refer to is held in memory, so that there is an end to it.
    private static func check(_ count: Int, _ what: String, _ json: JSONPullReader) throws(ReportError) {
        guard count < mostListed else {
            throw ReportError(.tooLarge, "more than \(mostListed) \(what) in a run", at: json.origin)
        }
    }

    private static let mostListed = 1_000_000

    // MARK: The tool

    private mutating func readTool(_ json: JSONPullReader, into rules: inout [JSONRule]) throws {
        try json.forEachMember { name in
            switch name {
            case "driver":
                let head = try readComponent(json, place: 0, into: &rules)
                toolName = head.name
                toolVersion = head.version
            case "extensions":
                try json.forEachElement { index in
                    try Self.check(index, "extensions", json)
                    let head = try readComponent(json, place: index + 1, into: &rules)
                    extensionNames.append(head.name ?? "")
                }
            default:
                break
            }
        }
    }

    private func readComponent(
        _ json: JSONPullReader,
        place: Int,
        into rules: inout [JSONRule]
    ) throws -> (name: String?, version: String?) {
        var name: String?
        var versions: [String: String] = [:]
        try json.forEachMember { member in
            switch member {
            case "name": name = try json.read().text
            case "semanticVersion", "version", "dottedQuadFileVersion": versions[member] = try json.read().anyText
            case "rules":
                try json.forEachElement { _ in
                    try Self.check(rules.count, "rules", json)
                    rules.append(JSONRule(component: place, rule: SARIFRule(try json.read(), taxonomies: taxonomies)))
                }
            default: break
            }
        }
        return (name, versions["semanticVersion"] ?? versions["version"] ?? versions["dottedQuadFileVersion"])
    }

    private mutating func index(_ tool: [JSONRule], _ output: ReportOutput) {
        for item in tool {
            while rules.count <= item.component {
                rules.append([])
            }
            let place = (component: item.component, index: rules[item.component].count)
            rules[item.component].append(item.rule)
            if ruleIndex[item.rule.id] == nil {
                ruleIndex[item.rule.id] = place
            }
            output.addRule(.rule(item.rule.id))
        }
    }

    private mutating func takeInvocation(_ node: JSONNode, at place: ReportPlace, _ output: ReportOutput) {
        started = started ?? node["startTimeUtc"].text
        finished = node["endTimeUtc"].text ?? finished
        if node["executionSuccessful"].bool == false {
            output.scan.isComplete = false
            output.scan.status = node["exitCodeDescription"].text ?? "failed"
        }
        for override in node["ruleConfigurationOverrides"].elements {
            if let id = override["descriptor"]["id"].text, let level = override["configuration"]["level"].text {
                levels[id] = level
            }
        }
        for name: StaticString in ["toolExecutionNotifications", "toolConfigurationNotifications"] {
            for notification in node[name].elements where notification["level"].equals("error") {
                output.note(.tool, at: place, notification["message"]["text"].text ?? "the tool reports an error")
            }
        }
    }

    // MARK: Rules of results

    /// The rule of a result, found by index, by id, or by the id without its last part (`CA1000/1`).
    func rule(of node: JSONNode) -> SARIFRule? {
        let reference = node["rule"]
        let component = component(of: reference)
        if let index = node["ruleIndex"].integer ?? reference["index"].integer,
            rules.indices.contains(component), rules[component].indices.contains(index)
        {
            return rules[component][index]
        }
        guard var id = node["ruleId"].anyText ?? reference["id"].text else {
            return nil
        }
        while true {
            if let place = ruleIndex[id] {
                return rules[place.component][place.index]
            }
            guard let slash = id.lastIndex(of: "/") else {
                return nil
            }
            id = String(id[..<slash])
        }
    }

    /// 0 for the driver, else one more than the extension's place.
    private func component(of reference: JSONNode) -> Int {
        let tool = reference["toolComponent"]
        if let index = tool["index"].integer, index >= 0 {
            return index + 1
        }
        return tool["name"].text.flatMap { extensionNames.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
    }
}

/// A name in the program's own structure (SARIF 2.1.0, section 3.33).
struct SARIFLogicalLocation {
    var name: String?
    var kind: String?

    init(_ node: JSONNode) {
        name = node["fullyQualifiedName"].text ?? node["decoratedName"].text ?? node["name"].text
        kind = node["kind"].text
    }
}
