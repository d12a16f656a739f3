// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CLibXML2

/// A compiled XML schema for the operator `@validateSchema`.
///
/// Compiling reads whatever files the schema imports; schemas are part of the rules and trusted like them.
package final class XMLSchema: @unchecked Sendable {
    // Unchecked: both are written only here; validation contexts do not change the schema they use.
    fileprivate let schema: xmlSchemaPtr
    private let document: xmlDocPtr

    /// Compiles a schema.
    ///
    /// - Parameters:
    ///   - text: the schema document.
    ///   - name: its file name, for messages and for resolving imports.
    /// - Throws: a ``BodyError`` whose message names the file and the reason.
    package init(_ text: [UInt8], name: String) throws(BodyError) {
        guard let document = Self.read(text, name: name) else {
            throw Self.failure(name, "Failed to parse the XML resource '\(name)'.")
        }
        let errors = XMLErrors()
        let compiled: xmlSchemaPtr? = withExtendedLifetime(errors) {
            guard let context = xmlSchemaNewDocParserCtxt(document) else {
                return nil
            }
            defer { xmlSchemaFreeParserCtxt(context) }
            xmlSchemaSetParserStructuredErrors(context, XMLErrors.handler, errors.opaque)
            return xmlSchemaParse(context)
        }
        guard let compiled else {
            xmlFreeDoc(document)
            throw Self.failure(name, errors.messages.first ?? "unknown")
        }
        self.document = document
        schema = compiled
    }

    deinit {
        xmlSchemaFree(schema)
        xmlFreeDoc(document)
    }

    private static func read(_ text: [UInt8], name: String) -> xmlDocPtr? {
        let errors = XMLErrors()
        guard XMLLibrary.isReady, let length = Int32(exactly: text.count) else {
            return nil
        }
        let options = Int32(bitPattern: XML_PARSE_NONET.rawValue | XML_PARSE_NOENT.rawValue)
        return text.withUnsafeBytes { bytes in
            errors.collect {
                xmlReadMemory(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), length, name, nil, options)
            }
        }
    }

    private static func failure(_ name: String, _ reason: String) -> BodyError {
        BodyError(.configuration, "XML: Failed to load Schema: \(name). XML Error: \(reason)")
    }
}

extension XMLBody {
    /// What is wrong with the document according to a schema; empty if it is valid.
    package func violations(of schema: XMLSchema) -> [String] {
        guard let document, error == nil else {
            return [Self.notWellFormed]
        }
        guard let context = xmlSchemaNewValidCtxt(schema.schema) else {
            return ["Failed to create validation context."]
        }
        defer { xmlSchemaFreeValidCtxt(context) }
        let errors = XMLErrors()
        let code = withExtendedLifetime(errors) {
            xmlSchemaSetValidStructuredErrors(context, XMLErrors.handler, errors.opaque)
            return xmlSchemaValidateDoc(context, document)
        }
        return Self.outcome(isValid: code == 0, errors)
    }

    /// What is wrong with the document according to a document type given as text; empty if it is valid.
    ///
    /// libxml2 completes content models inside the document type while it validates, so it is not shared.
    ///
    /// - Throws: a ``BodyError`` if the document type itself is broken.
    package func violations(ofDocumentType text: [UInt8], name: String) throws(BodyError) -> [String] {
        let errors = XMLErrors()
        guard let documentType = errors.collect({ Self.read(text) }) else {
            throw BodyError(
                .configuration,
                "XML: Failed to load DTD: \(name)",
                detail: errors.messages.first
            )
        }
        defer { xmlFreeDtd(documentType) }
        guard let document, error == nil else {
            return [Self.notWellFormed]
        }
        guard let context = xmlNewValidCtxt() else {
            return ["Failed to create validation context."]
        }
        defer { xmlFreeValidCtxt(context) }
        let code = errors.collect { xmlValidateDtd(context, document, documentType) }
        return Self.outcome(isValid: code == 1, errors)
    }

    private static let notWellFormed = "Content is not well formed."

    private static func outcome(isValid: Bool, _ errors: XMLErrors) -> [String] {
        if isValid {
            return []
        }
        return errors.messages.isEmpty ? ["Validation failed."] : errors.messages
    }

    private static func read(_ text: [UInt8]) -> xmlDtdPtr? {
        guard XMLLibrary.isReady, let length = Int32(exactly: text.count) else {
            return nil
        }
        return text.withUnsafeBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            guard let input = xmlParserInputBufferCreateMem(start, length, XML_CHAR_ENCODING_NONE) else {
                return nil
            }
            return xmlIOParseDTD(nil, input, XML_CHAR_ENCODING_NONE)
        }
    }
}
