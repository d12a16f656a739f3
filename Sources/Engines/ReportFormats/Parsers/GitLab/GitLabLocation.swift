// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The eight kinds of `location` and what hangs on them.
enum GitLabLocation {
    static func take(_ node: JSONNode, into finding: inout ReportedFinding) {
        let place = node["location"]
        var location = FindingLocation(
            file: place["file"].text,
            startLine: place["start_line"].position,
            endLine: place["end_line"].position
        )
        location.className = place["class"].text
        location.method = place["method"].text
        location.scope = scope(class: location.className, method: location.method)
        location.commit = place["commit"]["sha"].text
        location.image = place["image"].text
        location.operatingSystem = place["operating_system"].text
        location.resource = resource(place["kubernetes_resource"])
        location.crashType = place["crash_type"].text
        location.crashState = place["crash_state"].text
        if finding.kind == .dast || place["hostname"].exists {
            takeWebPlace(node, into: &location)
        }
        finding.location = location
        finding.component = component(place, ecosystem: location.operatingSystem)
    }

    private static func scope(class name: String?, method: String?) -> String? {
        guard name != nil || method != nil else { return nil }
        let parts = [name, method].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ".")
    }

    /// In DAST, `method` is that of HTTP, and of the path the host is named apart.
    private static func takeWebPlace(_ node: JSONNode, into location: inout FindingLocation) {
        let place = node["location"]
        location.method = nil
        location.scope = nil
        if let url = node["evidence"]["request"]["url"].text {
            location.setURL(url)
        } else if let host = place["hostname"].text {
            location.setURL(host + (place["path"].text ?? ""))
        }
        location.httpMethod = place["method"].text ?? node["evidence"]["request"]["method"].text
        location.parameter = place["param"].text
        location.path = place["path"].text ?? location.path
    }

    private static func resource(_ node: JSONNode) -> String? {
        guard node.exists else { return nil }
        let parts = [node["namespace"].text, node["kind"].text, node["name"].text, node["container_name"].text]
        let known = parts.compactMap(\.self)
        return known.isEmpty ? nil : known.joined(separator: "/")
    }

    private static func component(_ place: JSONNode, ecosystem: String?) -> ReportedComponent? {
        let dependency = place["dependency"]
        guard let name = dependency["package"]["name"].text else {
            return nil
        }
        var component = ReportedComponent(name: name, version: dependency["version"].anyText, ecosystem: ecosystem)
        component.manifest = place["file"].text
        component.scope = dependency["direct"].bool.map { $0 ? "direct" : "transitive" }
        return component
    }

    /// The ways of data among the typed details of a report.
    static func codeFlows(_ details: JSONNode) -> [[CodeFlowStep]] {
        guard details.exists else { return [] }
        return details.members.filter { $0.value["type"].equals("code-flows") }.flatMap { member in
            member.value["items"].elements.map { flow in
                flow.elements.map { step in
                    let place = step["file_location"]
                    let location = FindingLocation(
                        file: place["file_name"].text,
                        startLine: place["line_start"].position,
                        endLine: place["line_end"].position
                    )
                    return CodeFlowStep(location: location, message: step["node_type"].text)
                }
            }
        }
    }
}
