// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Text with variables in it: `Matched %{MATCHED_VAR_NAME}`.
///
/// A macro names one value; of a collection it is the first. An unset variable expands to nothing. What looks like
/// a macro but names no variable stays as it is, as in ModSecurity v2. A `%` right behind a macro belongs to it: old
/// rules write `%{tx.0}%`.
struct Macro: Sendable {
    enum Segment: Sendable {
        case literal([UInt8])
        case variable(Target)
    }

    let segments: [Segment]
    /// The text as it was written.
    let source: [UInt8]

    /// The whole text, where there are no variables in it.
    let literal: [UInt8]?
    /// The number that the whole text starts with, where there are no variables in it.
    let literalNumber: Int64?

    /// The slot of the `TX` variable that is the whole text.
    var onlySlot: Int? {
        guard segments.count == 1, case .variable(let target) = segments[0], target.slot >= 0, !target.isCount else {
            return nil
        }
        return target.slot
    }

    var isEmpty: Bool { segments.isEmpty }

    init(_ source: [UInt8], slots: SlotTable) {
        self.source = source
        var segments: [Segment] = []
        var literal: [UInt8] = []
        var position = 0
        while position < source.count {
            if let (target, end) = Self.variable(in: source, at: position, slots: slots) {
                if !literal.isEmpty {
                    segments.append(.literal(literal))
                    literal = []
                }
                segments.append(.variable(target))
                position =
                    end < source.count && source[end] == UInt8(ascii: "%") && !Self.startsMacro(source, end)
                    ? end + 1 : end
            } else {
                literal.append(source[position])
                position += 1
            }
        }
        if !literal.isEmpty {
            segments.append(.literal(literal))
        }
        self.segments = segments
        self.literal = Self.literal(segments)
        literalNumber = self.literal.map { IntegerComparison.number($0) }
    }

    private static func literal(_ segments: [Segment]) -> [UInt8]? {
        guard let first = segments.first else {
            return []
        }
        guard segments.count == 1, case .literal(let bytes) = first else {
            return nil
        }
        return bytes
    }

    /// The variable that a `%{` at `start` names, and where the macro ends.
    private static func variable(in source: [UInt8], at start: Int, slots: SlotTable) -> (Target, end: Int)? {
        guard start + 3 < source.count, source[start] == UInt8(ascii: "%"), source[start + 1] == UInt8(ascii: "{"),
            let close = source[(start + 2)...].firstIndex(of: UInt8(ascii: "}"))
        else {
            return nil
        }
        let body = source[(start + 2)..<close]
        let separator = body.firstIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
        let name = String(decoding: body[body.startIndex..<(separator ?? close)], as: UTF8.self).uppercased()
        guard let variable = Variable.byName[name] else {
            return nil
        }
        guard let separator else {
            return (Target(variable: variable, selector: .all, displayName: variable.bytes), close + 1)
        }
        let key = Array(source[(separator + 1)..<close])
        guard variable.isCollection, !key.isEmpty else {
            return nil
        }
        if key.first == UInt8(ascii: "/"), variable != .xml {
            let text = Array("\(variable.name):".utf8) + key
            guard let list = try? TargetParser.parse(text, slots: slots), let target = list.targets.first else {
                return nil
            }
            return (target, close + 1)
        }
        return (TargetParser.keyed(variable, key: key, slots: slots), close + 1)
    }

    private static func startsMacro(_ source: [UInt8], _ position: Int) -> Bool {
        position + 1 < source.count && source[position + 1] == UInt8(ascii: "{")
    }
}
