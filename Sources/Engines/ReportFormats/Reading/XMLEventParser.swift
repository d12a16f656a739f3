// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import CLibXML2
internal import Glibc

/// libxml2's parser, which writes what it comes across to a tape.
///
/// Its events cost a third of what its own reader costs, which makes a tree of nodes and takes it apart again.
final class XMLEventParser {
    private(set) var tape: XMLTape
    /// Why the document is not read on.
    private(set) var failure: ReportError?
    private var context: xmlParserCtxtPtr?
    private var handler = xmlSAXHandler()
    /// The elements that are open, as places on the tape; -1 for those that are no longer on it.
    private var open: [Int] = []
    private var message: (line: Int, text: String)?
    private var hasBegun = false
    private static let maximumDepth = 256
    private static let maximumAttributes = 1000
    /// The most bytes that the parser may hold back, waiting for the end of a tag.
    private static let maximumPending = 24 << 20

    init() throws {
        tape = XMLTape(nil)
        setHandler()
    }

    deinit {
        xmlFreeParserCtxt(context)
    }

    /// The line, from 1, that the parser has come to.
    var line: Int {
        context?.pointee.input.map { Int($0.pointee.line) } ?? 1
    }

    /// Forgets the nodes before a place, which nobody but elements that were handed out looks at.
    func discard(to place: Int) {
        guard place > 0 else {
            return
        }
        if isKnownUniquelyReferenced(&tape) {
            tape.discard(to: place)
        } else {
            tape = tape.tail(from: place)
        }
        for index in open.indices {
            open[index] = open[index] >= place ? open[index] - place : -1
        }
    }

    /// Takes the next bytes of the document.
    func parse(_ piece: UnsafeRawBufferPointer, isLast: Bool) {
        var rest = piece.bindMemory(to: CChar.self)[...]
        if !hasBegun {
            hasBegun = true
            // The first four bytes tell the encoding.
            begin(UnsafeBufferPointer(rebasing: rest.prefix(4)))
            rest = rest.dropFirst(4)
        }
        guard let context, failure == nil else {
            return
        }
        let bytes = UnsafeBufferPointer(rebasing: rest)
        var result = xmlParseChunk(context, bytes.baseAddress, Int32(clamping: bytes.count), 0)
        if result == 0, isLast {
            result = xmlParseChunk(context, nil, 0, 1)
        }
        guard failure == nil else {
            return
        }
        if result != 0 || context.pointee.wellFormed == 0 {
            fail(message?.text ?? "the XML is broken", at: message?.line)
        } else if let input = context.pointee.input, input.pointee.end - input.pointee.cur > Self.maximumPending {
            failure = ReportError(.tooLarge, "one tag is longer than \(Self.maximumPending) bytes", at: .line(line))
        }
    }

    private func begin(_ start: UnsafeBufferPointer<CChar>) {
        let owner = Unmanaged.passUnretained(self).toOpaque()
        context = xmlCreatePushParserCtxt(&handler, owner, start.baseAddress, Int32(start.count), nil)
        guard let context else {
            failure = ReportError(.malformed, "the XML reader could not start")
            return
        }
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
            | XML_PARSE_HUGE.rawValue
        xmlCtxtUseOptions(context, Int32(bitPattern: options))
        tape = XMLTape(context.pointee.dict)
    }

    private func fail(_ text: String, at line: Int? = nil) {
        if failure == nil {
            failure = ReportError(.malformed, text, at: .line(line ?? self.line))
        }
        xmlStopParser(context)
    }

    // MARK: Events

    private func setHandler() {
        handler.initialized = UInt32(XML_SAX2_MAGIC)
        handler.startElementNs = { context, name, prefix, space, spaces, _, count, defaulted, attributes in
            // Those that a document type adds stand last; a long one would multiply with each element.
            let written = Int(count) - Int(defaulted)
            XMLEventParser.owner(context)?.start(name, prefix, space, Int(spaces), written, attributes)
        }
        handler.endElementNs = { context, _, _, _ in
            XMLEventParser.owner(context)?.end()
        }
        let text: charactersSAXFunc = { context, text, count in
            XMLEventParser.owner(context)?.add(.text, text, Int(count))
        }
        // The same for both, or libxml2 guesses which white space may be ignored.
        handler.characters = text
        handler.ignorableWhitespace = text
        handler.cdataBlock = { context, text, count in
            XMLEventParser.owner(context)?.add(.cdata, text, Int(count))
        }
        handler.entityDecl = { context, _, _, _, _, _ in
            XMLEventParser.owner(context)?.fail("the document declares entities, which are not read")
        }
        handler.unparsedEntityDecl = { context, _, _, _, _ in
            XMLEventParser.owner(context)?.fail("the document declares entities, which are not read")
        }
        handler.reference = { context, _ in
            XMLEventParser.owner(context)?.fail("the document refers to an entity that it does not have")
        }
        handler.serror = { context, error in
            guard let error, let owner = XMLEventParser.owner(context), owner.message == nil,
                let text = error.pointee.message
            else {
                return
            }
            owner.message = (Int(error.pointee.line), String(cString: text).trimmingSpace().firstLine)
        }
    }

