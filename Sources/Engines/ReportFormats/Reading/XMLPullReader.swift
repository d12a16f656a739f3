// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import CLibXML2

/// Reads XML of any size through libxml2's reader, holding one element of it at a time.
///
/// No network, no external document types or entities, no XInclude; a document type in the file may describe elements,
/// as Burp's does, but a document that declares an entity is refused, so none is ever replaced. At most 256 levels and
/// 1,000 attributes per element.
final class XMLPullReader {
    private let source: any ByteSource
    private var reader: xmlTextReaderPtr?
    private var failure: (any Error)?
    private var message: (line: Int, text: String)?
    private var textBytes = 0
    private static let maximumDepth = 256
    private static let maximumAttributes = 1000
    /// The most bytes of text, and of nodes, of one element that is read as a whole.
    private static let maximumElementBytes = 24 << 20

    init(_ source: any ByteSource) throws {
        self.source = source
        try open()
    }

    deinit {
        xmlFreeTextReader(reader)
    }

    /// Goes back to the beginning.
    func rewind() throws {
        xmlFreeTextReader(reader)
        reader = nil
        failure = nil
        message = nil
        try source.rewind()
        try open()
    }

    private func open() throws {
        let read: xmlInputReadCallback = { context, buffer, count in
            guard let context, let buffer, count > 0 else {
                return -1
            }
            let owner = Unmanaged<XMLPullReader>.fromOpaque(context).takeUnretainedValue()
            return owner.fill(UnsafeMutableRawBufferPointer(start: buffer, count: Int(count)))
        }
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
            | XML_PARSE_HUGE.rawValue | XML_PARSE_COMPACT.rawValue | XML_PARSE_BIG_LINES.rawValue
        let context = Unmanaged.passUnretained(self).toOpaque()
        reader = xmlReaderForIO(read, nil, context, nil, nil, Int32(bitPattern: options))
        guard let reader else {
            throw ReportError(.malformed, "the XML reader could not start")
        }
        xmlTextReaderSetStructuredErrorHandler(reader, Self.errorHandler, context)
    }

    private static let errorHandler: xmlStructuredErrorFunc = { context, error in
        guard let context, let error else {
            return
        }
        let owner = Unmanaged<XMLPullReader>.fromOpaque(context).takeUnretainedValue()
        guard owner.message == nil, let text = error.pointee.message else {
            return
        }
        owner.message = (Int(error.pointee.line), String(cString: text).trimmingSpace().firstLine)
    }

    /// Gives libxml2 whole buffers, so that it does the same however the source is cut.
    private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int32 {
        do {
            var count = 0
            while count < buffer.count {
                let more = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
                guard more > 0 else {
                    break
                }
                count += more
            }
            return Int32(count)
        } catch {
            failure = error
            return -1
        }
    }

    /// The line, from 1, of the current node; where there is none, the line that the parser has come to.
    var line: Int {
        let line = xmlTextReaderCurrentNode(reader).map { Int(xmlGetLineNo($0)) } ?? 0
        return line > 0 ? line : Int(xmlTextReaderGetParserLineNumber(reader))
    }

    var depth: Int { Int(xmlTextReaderDepth(reader)) }

    /// The name of the current element, without its prefix.
    var name: String { xmlTextReaderConstLocalName(reader).map { String(cString: $0) } ?? "" }

    var namespace: String { xmlTextReaderConstNamespaceUri(reader).map { String(cString: $0) } ?? "" }

    /// An attribute of the current element.
    func attribute(_ name: String) -> String? {
        guard xmlTextReaderMoveToAttribute(reader, name) == 1 else {
            return nil
        }
        defer { xmlTextReaderMoveToElement(reader) }
        return xmlTextReaderConstValue(reader).map { String(cString: $0) }
    }

    // MARK: Walking

    /// Goes to the next start of an element; false at the end of the document.
    func nextElement() throws -> Bool {
        while try step() {
            if nodeType == XML_READER_TYPE_ELEMENT {
                return true
            }
        }
        return false
    }

    /// Calls `body` with the name of each element of the document in its order; where it has read the element, that
    /// one's parts are left out.
    func forEachElement(_ body: (String) throws -> Void) throws {
        while try nextElement() {
            try body(name)
        }
    }

    private var nodeType: xmlReaderTypes {
        xmlReaderTypes(rawValue: UInt32(max(0, xmlTextReaderNodeType(reader))))
    }

    private func step() throws -> Bool {
        let result = xmlTextReaderRead(reader)
        if let failure {
            throw failure
        }
        guard result >= 0 else {
            throw error(message?.text ?? "the XML is broken", at: message?.line)
        }
        if result == 1 {
            try check()
        }
        return result == 1
    }

    private func check() throws {
        guard depth <= Self.maximumDepth else {
            throw error("elements nest deeper than \(Self.maximumDepth)")
        }
        switch nodeType {
        case XML_READER_TYPE_DOCUMENT_TYPE:
            let document = xmlTextReaderCurrentNode(reader).flatMap { node in
                node.withMemoryRebound(to: xmlDtd.self, capacity: 1) { $0.pointee.entities }
            }
            if document != nil {
                throw error("the document declares entities, which are not read")
            }
        case XML_READER_TYPE_ENTITY_REFERENCE:
            throw error("the document refers to an entity that it does not have")
        case XML_READER_TYPE_ELEMENT:
            guard xmlTextReaderAttributeCount(reader) <= Self.maximumAttributes else {
                throw error("an element has more than \(Self.maximumAttributes) attributes")
            }
        default:
            break
        }
    }

    private func error(_ text: String, at line: Int? = nil) -> ReportError {
        ReportError(.malformed, "\(text)", at: .line(line ?? self.line))
    }

    // MARK: Elements

    /// Reads the current element as a whole.
    func readElement() throws -> XMLElement {
        textBytes = 0
        var stack: [XMLElement] = [try startElement()]
        guard xmlTextReaderIsEmptyElement(reader) == 0 else {
            return stack[0]
        }
        while try step() {
            switch nodeType {
            case XML_READER_TYPE_ELEMENT:
                let element = try startElement()
                if xmlTextReaderIsEmptyElement(reader) == 1 {
                    stack[stack.count - 1].children.append(element)
                } else {
                    stack.append(element)
                }
            case XML_READER_TYPE_TEXT, XML_READER_TYPE_CDATA, XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
                guard let text = xmlTextReaderConstValue(reader).map({ String(cString: $0) }) else {
                    continue
                }
                try account(text.utf8.count)
                stack[stack.count - 1].text += text
            case XML_READER_TYPE_END_ELEMENT:
                let element = stack.removeLast()
                guard !stack.isEmpty else {
                    return element
                }
                stack[stack.count - 1].children.append(element)
            default:
                continue
            }
        }
        throw error("the document ends inside an element")
    }

    private func startElement() throws -> XMLElement {
        var element = XMLElement(name: name, line: line)
        try account(64)
        while xmlTextReaderMoveToNextAttribute(reader) == 1 {
            guard let name = xmlTextReaderConstLocalName(reader), let value = xmlTextReaderConstValue(reader) else {
                continue
            }
            let attribute = (name: String(cString: name), value: String(cString: value))
            try account(attribute.value.utf8.count)
            element.attributes.append(attribute)
        }
        xmlTextReaderMoveToElement(reader)
        return element
    }

    private func account(_ count: Int) throws {
        textBytes += count
        guard textBytes <= Self.maximumElementBytes else {
            throw ReportError(
                .tooLarge,
                "one element is longer than \(Self.maximumElementBytes) bytes",
                at: .line(line)
            )
        }
    }
}
