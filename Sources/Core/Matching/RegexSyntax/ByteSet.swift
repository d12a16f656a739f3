// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A set of byte values.
struct ByteSet: Hashable, Sendable {
    private var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))

    init() {}

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            insert(byte)
        }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.words == right.words
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }

    func contains(_ byte: UInt8) -> Bool {
        word(byte >> 6) >> UInt64(byte & 63) & 1 != 0
    }

    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    mutating func formUnion(_ other: Self) {
        words.0 |= other.words.0
        words.1 |= other.words.1
        words.2 |= other.words.2
        words.3 |= other.words.3
    }

    var inverted: Self {
        var result = Self()
        result.words = (~words.0, ~words.1, ~words.2, ~words.3)
        return result
    }

    var count: Int {
        words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount + words.3.nonzeroBitCount
    }

    /// The members in ascending order.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for index in UInt8(0)..<4 {
            var rest = word(index)
            while rest != 0 {
                bytes.append(index << 6 | UInt8(rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return bytes
    }

    /// With both cases of each ASCII letter.
    var caseFolded: Self {
        // All letters lie in the second word, the lower case 32 bits above the upper one.
        let letters: UInt64 = 0x07FF_FFFE
        let both = (words.1 | words.1 >> 32) & letters
        var result = self
        result.words.1 |= both | both << 32
        return result
    }

    private func word(_ index: UInt8) -> UInt64 {
        switch index {
        case 0: words.0
        case 1: words.1
        case 2: words.2
        default: words.3
        }
    }
}

// MARK: The classes of PCRE2 outside UTF mode, which know ASCII only
extension ByteSet {
    static let all = Self().inverted
    static let notLineFeed = Self([0x0A]).inverted
    static let digit = Self(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let upper = Self(UInt8(ascii: "A")...UInt8(ascii: "Z"))
    static let lower = Self(UInt8(ascii: "a")...UInt8(ascii: "z"))
    static let alpha = upper.union(lower)
    static let alnum = alpha.union(digit)
    static let word = alnum.union(Self([UInt8(ascii: "_")]))
    static let space = Self([0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20])
    static let horizontalSpace = Self([0x09, 0x20, 0xA0])
    static let verticalSpace = Self([0x0A, 0x0B, 0x0C, 0x0D, 0x85])
    static let graph = Self(0x21...0x7E)

    func union(_ other: Self) -> Self {
        var result = self
        result.formUnion(other)
        return result
    }

    /// A class by its POSIX name.
    static func posix(_ name: String) -> Self? {
        switch name {
        case "alpha": alpha
        case "lower": lower
        case "upper": upper
        case "alnum": alnum
        case "ascii": Self(0x00...0x7F)
        case "blank": Self([0x09, 0x20])
        case "cntrl": Self(0x00...0x1F).union(Self([0x7F]))
        case "digit": digit
        case "graph": graph
        case "print": Self(0x20...0x7E)
        case "punct": Self(graph.bytes.filter { !alnum.contains($0) })
        case "space": space
        case "word": word
        case "xdigit":
            digit.union(Self(UInt8(ascii: "a")...UInt8(ascii: "f"))).union(
                Self(UInt8(ascii: "A")...UInt8(ascii: "F"))
            )
        default: nil
        }
    }
}
