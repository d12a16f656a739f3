// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Answering predicates that are not bits of a group.
extension RuleMatcher where Reader: ~Copyable {
    /// Asks a predicate of this event; an absent value answers no.
    mutating func evaluate(_ number: Int, _ reader: inout Reader) -> Bool {
        let predicate = tables.predicates.start[number]
        let operand = Int(predicate.operand)
        if predicate.kind == .bit {
            return bit(Int(predicate.other), Int(predicate.first), &reader)
        }
        if predicate.kind == .operands {
            return compareOperands(predicate, &reader)
        }
        guard tables.operands.start[operand].isMultiple else {
            let value = value(operand, &reader)
            guard !value.isAbsent else { return false }
            return predicate.kind == .exists || passes(value, predicate)
        }
        guard fill(operand, &reader) else { return false }
        switch predicate.kind {
        case .exists: return true
        case .allTexts, .allNumbers:
            for index in 0..<values.count where !passes(values[index], predicate) {
                return false
            }
            // An empty list is in every list.
            return true
        default:
            for index in 0..<values.count where passes(values[index], predicate) {
                return true
            }
            return false
        }
    }

    /// Whether one value passes.
    private mutating func passes(_ value: FieldValue, _ predicate: RuntimePredicate) -> Bool {
        switch predicate.kind {
        case .exists: return true
        case .numberAmong, .allNumbers: return isAmong(value, predicate)
        case .numberDiffers: return bits(of: value) != predicate.number
        case .signedOrder: return predicate.comparison.holds(value.signedValue, Int64(bitPattern: predicate.number))
        case .unsignedOrder: return predicate.comparison.holds(bits(of: value), predicate.number)
        case .doubleOrder:
            return predicate.comparison.holds(value.doubleValue, Double(bitPattern: predicate.number))
        case .address: return isInRanges(value, predicate)
        case .text, .allTexts:
            return value.kind == .bytes && passes(value.bytes, program.singleTests[Int(predicate.first)])
        case .textDiffers:
            return value.kind == .bytes && !passes(value.bytes, program.singleTests[Int(predicate.first)])
        case .exactlyOne:
            guard value.kind == .bytes else { return false }
            var count = 0
            for place in Int(predicate.first)..<Int(predicate.first + predicate.count)
            where passes(value.bytes, program.singleTests[place]) {
                count += 1
            }
            return count == 1
        case .dynamic: return passesDynamically(value, predicate)
        case .bit, .operands: return false
        }
    }

    // MARK: Numbers and addresses

    /// A number's bits, of whatever kind it is.
    @inline(__always)
    private func bits(of value: FieldValue) -> UInt64 { value.unsignedValue }

