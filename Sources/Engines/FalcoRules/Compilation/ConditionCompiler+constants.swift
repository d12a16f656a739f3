// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Matching

/// Reading constants by the type of the field that they are compared with.
extension ConditionCompiler {
    func textTest(
        _ comparison: Comparison,
        _ values: [[UInt8]],
        _ check: ConditionCheck
    ) throws(ConditionError) -> TextTest {
        let value = values.first ?? []
        switch comparison {
        case .equal, .inList, .intersects: return .among([value])
        case .startsWith: return .hasPrefix([value])
        case .endsWith: return .hasSuffix([value])
        case .contains: return .contains([value])
        case .containsCaseless: return .containsCaseless([value.map(TextMatch.lowercased)])
        case .containsHex: return .contains([try hex(value, check)])
        case .startsWithHex: return .hasPrefix([try hex(value, check)])
        case .glob: return .glob(value, isCaseless: false)
        case .globCaseless: return .glob(value, isCaseless: true)
        case .pathMatch: return .pathPrefix(Set(values).sorted(by: Self.precedes))
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return .order(comparison, value)
        case .regex:
            do throws(RegexError) {
                _ = try RegexTest.compile(value)
            } catch {
                throw ConditionError(message: "invalid regular expression: \(error)", position: check.position)
            }
            return .regex(value)
        case .notEqual, .exists:
            throw ConditionError(message: "'\(comparison.rawValue)' does not go with oneof", position: check.position)
        }
    }

    private func hex(_ value: [UInt8], _ check: ConditionCheck) throws(ConditionError) -> [UInt8] {
        guard let bytes = HexDigits.decode(value) else {
            throw ConditionError(message: "expected hexadecimal digits in pairs", position: check.position)
        }
        return bytes
    }

    // MARK: Numbers

    /// The bits of numbers, sorted.
    func numbers(_ values: [[UInt8]], _ type: FieldType, _ check: ConditionCheck) throws(ConditionError) -> [UInt64] {
        var numbers: Set<UInt64> = []
        for value in values {
            numbers.insert(try number(value, type, check))
        }
        return numbers.sorted()
    }

    private func number(
        _ value: [UInt8],
        _ type: FieldType,
        _ check: ConditionCheck
    ) throws(ConditionError) -> UInt64 {
        let text = String(decoding: value, as: UTF8.self)
        let bits: UInt64? =
            switch type {
            case .bool: text == "true" || text == "1" ? 1 : (text == "false" || text == "0" ? 0 : nil)
            case .double: Double(text).map(\.bitPattern)
            case .signed: Self.signed(text).map { UInt64(bitPattern: $0) }
            case .port:
                (Self.unsigned(text) ?? ServicePorts.number(text).map(UInt64.init)).flatMap { $0 < 65_536 ? $0 : nil }
            default: Self.unsigned(text)
            }
        guard let bits else {
            throw ConditionError(message: "'\(text)' is not \(Self.expected(type))", position: check.position)
        }
        return bits
    }

    private static func expected(_ type: FieldType) -> String {
        switch type {
        case .bool: "true or false"
        case .port: "a port"
        default: "a number"
        }
    }

    private static func unsigned(_ text: String) -> UInt64? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") {
            return UInt64(text.dropFirst(2), radix: 16)
        }
        // Fields of C's unsigned types are compared with -1 where all bits are set.
        return UInt64(text) ?? (text.hasPrefix("-") ? Int64(text).map { UInt64(bitPattern: $0) } : nil)
    }

    private static func signed(_ text: String) -> Int64? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") {
            return UInt64(text.dropFirst(2), radix: 16).map { Int64(bitPattern: $0) }
        }
        return Int64(text)
    }

    func order(
        _ comparison: Comparison,
        _ value: [UInt8],
        _ type: FieldType,
        _ check: ConditionCheck
    ) throws(ConditionError) -> NumberTest {
        let bits = try number(value, type, check)
        switch type {
        case .signed: return .signedOrder(comparison, Int64(bitPattern: bits))
        case .double: return .doubleOrder(comparison, bits)
        default: return .unsignedOrder(comparison, bits)
        }
    }

    // MARK: Addresses

    func ranges(_ values: [[UInt8]], _ check: ConditionCheck) throws(ConditionError) -> [AddressRange] {
        var ranges: Set<AddressRange> = []
        for value in values {
            let text = String(decoding: value, as: UTF8.self)
            do throws(ModelError) {
                let network = try IPNetwork(parsing: text)
                ranges.insert(
                    AddressRange(
                        isIPv4: network.isIPv4,
                        first: network.first.bits,
                        last: network.last.bits
                    )
                )
            } catch {
                throw ConditionError(message: "'\(text)' is not an address or network", position: check.position)
            }
        }
        return ranges.sorted { ($0.first, $0.last) < ($1.first, $1.last) }
    }
}
