// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Reads XML of any size through libxml2's parser, holding one piece and one element of it at a time.
///
/// No network, no external document types or entities, no XInclude; a document type in the file may describe elements,
/// as Burp's does, but a document that declares an entity is refused, so none is ever replaced. At most 256 levels and
/// 1,000 attributes per element.
final class XMLPullReader {
    private let source: any ByteSource
    private var parser: XMLEventParser
    /// The node that was gone to last, and the one behind it.
    private var current = -1
    private var place = 0
    private var isAtEnd = false
    private let buffer: UnsafeMutableRawBufferPointer
    /// The bytes that are given to libxml2 at once.
    private static let pieceBytes = 64 << 10
    /// The most bytes of text, and of nodes, of one element that is read as a whole.
    private static let maximumElementBytes = 24 << 20

    init(_ source: any ByteSource) throws {
        self.source = source
        parser = try XMLEventParser()
        buffer = .allocate(byteCount: Self.pieceBytes, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    /// Goes back to the beginning.
    func rewind() throws {
        try source.rewind()
        parser = try XMLEventParser()
        current = -1
        place = 0
        isAtEnd = false
    }

    /// The line, from 1, of the current node; where there is none, the line that the parser has come to.
    var line: Int { current < 0 ? parser.line : Int(parser.tape.nodes[current].line) }

    var depth: Int { current < 0 ? 0 : Int(parser.tape.nodes[current].depth) }

    /// The name of the current element, without its prefix.
    var name: String { current < 0 ? "" : parser.tape.name(of: current) }

    var namespace: String {
        current < 0 ? "" : parser.tape.nodes[current].space.map { String(cString: $0) } ?? ""
    }

    /// An attribute of the current element that has no prefix.
    func attribute(_ name: StaticString) -> String? {
        attribute(XMLTape.bytes(of: name))
    }

    /// An attribute whose name the program does not know beforehand.
    func attribute(named name: String) -> String? {
        XMLTape.withBytes(of: name) { attribute($0) }
    }

    private func attribute(_ name: UnsafeBufferPointer<UInt8>) -> String? {
        guard current >= 0, let found = parser.tape.attribute(name, of: current),
            !parser.tape.nodes[found].isPrefixed
        else {
            return nil
        }
        return parser.tape.text(of: found)
    }

    // MARK: Walking

    /// Goes to the next start of an element; false at the end of the document.
    func nextElement() throws -> Bool {
        while true {
            while place < parser.tape.nodes.count {
                defer { place += 1 }
                if parser.tape.nodes[place].kind == .element {
                    current = place
                    return true
                }
            }
            guard try readMore(keeping: place) else {
                current = -1
                return false
            }
        }
    }

    /// Calls `body` with the name of each element of the document in its order; where it has read the element, that
    /// one's parts are left out.
    func forEachElement(_ body: (String) throws -> Void) throws {
        while try nextElement() {
            try body(name)
        }
    }

    /// Reads the current element as a whole.
    func readElement() throws -> XMLElement {
        guard current >= 0 else {
            throw error("an element is missing")
        }
        while parser.tape.nodes[current].next == 0 {
            guard try readMore(keeping: current) else {
                throw error("the document ends inside an element")
            }
        }
        try checkSize(to: parser.tape.nodes[current].next)
        place = parser.tape.nodes[current].next
        return XMLElement(parser.tape, at: current)
    }

    /// Gives libxml2 another piece.
    ///
    /// - Parameter kept: the first node that is still wanted.
    /// - Returns: whether there was one.
    private func readMore(keeping kept: Int) throws -> Bool {
        // All that was read before an error is handed on first.
        if let failure = parser.failure {
            throw failure
        }
        guard !isAtEnd else {
            return false
        }
        if current == kept {
            try checkSize(to: parser.tape.nodes.count)
        }
        parser.discard(to: kept)
        place -= kept
        current = current >= kept ? current - kept : -1
        let count = try fill()
        isAtEnd = count < buffer.count
        parser.parse(UnsafeRawBufferPointer(rebasing: buffer[..<count]), isLast: isAtEnd)
        return true
    }

    /// Gives libxml2 whole buffers, so that it does the same however the source is cut.
    private func fill() throws -> Int {
        var count = 0
        while count < buffer.count {
            let more = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            guard more > 0 else {
                break
            }
            count += more
        }
        return count
    }

    /// Looks how long the current element is, up to a node.
    private func checkSize(to end: Int) throws {
        let tape = parser.tape
        let bytes = (end < tape.nodes.count ? tape.nodes[end].start : tape.bytes.count) - tape.nodes[current].start
        guard bytes + 64 * (end - current) <= Self.maximumElementBytes else {
            throw ReportError(
                .tooLarge,
                "one element is longer than \(Self.maximumElementBytes) bytes",
                at: .line(line)
            )
        }
    }

    private func error(_ text: String) -> ReportError {
        ReportError(.malformed, text, at: .line(line))
    }
}
