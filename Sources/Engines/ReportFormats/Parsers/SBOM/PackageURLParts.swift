// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a package URL says without looking at its type's rules: enough to name a component.
struct PackageURLParts {
    var type: String
    var name: String
    var version: String?

    init?(_ text: String) {
        var text = text
        guard let parts = text.withUTF8({ Self.parts($0) }) else {
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

    /// The parts as they are written; nil where there is no type or no name.
    private static func parts(
        _ text: UnsafeBufferPointer<UInt8>
    ) -> (type: String, space: String?, name: String, version: String?)? {
        guard text.starts(with: "pkg:".utf8) else {
            return nil
        }
        var end = text.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? text.count
        var start = 4
        while start < end, text[start] == UInt8(ascii: "/") { start += 1 }
        while end > start, text[end - 1] == UInt8(ascii: "/") { end -= 1 }
        let path = text[start..<end]
        guard let first = path.firstIndex(of: UInt8(ascii: "/")), let last = path.lastIndex(of: UInt8(ascii: "/"))
        else {
            return nil
        }
        let name = path[(last + 1)...].drop { $0 == UInt8(ascii: "@") }
        guard !name.isEmpty else {
            return nil
        }
        let at = name.firstIndex(of: UInt8(ascii: "@")) ?? end
        func part(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String { String(decoding: bytes, as: UTF8.self) }
        return (
            part(path[..<first]), first < last ? part(path[(first + 1)..<last]) : nil, part(name[..<at]),
            at + 1 < end ? part(name[(at + 1)...]) : nil
        )
    }

    private static func decode(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else {
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
