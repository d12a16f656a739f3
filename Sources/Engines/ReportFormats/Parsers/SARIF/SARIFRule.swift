// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What results need of a `reportingDescriptor` (SARIF 2.1.0, section 3.49).
struct SARIFRule {
    var id: String
    var name: String?
    var title: String?
    var description: String?
    var help: String?
    var helpURL: String?
    var level: String?
    var isEnabled = true
    /// `security-severity`, a number or a word, by GitHub's convention.
    var securitySeverity: String?
    var precision: String?
    var tags: [String] = []
    var weaknesses: [FindingIdentifier] = []
    var messages: [String: String] = [:]

    init(_ node: JSONNode, taxonomies: [String]) {
        id = node["id"].text ?? node["guid"].text ?? ""
        name = node["name"].text
        title = Self.message(node["shortDescription"])
        description = Self.message(node["fullDescription"])
        help = Self.message(node["help"])?.prefix(bytes: 4096)
        helpURL = node["helpUri"].text
        level = node["defaultConfiguration"]["level"].text
        isEnabled = node["defaultConfiguration"]["enabled"].bool ?? true
        let properties = node["properties"]
        securitySeverity = properties["security-severity"].anyText ?? properties["security_severity"].anyText
        precision = properties["precision"].text
        tags = properties["tags"].texts
        weaknesses = Self.weaknesses(tags: tags) + Self.weaknesses(properties["cwe"])
        for relation in node["relationships"].elements {
            if let weakness = Self.weakness(relation["target"], taxonomies: taxonomies) {
                weaknesses.append(weakness)
            }
        }
        for (name, value) in node["messageStrings"].members.prefix(64) {
            messages[name] = Self.message(value)
        }
    }

    private static func message(_ node: JSONNode) -> String? {
        node["text"].text ?? node["markdown"].text
    }

    /// CWE ids among tags, such as `external/cwe/cwe-079` or `CWE-79: Cross-site Scripting`.
    static func weaknesses(tags: [String]) -> [FindingIdentifier] {
        tags.filter { $0.range(ofASCII: "cwe-") != nil }.compactMap(FindingIdentifier.cwe)
    }

    /// CWE ids in a property of that name: a number, a text or a list of these.
    static func weaknesses(_ node: JSONNode) -> [FindingIdentifier] {
        node.texts.flatMap { $0.parts(separatedBy: [","]) }.compactMap(FindingIdentifier.cwe)
    }

    /// A reference to a taxon: its id is a number, where the taxonomy is CWE's, or says so itself.
    static func weakness(_ reference: JSONNode, taxonomies: [String]) -> FindingIdentifier? {
        guard let id = reference["id"].anyText else {
            return nil
        }
        let component = reference["toolComponent"]
        let name =
            component["name"].text
            ?? component["index"].integer.flatMap { index in
                taxonomies.indices.contains(index) ? taxonomies[index] : nil
            }
        let isCWE = id.range(ofASCII: "cwe") != nil || name?.range(ofASCII: "cwe") != nil
        return isCWE ? FindingIdentifier.cwe(id) : nil
    }
}
