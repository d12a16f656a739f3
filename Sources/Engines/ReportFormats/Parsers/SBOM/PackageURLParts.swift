// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a package URL says without looking at its type's rules: enough to name a component.
struct PackageURLParts {
    var type: String
    var name: String
    var version: String?

    init?(_ text: String) {
        guard let rest = text.dropping(prefix: "pkg:") else {
            return nil
        }
        let path = rest.prefix { $0 != "?" && $0 != "#" }
        let parts = path.split(separator: "/")
        guard parts.count >= 2, let last = parts.last else {
            return nil
        }
        type = String(parts[0])
        let pieces = last.split(separator: "@", maxSplits: 1)
        guard let own = pieces.first else {
            return nil
        }
        version = pieces.count > 1 ? Self.decode(pieces[1]) : nil
        let space = parts.dropFirst().dropLast().map { Self.decode($0) }
        name = (space + [Self.decode(own)]).joined(separator: type == "maven" ? ":" : "/")
    }

    private static func decode(_ text: Substring) -> String {
        guard text.contains("%") else {
            return String(text)
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
