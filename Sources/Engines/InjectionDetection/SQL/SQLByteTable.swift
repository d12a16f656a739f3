// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the first byte of a token says about how to read it.
enum SQLByteClass: UInt8 {
    case white
    case word
    case number
    case quote
    case backtick
    case symbol
    case singleOperator
    case pairedOperator
    case dash
    case slash
    case hash
    case dollar
    case at
    case bracket
    case backslash
    case other
    case binaryPrefix
    case escapePrefix
    case nationalPrefix
    case oraclePrefix
    case unicodePrefix
    case hexPrefix
}

/// What else holds for a byte inside a token.
///
/// A zero byte belongs to every set: the published algorithm looks bytes up in zero-terminated lists and finds the
/// terminator.
struct SQLByteTraits: OptionSet {
    let rawValue: UInt8

    static let endsWord = Self(rawValue: 1)
    static let splitsWord = Self(rawValue: 2)
    static let endsVariable = Self(rawValue: 4)
    static let white = Self(rawValue: 8)
    static let hexDigit = Self(rawValue: 16)
    static let binaryDigit = Self(rawValue: 32)
    static let amount = Self(rawValue: 64)
    static let letter = Self(rawValue: 128)
}

/// Class and traits of each of the 256 bytes, built once.
struct SQLByteTable: @unchecked Sendable {
    /// 256 classes, never written after `init`.
    let classes: UnsafePointer<SQLByteClass>
    /// 256 sets of traits, never written after `init`.
    let traits: UnsafePointer<SQLByteTraits>

    init() {
        let classes = UnsafeMutablePointer<SQLByteClass>.allocate(capacity: 256)
        let traits = UnsafeMutablePointer<SQLByteTraits>.allocate(capacity: 256)
        for byte in UInt8.min...UInt8.max {
            classes[Int(byte)] = Self.class(of: byte)
            traits[Int(byte)] = []
        }
        func add(_ trait: SQLByteTraits, to bytes: StaticString) {
            for byte in UnsafeBufferPointer(start: bytes.utf8Start, count: bytes.utf8CodeUnitCount) {
                traits[Int(byte)].insert(trait)
            }
        }
        add(.endsWord, to: "\0 []{}<>:\\?=@!#~+-*/&|^%(),';\t\n\u{b}\u{c}\r\"")
        add(.endsVariable, to: "\0 <>:\\?=@!#~+-*/&|^%(),';\t\n\u{b}\u{c}\r'`\"")
        add(.splitsWord, to: ".`")
        add(.white, to: "\0 \t\n\u{b}\u{c}\r")
        add(.hexDigit, to: "\u{0}0123456789ABCDEFabcdef")
        add(.binaryDigit, to: "\u{0}01")
        add(.amount, to: "\u{0}0123456789.,")
        add(.letter, to: "\0ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        traits[Self.latin1Space].formUnion([.endsWord, .white])
        self.classes = UnsafePointer(classes)
        self.traits = UnsafePointer(traits)
    }

    /// The no-break space of ISO 8859-1, white space to MySQL.
    private static let latin1Space = 0xa0

    private static func `class`(of byte: UInt8) -> SQLByteClass {
        switch byte {
        case 0...0x20, 0x7f, 0xa0: .white
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): .number
        case UInt8(ascii: "'"), UInt8(ascii: "\""): .quote
        case UInt8(ascii: "`"): .backtick
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "{"),
            UInt8(ascii: "}"):
            .symbol
        case UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "^"), UInt8(ascii: "="), UInt8(ascii: "~"):
            .singleOperator
        case UInt8(ascii: "!"), UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: ":"), UInt8(ascii: "<"),
            UInt8(ascii: ">"), UInt8(ascii: "|"):
            .pairedOperator
        case UInt8(ascii: "-"): .dash
        case UInt8(ascii: "/"): .slash
        case UInt8(ascii: "#"): .hash
        case UInt8(ascii: "$"): .dollar
        case UInt8(ascii: "@"): .at
        case UInt8(ascii: "["): .bracket
        case UInt8(ascii: "\\"): .backslash
        case UInt8(ascii: "?"), UInt8(ascii: "]"): .other
        case UInt8(ascii: "b"), UInt8(ascii: "B"): .binaryPrefix
        case UInt8(ascii: "e"), UInt8(ascii: "E"): .escapePrefix
        case UInt8(ascii: "n"), UInt8(ascii: "N"): .nationalPrefix
        case UInt8(ascii: "q"), UInt8(ascii: "Q"): .oraclePrefix
        case UInt8(ascii: "u"), UInt8(ascii: "U"): .unicodePrefix
        case UInt8(ascii: "x"), UInt8(ascii: "X"): .hexPrefix
        default: .word
        }
    }
}
