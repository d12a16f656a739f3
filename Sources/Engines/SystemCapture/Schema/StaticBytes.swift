// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Bytes that live as long as the process: a part of a text that is compiled in.
// Sendable: nobody writes to them.
package struct StaticBytes: @unchecked Sendable, BitwiseCopyable, ExpressibleByStringLiteral {
    package let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// - Parameter bytes: a part of a text that is compiled in.
    package init(partOf bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    package init(_ text: StaticString) {
        bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    package init(stringLiteral text: StaticString) {
        self.init(text)
    }

    package var text: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the bytes are those of a text.
    package func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count == other.count && bytes.elementsEqual(other)
    }
}

/// The lines of a compiled-in text, each split at its blanks.
struct StaticWords: Sequence, IteratorProtocol {
    private var rest: UnsafeBufferPointer<UInt8>

    init(_ text: StaticString) {
        rest = StaticBytes(text).bytes
    }

    /// The words of the next line that has some.
    mutating func next() -> [StaticBytes]? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let words = rest[..<end].split(separator: UInt8(ascii: " "))
            rest = UnsafeBufferPointer(rebasing: rest[Swift.min(end + 1, rest.endIndex)...])
            if !words.isEmpty {
                return words.map { StaticBytes(UnsafeBufferPointer(rebasing: $0)) }
            }
        }
        return nil
    }
}
