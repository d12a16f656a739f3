// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Matching

/// A literal that has to stand at a place of a value.
struct TextLiteral: Hashable, Sendable {
    enum Anchor: UInt8, Hashable, Sendable {
        case anywhere, start, end, whole
    }

    /// As it is compared: in lower case unless `isCased`.
    var bytes: [UInt8]
    var anchor: Anchor
    var isCased: Bool

    init(_ bytes: [UInt8], _ anchor: Anchor, isCased: Bool) {
        self.bytes = isCased ? bytes : ASCIIFolding.fold(bytes)
        self.anchor = anchor
        self.isCased = isCased
    }
}

/// How two numbers are compared.
enum Comparison: String, Hashable, Sendable, CaseIterable {
    case equal = "eq"
    case notEqual = "neq"
    case less = "lt"
    case lessOrEqual = "lte"
    case greater = "gt"
    case greaterOrEqual = "gte"

    @inline(__always)
    func holds(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

/// A part of a date (Sigma 2.1, "Time Modifiers").
enum TimePart: String, Hashable, Sendable, CaseIterable {
    case minute, hour, day, week, month, year
}

/// A regular expression with the options that its rule gives it.
struct SigmaRegex: Hashable, Sendable {
    var pattern: [UInt8]
    var options: Regex.Options
}

/// What a field's value is asked. A field with several values (an array in the event) is asked for each of them, and
/// one that says yes is enough.
enum ValueTest: Hashable, Sendable {
    /// Any of these texts.
    case texts([TextLiteral])
    case glob(SigmaPattern, isCased: Bool)
    case regex(SigmaRegex)
    case number(Comparison, Double)
    case network(IPNetwork)
    /// Not there, or `null`.
    case null
    /// There, whatever it is.
    case exists
    /// There and not `null`: a lone `*`.
    case present
    /// The text of another field stands there.
    case field(String, TextLiteral.Anchor, isCased: Bool)
    case time(TimePart, Comparison, Double)
}

/// A test of a field, or of all values of the event where there is no field.
struct FieldTest: Hashable, Sendable {
    var field: String?
    var test: ValueTest
}

/// What a rule asks of an event, before it is compiled.
indirect enum Detection: Hashable, Sendable {
    case test(FieldTest)
    case all([Detection])
    case any([Detection])
    case not(Detection)

    /// The fields that it asks for, those that it compares with included.
    var fields: Set<String> {
        switch self {
        case .test(let test):
            var names: Set<String> = test.field.map { [$0] } ?? []
            if case .field(let other, _, _) = test.test { names.insert(other) }
            return names
        case .all(let parts), .any(let parts): return parts.reduce(into: []) { $0.formUnion($1.fields) }
        case .not(let part): return part.fields
        }
    }

    /// Parts that are alike are joined, so that a list of a hundred texts is one test.
    static func anyOf(_ parts: [Detection]) -> Detection {
        var literals: [String?: [TextLiteral]] = [:]
        var others: [Detection] = []
        var order: [String?] = []
        for part in parts {
            if case .test(let test) = part, case .texts(let texts) = test.test {
                if literals[test.field] == nil { order.append(test.field) }
                literals[test.field, default: []] += texts
            } else if case .any(let inner) = part {
                others += inner
            } else {
                others.append(part)
            }
        }
        let joined = order.map { Detection.test(FieldTest(field: $0, test: .texts(literals[$0] ?? []))) }
        let all = joined + others
        return all.count == 1 ? all[0] : .any(all)
    }

    static func allOf(_ parts: [Detection]) -> Detection {
        parts.count == 1 ? parts[0] : .all(parts)
    }
}
