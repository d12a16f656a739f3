// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// Reads OpenVEX documents, 0.2.0 and 0.0.1.
///
/// Source: https://github.com/openvex/spec.
package enum OpenVEXReader {
    /// The statements of a document in their order.
    ///
    /// - Throws: ``AdvisoryError`` with code `badRecord` and a JSON pointer.
    package static func read(_ json: JSONValue) throws(AdvisoryError) -> [VEXStatement] {
        let document = RecordReader(json)
        try document.requireObject()
        guard document.member("statements") != nil else {
            throw document.error("\"statements\" is missing")
        }
        let timestamp = try document.text("timestamp")
        var statements: [VEXStatement] = []
        for (position, element) in try document.elements("statements").enumerated() {
            statements.append(try statement(element, position, timestamp))
        }
        return statements
    }

    private static func statement(
        _ record: RecordReader,
        _ position: Int,
        _ timestamp: String?
    )
        throws(AdvisoryError) -> VEXStatement
    {
        let word = try record.requiredText("status")
        guard let status = VEXStatement.Status(rawValue: word) else {
            throw record.error("\"\(word)\" is no status")
        }
        let justification = try record.text("justification")
        var products: [VEXProduct] = []
        // Up to 0.0.1 the parts stand beside the products and belong to each.
        let shared = try parts(record)
        for element in try record.elements("products") {
            var product = try self.product(element)
            product.subcomponents += shared
            products.append(product)
        }
        return VEXStatement(
            vulnerability: try vulnerability(record),
            products: products,
            status: status,
            justification: justification.flatMap(VEXStatement.Justification.init),
            reason: justification,
            impact: try record.text("impact_statement"),
            action: try record.text("action_statement"),
            timestamp: try record.text("timestamp") ?? timestamp,
            position: position
        )
    }

    private static func vulnerability(_ record: RecordReader) throws(AdvisoryError) -> [String] {
        guard let vulnerability = record.member("vulnerability") else {
            throw record.error("\"vulnerability\" is missing")
        }
        if let name = vulnerability.value.text {
            return [name]
        }
        try vulnerability.requireObject()
        guard let name = try vulnerability.firstText("name", "@id") else {
            throw vulnerability.error("the vulnerability has no name")
        }
        return [name] + (try vulnerability.texts("aliases")).filter { $0 != name }
    }

    private static func product(_ record: RecordReader) throws(AdvisoryError) -> VEXProduct {
        if let id = record.value.text {
            return VEXProduct(id: id)
        }
        try record.requireObject()
        let identifiers = record.member("identifiers")
        let purl = try identifiers?.text("purl")
        let cpe = try identifiers?.firstText("cpe23", "cpe22")
        var hashes: [String: String] = [:]
        for hash in try record.member("hashes")?.members() ?? [] {
            hashes[hash.name] = try hash.value.text()
        }
        return VEXProduct(
            id: try record.text("@id") ?? purl ?? "",
            purl: purl,
            cpe: cpe,
            hashes: hashes,
            subcomponents: try parts(record)
        )
    }

    private static func parts(_ record: RecordReader) throws(AdvisoryError) -> [VEXProduct] {
        var parts: [VEXProduct] = []
        for element in try record.elements("subcomponents") {
            parts.append(try product(element))
        }
        return parts
    }
}
