// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CLibXML2

/// How much of an XML body is accepted.
package struct XMLLimits: Sendable {
    /// The largest number of elements, attributes, comments, CDATA sections and processing instructions.
    package var maxNodes: Int
    /// The largest number of attributes that one tag seems to have; libxml2 compares each with all others.
    package var maxAttributesPerTag: Int

    package init(maxNodes: Int = 100_000, maxAttributesPerTag: Int = 1000) {
        self.maxNodes = maxNodes
        self.maxAttributesPerTag = maxAttributesPerTag
    }
}

/// A prefix that XPath expressions may use, from the action `xmlns`.
package struct XMLNamespace: Sendable, Hashable {
    package var prefix: String
    package var uri: String

    package init(prefix: String, uri: String) {
        self.prefix = prefix
        self.uri = uri
    }
}

/// An XML body as a tree, and what XPath expressions select in it.
///
/// libxml2 parses without network, without loading document types and external entities, and within its
/// normal limits: 256 levels, 10 MB of text per node. A `DOCTYPE` is tolerated and its internal entities show
/// in values, as in ModSecurity v2, within a budget. Of a broken document, what stands before the error remains,
/// so that rules can inspect it.
///
/// A body belongs to one transaction and must not be used by two threads at once.
package final class XMLBody {
    /// Why the document is not well-formed or was not parsed to its end; nil for an empty body.
    package let error: BodyError?
    let document: xmlDocPtr?
    /// The bytes that the values of one expression may have together: `//*` repeats text once per level.
    let valueBudget: Int
    private var cache: [Selection: [[UInt8]]] = [:]

    /// One expression with its namespaces.
    private struct Selection: Hashable {
        var xpath: String
        var namespaces: [XMLNamespace]
    }

    /// Parses a whole body.
    package init(_ bytes: UnsafeBufferPointer<UInt8>, limits: XMLLimits = XMLLimits()) {
        valueBudget = max(1 << 20, 16 * bytes.count)
        let outcome = XMLTreeParser.parse(bytes, limits: limits)
        document = outcome.document
        error = outcome.error
    }

    deinit {
        if let document {
            xmlFreeDoc(document)
        }
    }

    /// The text of each node that an expression selects, in document order; computed once per expression.
    ///
    /// An element's text is that of all its descendants; an attribute's is its value. Expressions that give a
    /// number, a string or a truth value select nothing.
    ///
    /// - Throws: a ``BodyError`` if the expression is wrong, its evaluation takes too many steps, or the values
    ///   are too large together.
    package func values(xpath: String, namespaces: [XMLNamespace] = []) throws(BodyError) -> [[UInt8]] {
        let selection = Selection(xpath: xpath, namespaces: namespaces)
        if let known = cache[selection] {
            return known
        }
        guard let document else {
            return []
        }
        let values = try XMLSelector.values(xpath, namespaces: namespaces, in: document, budget: valueBudget)
        cache[selection] = values
        return values
    }
}
