// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// Reads the product status of CSAF 2.0 documents as VEX statements.
///
/// Source: https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html, sections 3.2.2 and 3.2.3.
package enum CSAFStatusReader {
    /// One statement for each vulnerability, status and justification.
    ///
    /// - Throws: ``AdvisoryError`` with code `badRecord` and a JSON pointer.
    package static func read(_ json: JSONValue) throws(AdvisoryError) -> [VEXStatement] {
        let root = RecordReader(json)
        try root.requireObject()
        guard let document = root.member("document") else {
            throw root.error("\"document\" is missing")
        }
        let timestamp = try document.member("tracking")?.text("current_release_date")
        let products = try CSAFProducts(root.member("product_tree"))
        var statements: [VEXStatement] = []
        for vulnerability in try root.elements("vulnerabilities") {
            let names = try self.names(vulnerability)
            guard let status = vulnerability.member("product_status") else {
                continue
            }
            for group in groups {
                for ids in try split(status.texts(group.name), group.status, vulnerability, products) {
                    statements.append(
                        VEXStatement(
                            vulnerability: names,
                            products: ids.products.map(products.product),
                            status: group.status,
                            justification: ids.flag.flatMap(VEXStatement.Justification.init),
                            reason: ids.flag,
                            impact: try detail("threats", ["impact"], vulnerability, ids.products, products),
                            action: try detail("remediations", nil, vulnerability, ids.products, products),
                            timestamp: timestamp,
                            position: statements.count
                        )
                    )
                }
            }
        }
        return statements
    }

    private static let groups: [(name: String, status: VEXStatement.Status)] = [
        ("known_affected", .affected), ("first_affected", .affected), ("last_affected", .affected),
        ("fixed", .fixed), ("first_fixed", .fixed), ("known_not_affected", .notAffected),
        ("under_investigation", .underInvestigation),
    ]

    private static func names(_ vulnerability: RecordReader) throws(AdvisoryError) -> [String] {
        var names: [String] = []
        if let cve = try vulnerability.text("cve") {
            names.append(cve)
        }
        for id in try vulnerability.elements("ids") {
            names.append(try id.requiredText("text"))
        }
        if names.isEmpty, let title = try vulnerability.text("title") {
            names.append(title)
        }
        return names
    }

    /// Products that are not affected, apart by the flag that says why.
    private static func split(
        _ ids: [String],
        _ status: VEXStatement.Status,
        _ vulnerability: RecordReader,
        _ products: CSAFProducts
    ) throws(AdvisoryError) -> [(flag: String?, products: [String])] {
        guard !ids.isEmpty else {
            return []
        }
        guard status == .notAffected else {
            return [(nil, ids)]
        }
        var left = ids
        var parts: [(flag: String?, products: [String])] = []
        for flag in try vulnerability.elements("flags") {
            let flagged = try products.ids(of: flag)
            let covered = left.filter { flagged.contains($0) }
            if !covered.isEmpty {
                parts.append((try flag.requiredText("label"), covered))
                left.removeAll { flagged.contains($0) }
            }
        }
        return left.isEmpty ? parts : parts + [(nil, left)]
    }

    /// The first text of a list that speaks of one of the products.
    private static func detail(
        _ list: String,
        _ categories: Set<String>?,
        _ vulnerability: RecordReader,
        _ ids: [String],
        _ products: CSAFProducts
    ) throws(AdvisoryError) -> String? {
        for element in try vulnerability.elements(list) {
            let category = try element.text("category") ?? ""
            let subjects = try products.ids(of: element)
            if categories?.contains(category) ?? true, ids.contains(where: subjects.contains) {
                return try element.text("details")
            }
        }
        return nil
    }
}

/// The products of a CSAF document by their identifiers.
struct CSAFProducts {
    private var byID: [String: VEXProduct] = [:]
    private var groups: [String: [String]] = [:]

    init(_ tree: RecordReader?) throws(AdvisoryError) {
        guard let tree else {
            return
        }
        try addBranches(tree, depth: 0)
        for name in try tree.elements("full_product_names") {
            try add(name)
        }
        for group in try tree.elements("product_groups") {
            groups[try group.requiredText("group_id")] = try group.texts("product_ids")
        }
        for relationship in try tree.elements("relationships") {
            try addRelationship(relationship)
        }
    }

    func product(_ id: String) -> VEXProduct { byID[id] ?? VEXProduct(id: id) }

    /// The products that an element names, its groups included.
    func ids(of element: RecordReader) throws(AdvisoryError) -> Set<String> {
        var ids = Set(try element.texts("product_ids"))
        for group in try element.texts("group_ids") {
            ids.formUnion(groups[group] ?? [])
        }
        return ids
    }

    private mutating func addBranches(_ record: RecordReader, depth: Int) throws(AdvisoryError) {
        guard depth <= 30 else {
            throw record.error("branches nest deeper than 30")
        }
        for branch in try record.elements("branches") {
            if let product = branch.member("product") {
                try add(product)
            }
            try addBranches(branch, depth: depth + 1)
        }
    }

    private mutating func add(_ record: RecordReader) throws(AdvisoryError) {
        let helper = record.member("product_identification_helper")
        var hashes: [String: String] = [:]
        for element in try helper?.elements("hashes") ?? [] {
            for hash in try element.elements("file_hashes") {
                hashes[try hash.requiredText("algorithm")] = try hash.requiredText("value")
            }
        }
        let id = try record.requiredText("product_id")
        byID[id] = VEXProduct(
            id: id,
            name: try record.text("name"),
            purl: try helper?.text("purl"),
            cpe: try helper?.text("cpe"),
            hashes: hashes
        )
    }

    /// A product that is a component inside another: the other with the component as its part.
    private mutating func addRelationship(_ record: RecordReader) throws(AdvisoryError) {
        guard let name = record.member("full_product_name") else {
            throw record.error("\"full_product_name\" is missing")
        }
        try add(name)
        let id = try name.requiredText("product_id")
        guard byID[id]?.purl == nil else {
            return
        }
        var whole = product(try record.requiredText("relates_to_product_reference"))
        whole.id = id
        whole.name = try name.text("name")
        whole.subcomponents.append(product(try record.requiredText("product_reference")))
        byID[id] = whole
    }
}