    private func isAmong(_ value: FieldValue, _ predicate: RuntimePredicate) -> Bool {
        guard value.kind != .bytes, value.kind != .ipv4, value.kind != .ipv6 else { return false }
        let bits = bits(of: value)
        let start = tables.numbers.start + Int(predicate.first)
        // Lists of ports are short; longer ones are sorted.
        if predicate.count <= 8 {
            for place in 0..<Int(predicate.count) where start[place] == bits {
                return true
            }
            return false
        }
        var low = 0
        var high = Int(predicate.count)
        while low < high {
            let middle = (low + high) / 2
            if start[middle] < bits {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < Int(predicate.count) && start[low] == bits
    }

    private func isInRanges(_ value: FieldValue, _ predicate: RuntimePredicate) -> Bool {
        let address: UInt128
        switch value.kind {
        case .ipv4: address = 0xFFFF_0000_0000 | UInt128(value.ipv4Bits)
        case .ipv6: address = value.ipv6Bits
        default: return false
        }
        let isIPv4 = address >> 32 == 0xFFFF
        for place in Int(predicate.first)..<Int(predicate.first + predicate.count) {
            let range = tables.ranges.start + place
            if range.pointee.first <= address, address <= range.pointee.last, range.pointee.isIPv4 == isIPv4 {
                return true
            }
        }
        return false
    }

    // MARK: Texts

    private mutating func passes(_ text: UnsafeRawBufferPointer, _ single: SingleTextTest) -> Bool {
        switch single.test {
        case .among(let values):
            return values.contains { $0.count == text.count && $0.elementsEqual(text) }
        case .hasPrefix(let prefixes): return prefixes.contains { text.starts(with: $0) }
        case .hasSuffix(let suffixes): return suffixes.contains { text.reversed().starts(with: $0.reversed()) }
        case .contains(let parts): return parts.contains { TextMatch.contains(text, $0, isCaseless: false) }
        case .containsCaseless(let parts): return parts.contains { TextMatch.contains(text, $0, isCaseless: true) }
        case .pathPrefix(let prefixes):
            return prefixes.contains { $0.withUnsafeBufferPointer { TextMatch.pathPrefix($0, text) } }
        case .glob(let pattern, let isCaseless):
            return pattern.withUnsafeBufferPointer { TextMatch.glob($0, text, isCaseless: isCaseless) }
        case .regex: return passesRegex(text, single)
        case .order(let comparison, let value):
            return TextTest.holds(comparison, text.lexicographicallyPrecedes(value), text.elementsEqual(value))
        }
    }

    private mutating func passesRegex(_ text: UnsafeRawBufferPointer, _ single: SingleTextTest) -> Bool {
        guard let regex = single.regex else { return false }
        switch regex.firstMatch(in: text.bindMemory(to: UInt8.self), scratch: regexScratch) {
        case .match: return true
        case .noMatch: return false
        case .limitExceeded, .failed:
            regexLimits += 1
            return false
        }
    }

    private mutating func passesDynamically(_ value: FieldValue, _ predicate: RuntimePredicate) -> Bool {
        if value.kind == .bytes {
            return passes(value.bytes, program.singleTests[Int(predicate.first)])
        }
        let start = Int(predicate.number)
        let count = Int(tables.numbers[start])
        for place in 0..<count {
            let number = tables.numbers[start + 1 + place]
            switch (predicate.comparison, value.kind) {
            case (.inList, _), (.intersects, _), (.equal, _):
                if bits(of: value) == number { return true }
            case (_, .signed):
                if predicate.comparison.holds(value.signedValue, Int64(bitPattern: number)) { return true }
            default:
                if predicate.comparison.holds(bits(of: value), number) { return true }
            }
        }
        return false
    }

    // MARK: Two operands

    private mutating func compareOperands(_ predicate: RuntimePredicate, _ reader: inout Reader) -> Bool {
        let left = Int(predicate.operand)
        let right = Int(predicate.other)
        guard tables.operands.start[right].isMultiple else {
            let constant = value(right, &reader)
            guard !constant.isAbsent else { return false }
            guard tables.operands.start[left].isMultiple else {
                let value = value(left, &reader)
                return !value.isAbsent && compare(value, constant, predicate.comparison)
            }
            guard fill(left, &reader) else { return false }
            for index in 0..<values.count where compare(values[index], constant, predicate.comparison) {
                return true
            }
            return false
        }
        return compareLists(left, right, predicate.comparison, &reader)
    }

    /// `in` holds where all values of the left side are among those of the right side, else one pair suffices.
    private mutating func compareLists(
        _ left: Int,
        _ right: Int,
        _ comparison: RuntimeComparison,
        _ reader: inout Reader
    ) -> Bool {
        guard fill(right, &reader) else { return false }
        // Rare enough for a copy.
        let others = (0..<values.count).map { values[$0] }
        let isList = tables.operands.start[left].isMultiple
        var own: [FieldValue] = []
        if isList {
            guard fill(left, &reader) else { return false }
            own = (0..<values.count).map { values[$0] }
        } else {
            let value = value(left, &reader)
            guard !value.isAbsent else { return false }
            own = [value]
        }
        let single: RuntimeComparison = comparison == .inList || comparison == .intersects ? .equal : comparison
        if comparison == .inList {
            return own.allSatisfy { value in others.contains { compare(value, $0, .equal) } }
        }
        return own.contains { value in others.contains { compare(value, $0, single) } }
    }

    private func compare(_ left: FieldValue, _ right: FieldValue, _ comparison: RuntimeComparison) -> Bool {
        switch (left.kind, right.kind) {
        case (.bytes, .bytes): return compareTexts(left.bytes, right.bytes, comparison)
        case (.signed, .signed): return holds(left.signedValue, right.signedValue, comparison)
        case (.double, .double): return holds(left.doubleValue, right.doubleValue, comparison)
        case (.ipv4, .ipv4), (.bool, .bool), (.unsigned, .unsigned):
            return holds(left.unsignedValue, right.unsignedValue, comparison)
        case (.ipv6, .ipv6): return holds(left.ipv6Bits, right.ipv6Bits, comparison)
        default: return comparison == .notEqual && !left.isAbsent && !right.isAbsent
        }
    }

    private func holds<Number: Comparable>(_ left: Number, _ right: Number, _ comparison: RuntimeComparison) -> Bool {
        comparison.holds(left, right)
    }

    private func compareTexts(
        _ left: UnsafeRawBufferPointer,
        _ right: UnsafeRawBufferPointer,
        _ comparison: RuntimeComparison
    ) -> Bool {
        switch comparison {
        case .equal, .inList, .intersects: left.elementsEqual(right)
        case .notEqual: !left.elementsEqual(right)
        case .less: left.lexicographicallyPrecedes(right)
        case .lessOrEqual: !right.lexicographicallyPrecedes(left)
        case .greater: right.lexicographicallyPrecedes(left)
        case .greaterOrEqual: !left.lexicographicallyPrecedes(right)
        case .startsWith: left.starts(with: right)
        case .endsWith: left.reversed().starts(with: right.reversed())
        case .contains: TextMatch.contains(left, Array(right), isCaseless: false)
        case .containsCaseless: TextMatch.contains(left, right.map(TextMatch.lowercased), isCaseless: true)
        case .glob, .globCaseless:
            TextMatch.glob(right.bindMemory(to: UInt8.self), left, isCaseless: comparison == .globCaseless)
        case .other: false
        }
    }
}
