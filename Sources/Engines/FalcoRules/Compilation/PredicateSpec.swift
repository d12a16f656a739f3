// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a predicate looks at: a field, or what a transformer makes of others. Equal operands are one.
struct OperandSpec: Hashable, Sendable {
    enum Source: Hashable, Sendable {
        case field(number: UInt16, argument: Argument)
        case transformed(Transformer, [Part], option: [UInt8]?)
    }

    enum Argument: Hashable, Sendable {
        case none
        case index(Int32)
        case key([UInt8])
    }

    /// An operand of a transformer.
    enum Part: Hashable, Sendable {
        case operand(Int)
        case text([UInt8])
    }

    var source: Source
    var type: FieldType
    var cardinality: FieldDefinition.Cardinality
    /// Whether all that goes in belongs to the event's process.
    var isOfProcess: Bool
    /// As in the rule, for explanations and outputs.
    var name: String
}

/// A question about one event, answered at most once per event. Equal questions of all rules are one predicate.
enum PredicateSpec: Hashable, Sendable {
    /// The event has the value.
    case exists(Int)
    /// Any value passes the test.
    case text(Int, TextTest)
    /// Any value passes the test.
    case number(Int, NumberTest)
    /// Any value is one of these addresses or lies in one of these networks.
    case address(Int, [AddressRange])
    /// All values of a list are among these.
    case allTexts(Int, [[UInt8]])
    case allNumbers(Int, [UInt64])
    /// Some value differs; only for ancestors, where that is not the opposite of some value being equal.
    case textDiffers(Int, [UInt8])
    case numberDiffers(Int, UInt64)
    /// Exactly one of the tests passes.
    case exactlyOne(Int, [TextTest])
    /// Two operands of one event.
    case operands(Int, Comparison, Int)
    /// A value whose kind is only known when it is there: by number where it is one, else by text.
    case dynamic(Int, Comparison, [[UInt8]])

    /// The operand on the left side.
    var operand: Int {
        switch self {
        case .exists(let operand), .text(let operand, _), .number(let operand, _), .address(let operand, _),
            .allTexts(let operand, _), .allNumbers(let operand, _), .textDiffers(let operand, _),
            .numberDiffers(let operand, _), .exactlyOne(let operand, _), .operands(let operand, _, _),
            .dynamic(let operand, _, _):
            operand
        }
    }
}

/// A test of one text. Lists are sorted and hold nothing twice, so that equal ones are equal.
enum TextTest: Hashable, Sendable {
    case among([[UInt8]])
    /// Begins with any of these.
    case hasPrefix([[UInt8]])
    case hasSuffix([[UInt8]])
    case contains([[UInt8]])
    /// The literals are in lower case.
    case containsCaseless([[UInt8]])
    /// A path that is one of these or lies below one.
    case pathPrefix([[UInt8]])
    case glob([UInt8], isCaseless: Bool)
    case regex([UInt8])
    case order(Comparison, [UInt8])
}

extension TextTest {
    /// The texts that it looks for, where any of them suffices.
    var literals: [[UInt8]]? {
        switch self {
        case .among(let literals), .hasPrefix(let literals), .hasSuffix(let literals), .contains(let literals),
            .containsCaseless(let literals):
            literals
        case .pathPrefix(let literals):
            literals.allSatisfy(Self.isPlainPath) ? literals : nil
        case .glob, .regex, .order: nil
        }
    }

    /// Whether a path is neither the root, which has every path below it, nor holds a pattern.
    static func isPlainPath(_ path: [UInt8]) -> Bool {
        !TextMatch.isPattern(path) && path.contains { $0 != UInt8(ascii: "/") }
    }

    /// The same kind of test with other texts.
    func joined(_ literals: [[UInt8]]) -> TextTest {
        switch self {
        case .among: .among(literals)
        case .hasPrefix: .hasPrefix(literals)
        case .hasSuffix: .hasSuffix(literals)
        case .contains: .contains(literals)
        case .containsCaseless: .containsCaseless(literals)
        case .pathPrefix: .pathPrefix(literals)
        case .glob, .regex, .order: self
        }
    }
}

/// A test of one number. Numbers are kept as the bits of their type.
enum NumberTest: Hashable, Sendable {
    case among([UInt64])
    case signedOrder(Comparison, Int64)
    case unsignedOrder(Comparison, UInt64)
    case doubleOrder(Comparison, UInt64)
}

/// A run of addresses of one family.
struct AddressRange: Hashable, Sendable, BitwiseCopyable {
    var isIPv4: Bool
    var first: UInt128
    var last: UInt128
}
