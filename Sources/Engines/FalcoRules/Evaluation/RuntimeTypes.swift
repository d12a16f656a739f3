// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// A predicate as it is asked: constants lie in the program's pools.
struct RuntimePredicate: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        case exists
        /// A bit of a group of tests on one field.
        case bit
        case numberAmong
        case signedOrder
        case unsignedOrder
        case doubleOrder
        case address
        /// A text test that belongs to no group.
        case text
        case allTexts
        case allNumbers
        case textDiffers
        case numberDiffers
        case exactlyOne
        case operands
        case dynamic
    }

    var kind: Kind
    /// Of orders and of two operands.
    var comparison: RuntimeComparison = .equal
    var operand: UInt16
    /// The operand on the right side, or the group.
    var other: UInt16 = 0
    /// The bit in the group, or the place of the first constant in its pool.
    var first: UInt32 = 0
    /// How many constants.
    var count: UInt32 = 0
    /// A number to compare with.
    var number: UInt64 = 0
}

/// The comparisons that are left when conditions are compiled.
enum RuntimeComparison: UInt8, BitwiseCopyable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, contains, containsCaseless, startsWith, endsWith
    case glob, globCaseless, inList, intersects, other

    init(_ comparison: Comparison) {
        switch comparison {
        case .equal: self = .equal
        case .notEqual: self = .notEqual
        case .less: self = .less
        case .lessOrEqual: self = .lessOrEqual
        case .greater: self = .greater
        case .greaterOrEqual: self = .greaterOrEqual
        case .contains, .containsHex: self = .contains
        case .containsCaseless: self = .containsCaseless
        case .startsWith, .startsWithHex: self = .startsWith
        case .endsWith: self = .endsWith
        case .glob: self = .glob
        case .globCaseless: self = .globCaseless
        case .inList: self = .inList
        case .intersects: self = .intersects
        case .exists, .regex, .pathMatch: self = .other
        }
    }

    @inline(__always)
    func holds<Number: Comparable>(_ left: Number, _ right: Number) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .notEqual: left != right
        default: left == right
        }
    }
}

/// What a predicate looks at.
struct RuntimeOperand: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        case field
        case transformed
    }

    var kind: Kind
    /// Whether it may have several values.
    var isMultiple: Bool
    var type: FieldType
    /// The field; of a transformed operand the field of the same number, which nobody reads.
    var reference: FieldReference
}

extension FieldType: BitwiseCopyable {}

/// All text tests of one style on one operand.
struct TextGroup {
    enum Body {
        case table(TextTable)
        case automaton(ByteAutomaton)
    }

    var operand: Int
    var body: Body
    var wordCount: Int
    /// Where its words begin in the matcher's scratch memory.
    var scratch: Int
}

/// A text test outside of groups, with what it needs.
final class SingleTextTest: Sendable {
    let test: TextTest
    let regex: Regex?

    init(_ test: TextTest) {
        self.test = test
        if case .regex(let pattern) = test {
            // It has been compiled before, when the rule was checked.
            regex = try? RegexTest.compile(pattern)
        } else {
            regex = nil
        }
    }
}

/// One step of the compiled conditions: a question with two ways on.
struct Instruction: BitwiseCopyable, Hashable {
    enum Operation: UInt8, BitwiseCopyable {
        /// A bit of a group: word and shift lie in `place`.
        case bit
        /// A predicate, remembered for the event.
        case predicate
        /// A predicate on the event's process, remembered for the process.
        case processPredicate
        /// A part of conditions that several share, remembered for the event.
        case node
        /// The same where it only depends on the process.
        case processNode
        /// A rule matches; goes on at `onTrue`.
        case match
        /// The end of an event's rules or of a shared part; `place` is the answer.
        case finish
    }

    /// The operation in the lowest eight bits, the slot above: sixteen bytes in all, four instructions to a cache line.
    private var head: UInt32
    /// Of `bit` the bit; of predicates their number; of nodes where their code begins; of `match` the rule.
    var place: UInt32
    var onTrue: UInt32
    var onFalse: UInt32

    init(operation: Operation, slot: UInt32 = 0, place: UInt32 = 0, onTrue: UInt32 = 0, onFalse: UInt32 = 0) {
        head = UInt32(operation.rawValue) | slot << 8
        self.place = place
        self.onTrue = onTrue
        self.onFalse = onFalse
    }

    /// The most slots that an instruction can name.
    static let maximumSlots = 1 << 24

    @inline(__always) var operation: Operation {
        unsafeBitCast(UInt8(truncatingIfNeeded: head), to: Operation.self)
    }

    /// Of `bit` the group; of nodes and predicates of processes the slot.
    @inline(__always) var slot: UInt32 { head >> 8 }
}
