// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import CLibXML2

/// An XML element with all that is in it; names come without their prefix.
///
/// It looks at a tape of nodes in place: a text is made when it is asked for. It stays good for as long as somebody has
/// it, as it holds the tape.
struct XMLElement {
    fileprivate let tape: XMLTape
    fileprivate let index: Int

    init(_ tape: XMLTape, at index: Int) {
        self.tape = tape
        self.index = index
    }

    var name: String { tape.name(of: index) }

    /// The line, from 1, on which its start tag ends.
    var line: Int { Int(tape.nodes[index].line) }

    subscript(attribute name: StaticString) -> String? {
        tape.attribute(XMLTape.bytes(of: name), of: index).map { tape.text(of: $0) }
    }

    /// An attribute whose name the program does not know beforehand.
    func attribute(named name: String) -> String? {
        XMLTape.withBytes(of: name) { tape.attribute($0, of: index).map { tape.text(of: $0) } }
    }

    /// The first child with a name.
    subscript(name: StaticString) -> XMLElement? {
        tape.firstChild(XMLTape.bytes(of: name), of: index).map { XMLElement(tape, at: $0) }
    }

    func all(_ name: StaticString) -> [XMLElement] {
        all(XMLTape.bytes(of: name))
    }

    /// The children with a name that the program does not know beforehand.
    func all(named name: String) -> [XMLElement] {
        XMLTape.withBytes(of: name) { all($0) } ?? []
    }

    private func all(_ name: UnsafeBufferPointer<UInt8>) -> [XMLElement] {
        var found: [XMLElement] = []
        tape.forEachChild(of: index) { child in
            if tape.isNamed(name, child) { found.append(XMLElement(tape, at: child)) }
            return true
        }
        return found
    }

    /// Calls `body` with the text of each child with a name, without white space around it; those that are empty are left
    /// out.
    func forEachText(_ name: StaticString, _ body: (String) -> Void) {
        let name = XMLTape.bytes(of: name)
        tape.forEachChild(of: index) { child in
            if tape.isNamed(name, child), let text = tape.ownText(of: child) { body(text) }
            return true
        }
    }

    var children: [XMLElement] {
        var found: [XMLElement] = []
        tape.forEachChild(of: index) { child in
            found.append(XMLElement(tape, at: child))
            return true
        }
        return found
    }

    /// The text of the first child with a name, without white space around it; nil where it is empty.
    func text(_ name: StaticString) -> String? {
        tape.firstChild(XMLTape.bytes(of: name), of: index).flatMap { tape.ownText(of: $0) }
    }

    /// The text without white space around it; nil where it is empty.
    var ownText: String? { tape.ownText(of: index) }

    /// The text directly inside, with that of CDATA sections.
    var text: String { tape.wholeText(of: index) }
}

/// Nodes of a document in its order, flat: an element, then its attributes, then what is in it.
///
/// Texts are runs of one array of bytes. Names belong to the dictionary of the parser, which the tape holds.
final class XMLTape {
    enum Kind: UInt8 {
        case element, attribute, text, cdata
    }

    struct Node: BitwiseCopyable {
        var kind: Kind
        /// The text's run, or that of an attribute's value.
        var start = 0
        var end = 0
        /// The node behind the element; 0 while its end has not come.
        var next = 0
        var line: UInt32 = 0
        /// How many elements it lies in.
        var depth: UInt32 = 0
        /// An element's or attribute's name, ended by a zero byte.
        var name: UnsafePointer<UInt8>?
        /// The name's space, likewise.
        var space: UnsafePointer<UInt8>?
        /// Whether the name has a prefix.
        var isPrefixed = false
    }

    var nodes = GrowingBuffer<Node>(capacity: 1 << 10)
    var bytes = GrowingBuffer<UInt8>(capacity: 64 << 10)
    private let dictionary: xmlDictPtr?

    /// - Parameter dictionary: the parser's, which has all names.
    init(_ dictionary: xmlDictPtr?) {
        self.dictionary = dictionary
        xmlDictReference(dictionary)
    }

    deinit {
        xmlDictFree(dictionary)
    }

