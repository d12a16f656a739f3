// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A text with wildcards (Sigma 2.1, "String Wildcard" and "Escaping"): `*` for any run of characters, `?` for one.
struct SigmaPattern: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case bytes([UInt8])
        /// `*`
        case run
        /// `?`, one character: a UTF-8 sequence, or one byte that is none.
        case one
        /// `%name%`, before ``Modifier/expand`` has put its values in.
        case placeholder(String)
    }

    private(set) var parts: [Part] = []

    init(_ parts: [Part]) {
        for part in parts { append(part) }
    }

    /// Reads a value as it stands in a rule. A backslash takes their meaning from `*`, `?` and a backslash; before
    /// anything else, and at the end, it stands for itself.
    init(parsing text: String) {
        var isEscaped = false
        for byte in text.utf8 {
            let isSpecial = byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?")
            if isEscaped {
                isEscaped = false
                if !isSpecial, byte != Self.backslash { append(.bytes([Self.backslash])) }
                append(.bytes([byte]))
            } else if byte == Self.backslash {
                isEscaped = true
            } else if isSpecial {
                append(byte == UInt8(ascii: "*") ? .run : .one)
            } else {
                append(.bytes([byte]))
            }
        }
        if isEscaped { append(.bytes([Self.backslash])) }
    }

    private static let backslash = UInt8(ascii: "\\")

    /// Joins neighbouring texts, and runs.
    mutating func append(_ part: Part) {
        switch (parts.last, part) {
        case (_, .bytes(let new)) where new.isEmpty: break
        case (.bytes(let bytes)?, .bytes(let new)): parts[parts.count - 1] = .bytes(bytes + new)
        case (.run?, .run): break
        default: parts.append(part)
        }
    }

    var hasWildcards: Bool {
        parts.contains { $0 == .run || $0 == .one }
    }

    /// The text where it has neither wildcards nor placeholders.
    var plain: [UInt8]? {
        switch parts.count {
        case 0: return []
        case 1:
            guard case .bytes(let bytes) = parts[0] else { return nil }
            return bytes
        default: return nil
        }
    }

    func prefixed(by part: Part) -> SigmaPattern { SigmaPattern([part] + parts) }
    func suffixed(by part: Part) -> SigmaPattern { SigmaPattern(parts + [part]) }

    /// The same with each text put through a function.
    func mapTexts(_ change: ([UInt8]) -> [UInt8]) -> SigmaPattern {
        SigmaPattern(
            parts.map { part in
                guard case .bytes(let bytes) = part else { return part }
                return .bytes(change(bytes))
            }
        )
    }

    /// Its longest text; the one that is looked for before the pattern is.
    var longestText: [UInt8] {
        var longest: [UInt8] = []
        for case .bytes(let bytes) in parts where bytes.count > longest.count { longest = bytes }
        return longest
    }
}

/// Upper and lower case of letters are the same where the letter is one of ASCII's. Sigma asks for values without
/// regard to case and leaves open how; for ASCII all readings agree, and others would make an event's answer depend on
/// the version of a Unicode table.
enum ASCIIFolding {
    @inline(__always)
    static func fold(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    static func fold(_ bytes: [UInt8]) -> [UInt8] { bytes.map { fold($0) } }
}
