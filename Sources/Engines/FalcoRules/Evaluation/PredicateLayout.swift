// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Lays out operands and predicates: constants in pools, and tests of texts in groups that are answered together.
struct PredicateLayout {
    private(set) var operands: [RuntimeOperand] = []
    private(set) var references: [FieldReference] = []
    private(set) var predicates: [RuntimePredicate] = []
    private(set) var numbers: [UInt64] = []
    private(set) var ranges: [AddressRange] = []
    private(set) var groups: [TextGroup] = []
    private(set) var singleTests: [SingleTextTest] = []
    private(set) var scratchWords = 0
    private var keyMemory: [UnsafeMutableRawBufferPointer] = []

    /// What the tests of a group have in common.
    private struct GroupKey: Hashable {
        var operand: Int
        /// Nil for equality.
        var style: ByteAutomaton.Style?
    }

    init(_ conditions: ConditionCompiler) {
        for operand in conditions.operands {
            add(operand)
        }
        var members: [GroupKey: [(predicate: Int, literals: [[UInt8]])]] = [:]
        for (number, predicate) in conditions.predicates.enumerated() {
            if case .text(let operand, let test) = predicate, let (style, literals) = Self.grouped(test) {
                members[GroupKey(operand: operand, style: style), default: []].append((number, literals))
            }
            predicates.append(runtime(predicate))
        }
        for (key, members) in members.sorted(by: { $0.value[0].predicate < $1.value[0].predicate }) {
            for start in stride(from: 0, to: members.count, by: Self.longestGroup) {
                addGroup(key, Array(members[start..<min(start + Self.longestGroup, members.count)]))
            }
        }
    }

    /// The most tests of one group: rows grow with the square of it.
    private static let longestGroup = 4096

    /// The bytes of keys, which belong to the program from now on.
    mutating func takeKeyMemory() -> [UnsafeMutableRawBufferPointer] {
        defer { keyMemory = [] }
        return keyMemory
    }