    /// The nodes from a place on, with their bytes, as a tape of their own.
    func tail(from place: Int) -> XMLTape {
        let tail = XMLTape(dictionary)
        let base = place < nodes.count ? nodes[place].start : bytes.count
        tail.nodes.append(contentsOf: UnsafeBufferPointer(rebasing: nodes.elements[place...]))
        tail.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes.elements[base...]))
        tail.move(nodes: place, bytes: base)
        return tail
    }

    /// Forgets the nodes before a place.
    func discard(to place: Int) {
        let base = place < nodes.count ? nodes[place].start : bytes.count
        nodes.removeFirst(place)
        bytes.removeFirst(base)
        move(nodes: place, bytes: base)
    }

    private func move(nodes moved: Int, bytes base: Int) {
        for index in 0..<nodes.count {
            nodes[index].start -= base
            nodes[index].end -= base
            nodes[index].next -= nodes[index].next == 0 ? 0 : moved
        }
    }

    // MARK: Looking at it

    func name(of index: Int) -> String {
        nodes[index].name.map { String(cString: $0) } ?? ""
    }

    static func bytes(of name: StaticString) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    }

    /// Calls `body` with the bytes of a name; nil where no name of XML can be that.
    static func withBytes<Answer>(of name: String, _ body: (UnsafeBufferPointer<UInt8>) -> Answer?) -> Answer? {
        var name = name
        return name.withUTF8 { $0.isEmpty || $0.contains(0) ? nil : body($0) }
    }

    func isNamed(_ name: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        Self.equals(nodes[index].name, name)
    }

    /// Whether a name that is ended by a zero byte is this one, which has none.
    @inline(__always)
    private static func equals(_ own: UnsafePointer<UInt8>?, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let own else { return false }
        var index = 0
        // Stops at the zero byte of a shorter name.
        while index < wanted.count {
            guard own[index] == wanted[index] else { return false }
            index += 1
        }
        return own[index] == 0
    }

    /// The attribute of an element with a name.
    func attribute(_ name: UnsafeBufferPointer<UInt8>, of element: Int) -> Int? {
        let nodes = nodes.elements
        var index = element + 1
        while index < nodes.count, nodes[index].kind == .attribute {
            if Self.equals(nodes[index].name, name) { return index }
            index += 1
        }
        return nil
    }

    /// Calls `body` with each child element until it says false.
    func forEachChild(of element: Int, _ body: (Int) -> Bool) {
        let nodes = nodes.elements
        let end = nodes[element].next
        var index = element + 1
        while index < end {
            guard nodes[index].kind == .element else {
                index += 1
                continue
            }
            guard body(index) else { return }
            index = nodes[index].next
        }
    }

    func firstChild(_ name: UnsafeBufferPointer<UInt8>, of element: Int) -> Int? {
        let nodes = nodes.elements
        let end = nodes[element].next
        var index = element + 1
        while index < end {
            let isElement = nodes[index].kind == .element
            if isElement, Self.equals(nodes[index].name, name) { return index }
            index = isElement ? nodes[index].next : index + 1
        }
        return nil
    }

    func text(of index: Int) -> String {
        String(decoding: run(nodes[index].start, nodes[index].end), as: UTF8.self)
    }

    private func run(_ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes.elements[start..<end])
    }

    /// The texts directly in an element, one behind the other.
    func wholeText(of element: Int) -> String {
        let (first, isOnly) = firstText(of: element)
        guard let first else { return "" }
        guard !isOnly else { return text(of: first) }
        var text = ""
        var index = element + 1
        while index < nodes[element].next {
            switch nodes[index].kind {
            case .element: index = nodes[index].next
            case .attribute: index += 1
            case .text, .cdata:
                text += self.text(of: index)
                index += 1
            }
        }
        return text
    }

    func ownText(of element: Int) -> String? {
        let (first, isOnly) = firstText(of: element)
        guard let first else { return nil }
        guard isOnly else { return wholeText(of: element).trimmingSpace().nonEmpty }
        let bytes = bytes.elements
        var (start, end) = (nodes[first].start, nodes[first].end)
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while start < end, bytes[end - 1] <= 0x20 { end -= 1 }
        return start < end ? String(decoding: run(start, end), as: UTF8.self) : nil
    }

    /// The first text directly in an element, and whether there is no other.
    private func firstText(of element: Int) -> (Int?, isOnly: Bool) {
        let nodes = nodes.elements
        let end = nodes[element].next
        var first: Int?
        var index = element + 1
        while index < end {
            switch nodes[index].kind {
            case .element: index = nodes[index].next
            case .attribute: index += 1
            case .text, .cdata:
                guard first == nil else { return (first, false) }
                first = index
                index += 1
            }
        }
        return (first, true)
    }
}
