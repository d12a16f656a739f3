// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A condition as it is written, before fields and macros are looked up.
///
/// The grammar is that of falcosecurity/libs (`userspace/libsinsp/filter/parser.h`).
indirect enum ConditionNode: Sendable {
    case and([ConditionNode])
    case or([ConditionNode])
    case not(ConditionNode)
    /// A name that stands for a macro.
    case macro(String, at: TextPosition)
    case check(ConditionCheck)
}

/// One comparison.
struct ConditionCheck: Sendable {
    /// The right side.
    enum Right: Sendable {
        /// Of `exists`, which has none.
        case none
        case value([UInt8])
        case list([[UInt8]])
        case operand(ConditionOperand)
    }

    var left: ConditionOperand
    var comparison: Comparison
    var modifier: ListModifier?
    var right: Right
    var position: TextPosition
}

/// What is compared: a field, or what a transformer makes of fields and constants.
indirect enum ConditionOperand: Sendable, Hashable {
    case field(name: String, argument: [UInt8]?, at: TextPosition)
    case transformed(Transformer, [ConditionOperand], argument: [UInt8]?, at: TextPosition)
    case text([UInt8])
    case number([UInt8])
    case list([ConditionOperand])

    var position: TextPosition {
        switch self {
        case .field(_, _, let position), .transformed(_, _, _, let position): position
        case .text, .number, .list: TextPosition()
        }
    }
}

/// Functions over values.
enum Transformer: String, Sendable, Hashable, CaseIterable {
    case toLower = "tolower"
    case toUpper = "toupper"
    case base64 = "b64"
    case baseName = "basename"
    case length = "len"
    case join
    case concatenation = "concat"
    case option = "getopt"
}

/// How many elements of a list on the right side must match.
enum ListModifier: String, Sendable, Hashable, CaseIterable {
    case oneOf = "oneof"
    case anyOf = "anyof"
    case allOf = "allof"
}

enum Comparison: String, Sendable, Hashable, CaseIterable {
    case exists
    case lessOrEqual = "<="
    case less = "<"
    case greaterOrEqual = ">="
    case greater = ">"
    case equal = "="
    case notEqual = "!="
    case glob
    case globCaseless = "iglob"
    case contains
    case containsCaseless = "icontains"
    case containsHex = "bcontains"
    case startsWith = "startswith"
    case startsWithHex = "bstartswith"
    case endsWith = "endswith"
    case regex
    case intersects
    case inList = "in"
    case pathMatch = "pmatch"

    /// The operator of a name, as exceptions write it; `==` is `=`.
    init?(name: String) {
        if name == "==" {
            self = .equal
        } else {
            self.init(rawValue: name)
        }
    }

    /// Whether a list stands on the right side.
    var takesList: Bool { self == .intersects || self == .inList || self == .pathMatch }

    var isOrder: Bool {
        switch self {
        case .lessOrEqual, .less, .greaterOrEqual, .greater: true
        default: false
        }
    }
}

/// A place in a text.
struct TextPosition: Sendable, Hashable {
    /// From 0.
    var line = 0
    /// From 0, in bytes.
    var column = 0
    /// In bytes.
    var offset = 0
}

/// Why a condition cannot be read.
struct ConditionError: Error, Sendable {
    var message: String
    var position: TextPosition
    /// Whether it only names a field or an event type that this version does not know.
    var isUnknownName = false
}
