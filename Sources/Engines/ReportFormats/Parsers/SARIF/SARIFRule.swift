// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What results need of a `reportingDescriptor` (SARIF 2.1.0, section 3.49).
///
/// Results of one rule share what is made of it here.
final class SARIFRule {
    let id: String
    let name: String?
    let title: String?
    let description: String?
    let level: String?
    /// What `security-severity`, a number or a word by GitHub's convention, means; nil where it says nothing.
    let severity: ReportedSeverity?
    let precision: String?
    let tags: [String]
    /// What the tags say that the tool looks for.
    let kind: FindingKind?
    /// What a result is called that names no other rule and no weakness of its own.
    let identifiers: [FindingIdentifier]
    let weaknesses: [FindingIdentifier]
    let links: [FindingLink]
    let helpURL: String?
    private(set) var messages: [String: String] = [:]
    /// Title, description and help, each once.
    let texts: [String]
    /// The texts one below the other.
    let text: String

    init(_ node: JSONNode, taxonomies: [String]) {
        id = node["id"].text ?? node["guid"].text ?? ""
        name = node["name"].text
        title = Self.message(node["shortDescription"])
        description = Self.message(node["fullDescription"])
        let help = Self.message(node["help"])?.prefix(bytes: 4096)
        helpURL = node["helpUri"].text
        level = node["defaultConfiguration"]["level"].text
        let properties = node["properties"]
        severity = Self.severity(properties)
        precision = properties["precision"].text
        tags = properties["tags"].texts
        var weaknesses = Self.weaknesses(tags: tags) + Self.weaknesses(properties["cwe"])
        for relation in node["relationships"].elements {
            if let weakness = Self.weakness(relation["target"], taxonomies: taxonomies) {
                weaknesses.append(weakness)
            }
        }
        self.weaknesses = weaknesses
        identifiers = Self.identifiers(id, url: helpURL) + weaknesses
        links = helpURL.map { [FindingLink($0)] } ?? []
        kind = Self.kind(tags: tags)
        var texts: [String] = []
        for case let text? in [title, description, help] where !texts.contains(text) {
            texts.append(text)
        }
        self.texts = texts
        text = texts.joined(separator: "\n\n")
        for (name, value) in node["messageStrings"].members.prefix(64) {
            messages[name] = Self.message(value)
        }
    }

    /// What the properties of a rule or a result say of its severity; nil where that is nothing.
    static func severity(_ properties: JSONNode) -> ReportedSeverity? {
        guard
            let own = properties["security-severity"].anyText ?? properties["security_severity"].anyText
        else {
            return nil
        }
        let severity = Double(own).map { ReportedSeverity(score: $0) } ?? ReportedSeverity(word: own)
        return severity == .unknown ? nil : severity
    }

    /// What the id of a rule names.
    static func identifiers(_ id: String, url: String?) -> [FindingIdentifier] {
        var identifiers: [FindingIdentifier] = [.vulnerability(id, url: url, otherwise: "rule")]
        // Scanners of packages make rules such as CVE-2021-44228-log4j-core.
        identifiers += FindingIdentifier.cves(in: id)
        if let first = identifiers.first, first.type == "cve", identifiers.count > 1, first != identifiers[1] {
            identifiers[0].type = "rule"
        }
        return identifiers
    }

    private static func kind(tags: [String]) -> FindingKind? {
        let words = tags.map { $0.lowered }
        return words.contains("secret") ? .secret : words.contains("misconfiguration") ? .iac : nil
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
