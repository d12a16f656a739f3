// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What kinds of bytes, and of neighbouring bytes, a value holds.
///
/// One pass over a value decides which transformations can change it at all, see ``Transformation/triggers``.
package struct ByteClasses: OptionSet, Sendable, Hashable, BitwiseCopyable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    private init(bit: UInt32) {
        rawValue = 1 << bit
    }

    /// Set for every value, also the empty one.
    package static let any = ByteClasses(bit: 0)
    package static let nul = ByteClasses(bit: 1)
    package static let upper = ByteClasses(bit: 2)
    package static let lower = ByteClasses(bit: 3)
    package static let space = ByteClasses(bit: 4)
    /// Tab, line feed, vertical tab, form feed, carriage return.
    package static let controlSpace = ByteClasses(bit: 5)
    /// The byte 0xA0.
    package static let noBreakSpace = ByteClasses(bit: 6)
    /// The byte 0xC2, with which UTF-8 starts a no-break space.
    package static let c2 = ByteClasses(bit: 7)
    package static let nonASCII = ByteClasses(bit: 8)
    package static let percent = ByteClasses(bit: 9)
    package static let plus = ByteClasses(bit: 10)
    package static let ampersand = ByteClasses(bit: 11)
    package static let backslash = ByteClasses(bit: 12)
    /// `"` or `'`.
    package static let quote = ByteClasses(bit: 13)
    package static let caret = ByteClasses(bit: 14)
    /// `,` or `;`.
    package static let listSeparator = ByteClasses(bit: 15)
    package static let hash = ByteClasses(bit: 16)
    package static let dot = ByteClasses(bit: 17)
    package static let openBracket = ByteClasses(bit: 18)
    /// A byte that `urlEncode` does not leave alone: all but letters, digits and `*`.
    package static let urlUnsafe = ByteClasses(bit: 19)
    /// Two spaces in a row.
    package static let doubleSpace = ByteClasses(bit: 20)
    /// `/*`
    package static let commentOpen = ByteClasses(bit: 21)
    /// `*/`
    package static let commentClose = ByteClasses(bit: 22)
    /// `--`
    package static let dashDash = ByteClasses(bit: 23)
    /// `<!`
    package static let lessExclamation = ByteClasses(bit: 24)
    /// `//`
    package static let slashSlash = ByteClasses(bit: 25)
    /// `/.`
    package static let slashDot = ByteClasses(bit: 26)
    /// `..`
    package static let dotDot = ByteClasses(bit: 27)
    /// A space before `/` or `(`.
    package static let spaceBeforeSlashOrParenthesis = ByteClasses(bit: 28)
    /// `0x` or `0X`
    package static let zeroX = ByteClasses(bit: 29)
    /// White space as the first or the last byte.
    package static let edgeSpace = ByteClasses(bit: 30)
    /// `.` or `=` as the first byte.
    package static let leadingDotOrEquals = ByteClasses(bit: 31)

    /// The classes of a value, in one pass over it.
    package static func classify(_ bytes: UnsafeBufferPointer<UInt8>) -> ByteClasses {
        guard let first = bytes.first, let last = bytes.last else {
            return .any
        }
        var classes = ByteClasses.any
        if ASCII.isSpace(first) || ASCII.isSpace(last) {
            classes.insert(.edgeSpace)
        }
        if first == ASCII.dot || first == UInt8(ascii: "=") {
            classes.insert(.leadingDotOrEquals)
        }
        let found = table.withUnsafeBufferPointer { table in
            var found: UInt32 = 0
            var opened: UInt32 = 0
            for byte in bytes {
                let entry = table[Int(byte)]
                found |= entry.alone | (opened & entry.second)
                opened = entry.first
            }
            return found
        }
        return classes.union(ByteClasses(rawValue: found))
    }

    /// The classes that one byte brings: by itself, as the first and as the second byte of a pair.
    private struct Entry {
        var alone: UInt32 = 0
        var first: UInt32 = 0
        var second: UInt32 = 0
    }

    private static let table: [Entry] = {
        var table = [Entry](repeating: Entry(), count: 256)
        for byte in UInt8.min...UInt8.max {
            table[Int(byte)].alone = classes(of: byte).rawValue
        }
        func pair(_ kind: ByteClasses, _ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) {
            for scalar in first {
                table[Int(UInt8(ascii: scalar))].first |= kind.rawValue
            }
            for scalar in second {
                table[Int(UInt8(ascii: scalar))].second |= kind.rawValue
            }
        }
        pair(.doubleSpace, [" "], [" "])
        pair(.commentOpen, ["/"], ["*"])
        pair(.commentClose, ["*"], ["/"])
        pair(.dashDash, ["-"], ["-"])
        pair(.lessExclamation, ["<"], ["!"])
        pair(.slashSlash, ["/"], ["/"])
        pair(.slashDot, ["/"], ["."])
        pair(.dotDot, ["."], ["."])
        pair(.spaceBeforeSlashOrParenthesis, [" "], ["/", "("])
        pair(.zeroX, ["0"], ["x", "X"])
        return table
    }()

    private static func classes(of byte: UInt8) -> ByteClasses {
        var classes: ByteClasses =
            ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "*") ? [] : .urlUnsafe
        switch byte {
        case 0: classes.insert(.nul)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): classes.insert(.upper)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): classes.insert(.lower)
        case ASCII.space: classes.insert(.space)
        case 0x09...0x0D: classes.insert(.controlSpace)
        case ASCII.percent: classes.insert(.percent)
        case UInt8(ascii: "+"): classes.insert(.plus)
        case UInt8(ascii: "&"): classes.insert(.ampersand)
        case ASCII.backslash: classes.insert(.backslash)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): classes.insert(.quote)
        case UInt8(ascii: "^"): classes.insert(.caret)
        case UInt8(ascii: ","), UInt8(ascii: ";"): classes.insert(.listSeparator)
        case UInt8(ascii: "#"): classes.insert(.hash)
        case ASCII.dot: classes.insert(.dot)
        case UInt8(ascii: "["): classes.insert(.openBracket)
        case ASCII.noBreakSpace: classes.formUnion([.noBreakSpace, .nonASCII])
        case 0xC2: classes.formUnion([.c2, .nonASCII])
        case 0x80...: classes.insert(.nonASCII)
        default: break
        }
        return classes
    }
}
