// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// How a match is told in logs.
struct MatchDescription {
    /// `ARGS:x`
    var variable: [UInt8] = []
    var value: [UInt8] = []
    /// `Matched "Operator …`
    var explanation: [UInt8] = []
    /// Where the bytes stood, see ``Transaction/describePending()``.
    var reference: [UInt8] = []
}

extension Transaction {
    /// How many bytes of a value or of its description a match keeps.
    static var maximumLoggedLength: Int { 4_096 }

    /// Tells the values that matched: the last one in words, all of them by their place.
    func describePending() -> MatchDescription {
        var description = MatchDescription()
        guard let last = pending.found.last else {
            return description
        }
        for found in pending.found {
            // A pattern over a whole body can match often; the trail is for people.
            guard description.reference.count < 4_096 else {
                break
            }
            appendReference(found, to: &description.reference)
        }
        guard let reference = last.reference else {
            let script = Array("Matched script `".utf8) + last.rule.operatorArgument + Array("'".utf8)
            description.explanation = last.rule.op == nil ? Array("Unconditional match in SecAction.".utf8) : script
            // Of a chain, the variable is that of the last link that looked at one.
            if let named = pending.found.last(where: { $0.reference != nil }), let reference = named.reference {
                description.variable = displayName(reference.variable, reference.key)
                description.value = Array(arena[named.value].prefix(Self.maximumLoggedLength))
            }
            return description
        }
        description.variable = displayName(reference.variable, reference.key)
        description.value = Array(arena[last.value].prefix(Self.maximumLoggedLength))
        let argument =
            last.argument.map { LogText.explained(arena.array($0), limit: 200) } ?? last.rule.explainedArgument
        var text: [UInt8] = []
        text.reserveCapacity(640)
        text += "Matched \"Operator `".utf8
        text += last.rule.operatorName
        text += "' with parameter `".utf8
        text += argument
        text += "' against variable `".utf8
        text += LogText.explained(description.variable, limit: 200)
        text += "' (Value: `".utf8
        text += LogText.explained(arena.array(reference.bytes), limit: 100)
        text += "' )".utf8
        description.explanation = text
        return description
    }

    /// `o<offset>,<length>` for what matched, `v…` for where the value stood, `t:…` for the transformations.
    private func appendReference(_ found: PendingMatch.Found, to text: inout [UInt8]) {
        guard let reference = found.reference else {
            return
        }
        for offset in pending.offsets[found.offsets] {
            Self.append("o", offset.offset, offset.length, to: &text)
        }
        if reference.variable == .argsCombinedSize {
            appendArgumentOrigins(to: &text)
        } else if reference.origin.offset != .max {
            Self.append("v", reference.origin.offset, reference.origin.length, to: &text)
        }
        text += found.rule.transformationTrail
    }

    private static func append(_ letter: Unicode.Scalar, _ offset: UInt32, _ length: UInt32, to text: inout [UInt8]) {
        text.append(UInt8(ascii: letter))
        text += String(offset).utf8
        text.append(UInt8(ascii: ","))
        text += String(length).utf8
    }

    /// The places of all arguments, name before value: their size is what ARGS_COMBINED_SIZE adds up.
    private func appendArgumentOrigins(to text: inout [UInt8]) {
        for (names, list) in [(ValueList.argsGetNames, ValueList.argsGet), (.argsPostNames, .argsPost)] {
            for (name, value) in zip(lists[names.rawValue], lists[list.rawValue]).prefix(100) {
                for origin in [values[Int(name)].origin, values[Int(value)].origin] where origin.offset != .max {
                    Self.append("v", origin.offset, origin.length, to: &text)
                }
            }
        }
    }
}
