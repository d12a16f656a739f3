// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a package URL says without looking at its type's rules: enough to name a component.
struct PackageURLParts {
    var type: String
    var name: String
    var version: String?

    init?(_ text: String) {
        var text = text
        let parts = text.withUTF8 { bytes in
            Self.bounds(bytes).map { bounds in
                (
                    type: Self.text(bytes, bounds.type), space: bounds.space.map { Self.text(bytes, $0) },
                    name: Self.text(bytes, bounds.name), version: bounds.version.map { Self.text(bytes, $0) }
                )
            }
        }
        guard let parts else {
            return nil
        }
        type = parts.type
        version = parts.version.map { Self.decode($0) }
        name = Self.decode(parts.name)
        if let space = parts.space {
            let names = space.split(separator: "/").map { Self.decode(String($0)) } + [name]
            name = names.joined(separator: type == "maven" ? ":" : "/")
        }
    }

    /// The type of a package URL; nil where it has no type or no name.
    static func type(of text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes in bounds(bytes).map { Self.text(bytes, $0.type) } }
    }

    /// Where the parts stand; nil where there is no type or no name.
    private static func bounds(
        _ text: UnsafeBufferPointer<UInt8>
    ) -> (type: Range<Int>, space: Range<Int>?, name: Range<Int>, version: Range<Int>?)? {
        guard text.count > 4, text[0] == UInt8(ascii: "p"), text[1] == UInt8(ascii: "k"), text[2] == UInt8(ascii: "g"),
            text[3] == UInt8(ascii: ":")
        else {
            return nil
        }
        var end = 4
        while end < text.count, text[end] != UInt8(ascii: "?"), text[end] != UInt8(ascii: "#") { end += 1 }
        var start = 4
        while start < end, text[start] == UInt8(ascii: "/") { start += 1 }
        while end > start, text[end - 1] == UInt8(ascii: "/") { end -= 1 }
        var first = start
        while first < end, text[first] != UInt8(ascii: "/") { first += 1 }
        guard first < end else {
            return nil
        }
        var last = end - 1
        while text[last] != UInt8(ascii: "/") { last -= 1 }
        var name = last + 1
        while name < end, text[name] == UInt8(ascii: "@") { name += 1 }
        guard name < end else {
            return nil
        }
        var at = name
        while at < end, text[at] != UInt8(ascii: "@") { at += 1 }
        return (start..<first, first < last ? first + 1..<last : nil, name..<at, at + 1 < end ? at + 1..<end : nil)
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>, _ bounds: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[bounds]), as: UTF8.self)
    }

    private static func decode(_ text: String) -> String {
        guard text.holds(UInt8(ascii: "%")) else {
            return text
        }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value, value != 0 {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