    private mutating func add(_ operand: OperandSpec) {
        let serial = UInt16(truncatingIfNeeded: references.count)
        var reference = FieldReference(field: 0, serial: 0)
        var kind = RuntimeOperand.Kind.transformed
        if case .field(let number, let argument) = operand.source {
            kind = .field
            switch argument {
            case .none: reference = FieldReference(field: number, serial: serial)
            case .index(let index): reference = FieldReference(field: number, serial: serial, index: index)
            case .key(let key):
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(key.count, 1), alignment: 1)
                memory.copyBytes(from: key)
                keyMemory.append(memory)
                reference = FieldReference(
                    field: number,
                    serial: serial,
                    key: UnsafeRawBufferPointer(rebasing: memory[..<key.count])
                )
            }
            references.append(reference)
        }
        operands.append(
            RuntimeOperand(
                kind: kind,
                isMultiple: operand.cardinality != .one,
                type: operand.type,
                reference: reference
            )
        )
    }

    // MARK: Groups

    /// The style of the group that a test can be part of, and its texts.
    private static func grouped(_ test: TextTest) -> (ByteAutomaton.Style?, [[UInt8]])? {
        switch test {
        case .among(let values): return (nil, values)
        case .hasPrefix(let values): return (.prefix, values)
        case .hasSuffix(let values): return (.suffix, values)
        case .contains(let values): return (.contains, values)
        case .containsCaseless(let values): return (.containsCaseless, values)
        case .pathPrefix(let values):
            return values.allSatisfy(TextTest.isPlainPath) ? (.path, values) : nil
        case .glob, .regex, .order: return nil
        }
    }

    private mutating func addGroup(_ key: GroupKey, _ members: [(predicate: Int, literals: [[UInt8]])]) {
        let wordCount = (members.count + 63) / 64
        var literals: [ByteAutomaton.Literal] = []
        for (bit, member) in members.enumerated() {
            literals += member.literals.map { ByteAutomaton.Literal(bytes: $0, bit: bit) }
        }
        let body: TextGroup.Body
        if let style = key.style {
            // Where it would be too large its tests stay single.
            guard let automaton = ByteAutomaton(style, literals, wordCount: wordCount) else { return }
            body = .automaton(automaton)
        } else {
            body = .table(TextTable(literals, wordCount: wordCount))
        }
        for (bit, member) in members.enumerated() {
            predicates[member.predicate].kind = .bit
            predicates[member.predicate].other = UInt16(truncatingIfNeeded: groups.count)
            predicates[member.predicate].first = UInt32(bit)
        }
        groups.append(TextGroup(operand: key.operand, body: body, wordCount: wordCount, scratch: scratchWords))
        scratchWords += wordCount
    }

    // MARK: Predicates

    private mutating func runtime(_ predicate: PredicateSpec) -> RuntimePredicate {
        let operand = UInt16(truncatingIfNeeded: predicate.operand)
        switch predicate {
        case .exists: return RuntimePredicate(kind: .exists, operand: operand)
        case .text(_, let test): return single(.text, operand, [test])
        case .exactlyOne(_, let tests): return single(.exactlyOne, operand, tests)
        case .allTexts(_, let values): return single(.allTexts, operand, [.among(values)])
        case .textDiffers(_, let value): return single(.textDiffers, operand, [.among([value])])
        case .allNumbers(_, let values): return pooled(.allNumbers, operand, values)
        case .number(_, .among(let values)): return pooled(.numberAmong, operand, values)
        case .number(_, .signedOrder(let comparison, let number)):
            return order(.signedOrder, operand, comparison, UInt64(bitPattern: number))
        case .number(_, .unsignedOrder(let comparison, let number)):
            return order(.unsignedOrder, operand, comparison, number)
        case .number(_, .doubleOrder(let comparison, let bits)):
            return order(.doubleOrder, operand, comparison, bits)
        case .numberDiffers(_, let number):
            return order(.numberDiffers, operand, .notEqual, number)
        case .address(_, let ranges):
            defer { self.ranges += ranges }
            return RuntimePredicate(
                kind: .address,
                operand: operand,
                first: UInt32(self.ranges.count),
                count: UInt32(ranges.count)
            )
        case .operands(_, let comparison, let right):
            return RuntimePredicate(
                kind: .operands,
                comparison: RuntimeComparison(comparison),
                operand: operand,
                other: UInt16(truncatingIfNeeded: right)
            )
        case .dynamic(_, let comparison, let values):
            var predicate = single(.dynamic, operand, [Self.dynamicTest(comparison, values)])
            predicate.comparison = RuntimeComparison(comparison)
            let texts = values.map { String(decoding: $0, as: UTF8.self) }
            predicate.number = UInt64(numbers.count)
            let parsed = texts.compactMap { Int64($0).map { UInt64(bitPattern: $0) } ?? UInt64($0) }
            numbers += [UInt64(parsed.count)] + parsed
            return predicate
        }
    }

    private static func dynamicTest(_ comparison: Comparison, _ values: [[UInt8]]) -> TextTest {
        let value = values.first ?? []
        switch comparison {
        case .startsWith: return .hasPrefix([value])
        case .endsWith: return .hasSuffix([value])
        case .contains: return .contains([value])
        case .containsCaseless: return .containsCaseless([value.map(TextMatch.lowercased)])
        case .glob: return .glob(value, isCaseless: false)
        case .globCaseless: return .glob(value, isCaseless: true)
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return .order(comparison, value)
        default: return .among(values)
        }
    }

    private mutating func single(
        _ kind: RuntimePredicate.Kind,
        _ operand: UInt16,
        _ tests: [TextTest]
    ) -> RuntimePredicate {
        defer { singleTests += tests.map(SingleTextTest.init) }
        return RuntimePredicate(
            kind: kind,
            operand: operand,
            first: UInt32(singleTests.count),
            count: UInt32(tests.count)
        )
    }

    private mutating func pooled(
        _ kind: RuntimePredicate.Kind,
        _ operand: UInt16,
        _ values: [UInt64]
    ) -> RuntimePredicate {
        defer { numbers += values }
        return RuntimePredicate(
            kind: kind,
            operand: operand,
            first: UInt32(numbers.count),
            count: UInt32(values.count)
        )
    }

    private func order(
        _ kind: RuntimePredicate.Kind,
        _ operand: UInt16,
        _ comparison: Comparison,
        _ number: UInt64
    ) -> RuntimePredicate {
        RuntimePredicate(kind: kind, comparison: RuntimeComparison(comparison), operand: operand, number: number)
    }
}