    private static func owner(_ context: UnsafeMutableRawPointer?) -> XMLEventParser? {
        context.map { Unmanaged<XMLEventParser>.fromOpaque($0).takeUnretainedValue() }
    }

    private func start(
        _ name: UnsafePointer<UInt8>?,
        _ prefix: UnsafePointer<UInt8>?,
        _ space: UnsafePointer<UInt8>?,
        _ spaces: Int,
        _ count: Int,
        _ attributes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
    ) {
        dropBlankText()
        guard open.count <= Self.maximumDepth else {
            return fail("elements nest deeper than \(Self.maximumDepth)")
        }
        guard spaces + count <= Self.maximumAttributes else {
            return fail("an element has more than \(Self.maximumAttributes) attributes")
        }
        let tape = tape
        let place = tape.bytes.count
        let line = UInt32(clamping: self.line)
        let depth = UInt32(open.count)
        open.append(tape.nodes.count)
        tape.nodes.append(
            .init(
                kind: .element,
                start: place,
                end: place,
                line: line,
                depth: depth,
                name: name,
                space: space,
                isPrefixed: prefix != nil
            )
        )
        guard let attributes else {
            return
        }
        // Five pointers each: name, prefix, space, and the value's begin and end.
        for index in 0..<count {
            let parts = attributes + 5 * index
            guard let begin = parts[3], let end = parts[4] else { continue }
            let start = tape.bytes.count
            Self.appendValue(UnsafeBufferPointer(start: begin, count: end - begin), to: tape)
            tape.nodes.append(
                .init(
                    kind: .attribute,
                    start: start,
                    end: tape.bytes.count,
                    line: line,
                    depth: depth + 1,
                    name: parts[0],
                    space: parts[2],
                    isPrefixed: parts[1] != nil
                )
            )
        }
    }

    /// In the value of an attribute, libxml2 writes an ampersand as a reference to its number.
    private static func appendValue(_ value: UnsafeBufferPointer<UInt8>, to tape: XMLTape) {
        guard let base = value.baseAddress, memchr(base, 0x26, value.count) != nil else {
            tape.bytes.append(contentsOf: value)
            return
        }
        var index = 0
        while index < value.count {
            tape.bytes.append(value[index])
            index += value[index...].starts(with: "&#38;".utf8) ? 5 : 1
        }
    }

    private func end() {
        dropBlankText()
        if let place = open.popLast(), place >= 0 {
            let tape = tape
            tape.nodes[place].next = tape.nodes.count
        }
    }

    private func add(_ kind: XMLTape.Kind, _ text: UnsafePointer<UInt8>?, _ count: Int) {
        guard let text, !open.isEmpty else {
            return
        }
        let tape = tape
        let piece = UnsafeBufferPointer(start: text, count: count)
        // A text may come in several parts.
        let last = tape.nodes.count - 1
        if kind == .text, isGrowing, last >= 0, tape.nodes[last].kind == .text {
            tape.bytes.append(contentsOf: piece)
            tape.nodes[last].end = tape.bytes.count
            return
        }
        dropBlankText()
        let start = tape.bytes.count
        tape.bytes.append(contentsOf: piece)
        tape.nodes.append(
            .init(
                kind: kind,
                start: start,
                end: tape.bytes.count,
                line: UInt32(clamping: line),
                depth: UInt32(open.count)
            )
        )
        isGrowing = kind == .text
    }

    /// Whether the last node is a text that may go on.
    private var isGrowing = false

    /// Takes back a text that is white space alone, as it stands between elements.
    private func dropBlankText() {
        guard isGrowing else {
            return
        }
        isGrowing = false
        let tape = tape
        let last = tape.nodes.count - 1
        guard last >= 0 else {
            return
        }
        let node = tape.nodes[last]
        guard node.kind == .text else {
            return
        }
        let bytes = tape.bytes.elements
        for index in node.start..<node.end where bytes[index] > 0x20 {
            return
        }
        tape.nodes.removeLast(1)
        tape.bytes.removeLast(node.end - node.start)
    }
}
