// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Some characters of ASCII, such as those that stand between the parts of a list.
struct ASCIISet: ExpressibleByArrayLiteral {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// - Parameter elements: characters of ASCII; others are left out.
    init(arrayLiteral elements: Unicode.Scalar...) {
        for element in elements where element.value < 128 {
            if element.value < 64 {
                low |= 1 << UInt64(element.value)
            } else {
                high |= 1 << UInt64(element.value - 64)
            }
        }
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 == 1
    }
}

/// A word of at most 16 bytes whatever the case of its ASCII letters, as a number that compares at once.
struct ASCIIWord: Hashable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// Nil for what is longer.
    init?(_ text: some Collection<UInt8>) {
        guard text.count <= 16 else { return nil }
        var shift: UInt64 = 0
        for byte in text {
            let lower = UInt64(byte &- 0x41 < 26 ? byte | 0x20 : byte)
            if shift < 64 {
                low |= lower &<< shift
            } else {
                high |= lower &<< (shift &- 64)
            }
            shift &+= 8
        }
    }

    init?(_ text: String) {
        var text = text
        guard let word = text.withUTF8({ ASCIIWord($0) }) else { return nil }
        self = word
    }
}
