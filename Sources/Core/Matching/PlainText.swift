// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A regular expression that is nothing but text, as the ones that select names mostly are: `^header_name_`, `__utm`.
struct PlainText: Sendable {
    private let text: [UInt8]
    private let isAnchored: Bool
    private let isCaseless: Bool

    /// - Returns: nil for a pattern that is more than text, or where its flags make `^` hold elsewhere.
    init?(_ pattern: [UInt8], options: Regex.Options) {
        isAnchored = pattern.first == UInt8(ascii: "^")
        guard !(isAnchored && options.contains(.multiline)) else { return nil }
        let text = Array(isAnchored ? pattern.dropFirst() : pattern[...])
        guard !text.isEmpty, text.allSatisfy(Self.isPlain) else { return nil }
        isCaseless = options.contains(.caseless)
        self.text = isCaseless ? text.map(Self.lowercased) : text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    /// Whether the text occurs where it has to.
    func isFound(in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count >= text.count else { return false }
        return text.withUnsafeBufferPointer { text in
            let last = isAnchored ? 0 : bytes.count - text.count
            return (0...last).contains { start in holds(text, bytes, start) }
        }
    }

    private func holds(
        _ text: UnsafeBufferPointer<UInt8>,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ start: Int
    ) -> Bool {
        for index in text.indices {
            let byte = isCaseless ? Self.lowercased(bytes[start + index]) : bytes[start + index]
            if byte != text[index] { return false }
        }
        return true
    }
}
