// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The places of JSON documents that stand one behind the other, whether each has a line or several.
///
/// It counts brackets outside of strings, and leaves it to who reads a document to say what is wrong in it.
struct JSONDocuments: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func next() -> Range<Int>? {
        while place < bytes.count, Self.isBlank(bytes[place]) { place += 1 }
        guard place < bytes.count else { return nil }
        let start = place
        var depth = 0
        var isString = false
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if isString {
                if byte == UInt8(ascii: "\\") {
                    place += 1
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth <= 0 { return start..<place }
            // What is no object ends with its line.
            case UInt8(ascii: "\n") where depth == 0: return start..<(place - 1)
            default: break
            }
        }
        place = bytes.count
        return start..<bytes.count
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
