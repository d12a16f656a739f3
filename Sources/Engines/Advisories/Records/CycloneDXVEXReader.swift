// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// Reads the analyses of a CycloneDX document's vulnerabilities as VEX statements.
///
/// Source: https://cyclonedx.org/docs/1.6/json/#vulnerabilities. A vulnerability without analysis says nothing.
package enum CycloneDXVEXReader {
    /// - Throws: ``AdvisoryError`` with code `badRecord` and a JSON pointer.
    package static func read(_ json: JSONValue) throws(AdvisoryError) -> [VEXStatement] {
        let root = RecordReader(json)
        try root.requireObject()
        let components = try components(root)
        let timestamp = try root.member("metadata")?.text("timestamp")
        var statements: [VEXStatement] = []
        for vulnerability in try root.elements("vulnerabilities") {
            guard let analysis = vulnerability.member("analysis"), let state = try analysis.text("state") else {
                continue
            }
            guard let status = statuses[state] else {
                throw analysis.error("\"\(state)\" is no state")
            }
            let justification = try analysis.text("justification")
            let detail = try analysis.text("detail")
            let response = try analysis.texts("response").joined(separator: ", ")
            let recommendation = try vulnerability.text("recommendation")
            let lastUpdated = try analysis.text("lastUpdated")
            let updated = try vulnerability.text("updated")
            statements.append(
                VEXStatement(
                    vulnerability: try names(vulnerability),
                    products: try products(vulnerability, components),
                    status: status,
                    justification: justification.flatMap { justifications[$0] },
                    reason: justification ?? state,
                    impact: status == .notAffected ? detail : nil,
                    action: recommendation ?? (response.isEmpty ? detail : response),
                    timestamp: lastUpdated ?? updated ?? timestamp,
                    position: statements.count
                )
            )
        }
        return statements
    }

    private static let statuses: [String: VEXStatement.Status] = [
        "resolved": .fixed, "resolved_with_pedigree": .fixed, "exploitable": .affected,
        "in_triage": .underInvestigation, "false_positive": .notAffected, "not_affected": .notAffected,
    ]

    private static let justifications: [String: VEXStatement.Justification] = [
        "code_not_present": .vulnerableCodeNotPresent, "code_not_reachable": .vulnerableCodeNotInExecutePath,
        "requires_configuration": .vulnerableCodeCannotBeControlledByAdversary,
        "requires_dependency": .vulnerableCodeCannotBeControlledByAdversary,
        "requires_environment": .vulnerableCodeCannotBeControlledByAdversary,
        "protected_by_compiler": .inlineMitigationsAlreadyExist, "protected_at_runtime": .inlineMitigationsAlreadyExist,
        "protected_at_perimeter": .inlineMitigationsAlreadyExist,
        "protected_by_mitigating_control": .inlineMitigationsAlreadyExist,
    ]

    private static func names(_ vulnerability: RecordReader) throws(AdvisoryError) -> [String] {
        var names = [try vulnerability.firstText("id", "bom-ref") ?? ""]
        for reference in try vulnerability.elements("references") {
            if let id = try reference.text("id"), !names.contains(id) {
                names.append(id)
            }
        }
        return names
    }

    private static func products(
        _ vulnerability: RecordReader,
        _ components: [String: VEXProduct]
    )
        throws(AdvisoryError) -> [VEXProduct]
    {
        var products: [VEXProduct] = []
        for element in try vulnerability.elements("affects") {
            let reference = try element.requiredText("ref")
            // A BOM-Link names the component of another document behind its number sign.
            let local = reference.split(separator: "#", maxSplits: 1).last.map(String.init) ?? reference
            var product = components[reference] ?? components[local] ?? VEXProduct(id: local)
            product.id = reference
            for version in try element.elements("versions") {
                guard try version.text("status") ?? "affected" == "affected" else {
                    continue
                }
                if let limit = try version.firstText("version", "range") {
                    product.versions.append(limit)
                }
            }
            products.append(product)
        }
        return products
    }

    /// All components by their reference, the described one and nested ones included.
    private static func components(_ root: RecordReader) throws(AdvisoryError) -> [String: VEXProduct] {
        var found: [String: VEXProduct] = [:]
        var waiting = try root.elements("components")
        if let described = root.member("metadata")?.member("component") {
            waiting.append(described)
        }
        while let component = waiting.popLast() {
            waiting += try component.elements("components")
            guard let reference = try component.firstText("bom-ref", "purl") else {
                continue
            }
            found[reference] = VEXProduct(
                id: reference,
                name: try component.text("name"),
                purl: try component.text("purl"),
                cpe: try component.text("cpe")
            )
        }
        return found
    }
}
