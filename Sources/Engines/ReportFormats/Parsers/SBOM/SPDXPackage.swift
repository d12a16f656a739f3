// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A package of an SPDX document, one model for JSON and tag-value.
///
/// SPDX 2.x has no place for vulnerabilities but external references of the category SECURITY: those that point at an
/// advisory with a CVE or GHSA id give a finding. A CPE is of the same category and is none.
struct SPDXPackage {
    var id: String?
    var name: String?
    var version: String?
    var licenseConcluded: String?
    var licenseDeclared: String?
    var purpose: String?
    var references: [(category: String, type: String, locator: String, comment: String?)] = []

    func emit(at place: ReportPlace, to output: ReportOutput) throws {
        let component = component
        try output.emit(component, at: place)
        var seen: Set<String> = []
        for reference in references where isAdvisory(reference.category, reference.type) {
            let text = "\(reference.locator) \(reference.comment ?? "")"
            for identifier in FindingIdentifier.cves(in: text) + FindingIdentifier.ghsas(in: text)
            where seen.insert(identifier.value).inserted {
                let title = "\(identifier.value) in \(component.name ?? "a package")"
                var finding = ReportedFinding(kind: .dependency, title: title)
                finding.identifiers = [identifier]
                finding.component = component
                finding.description = reference.comment ?? ""
                finding.links = reference.locator.hasPrefix("http") ? [FindingLink(reference.locator)] : []
                finding.origin = place
                try output.emit(finding)
            }
        }
    }

    private func isAdvisory(_ category: String, _ type: String) -> Bool {
        category.uppercased() == "SECURITY" && ["advisory", "fix", "url", "swid"].contains(type)
    }

    private var component: ReportedComponent {
        let purl = references.first { $0.type == "purl" }?.locator
        var component = ReportedComponent(
            purl: purl,
            name: name,
            version: Self.known(version),
            ecosystem: purl.flatMap { PackageURLParts($0)?.type }
        )
        component.type = purpose?.lowercased()
        component.reference = id
        component.cpes = references.filter { $0.type == "cpe23Type" || $0.type == "cpe22Type" }.map(\.locator)
        component.licenses = [Self.known(licenseConcluded) ?? Self.known(licenseDeclared)].compactMap(\.self)
        return component
    }

    /// SPDX writes words for what is not known.
    static func known(_ text: String?) -> String? {
        text.flatMap { $0 == "NOASSERTION" || $0 == "NONE" || $0.isEmpty ? nil : $0 }
    }
}
