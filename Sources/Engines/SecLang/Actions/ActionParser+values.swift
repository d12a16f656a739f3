// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension ActionParser {
    /// The value of an action that needs one.
    func value(_ piece: Piece) throws(SyntaxError) -> [UInt8] {
        guard let value = piece.value, !value.isEmpty else {
            throw SyntaxError("the action \(piece.name) needs a value", at: piece.start)
        }
        return value
    }

    func text(_ piece: Piece) throws(SyntaxError) -> String {
        try value(piece).lossyText
    }

    func number(_ piece: Piece, in range: ClosedRange<Int>) throws(SyntaxError) -> Int {
        let text = try text(piece)
        guard let number = Int(text), range.contains(number) else {
            throw SyntaxError(
                "Expecting an action, got:  \(piece.rest): a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound) is expected",
                at: piece.valueStart
            )
        }
        return number
    }

    func identifier(_ piece: Piece) throws(SyntaxError) -> Int {
        let text = try text(piece)
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw SyntaxError("Expecting an action, got:  \(piece.rest): a rule's id is a number", at: piece.valueStart)
        }
        guard let number = Int(text), number >= 0 else {
            throw SyntaxError("The input \"\(text)\" does not seems to be a valid rule id.", at: piece.valueStart)
        }
        return number
    }

    func phase(_ piece: Piece) throws(SyntaxError) -> Int {
        let text = try text(piece).lowercased()
        switch text {
        case "1", "2", "3", "4", "5": return Int(text) ?? 2
        case "request": return 2
        case "response": return 4
        case "logging": return 5
        default:
            throw SyntaxError("\(text) is no phase: 1 to 5, request, response or logging", at: piece.valueStart)
        }
    }

    func severity(_ piece: Piece) throws(SyntaxError) -> Int {
        let names = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"]
        let text = try text(piece).lowercased()
        if let index = names.firstIndex(of: text) {
            return index
        }
        guard let number = Int(text), (0...7).contains(number) else {
            throw SyntaxError("\(text) is no severity: EMERGENCY (0) to DEBUG (7)", at: piece.valueStart)
        }
        return number
    }

    func allowScope(_ piece: Piece) throws(SyntaxError) -> AllowScope {
        guard let value = piece.value else {
            return .transaction
        }
        switch value.lossyText.lowercased() {
        case "phase": return .phase
        case "request": return .request
        default: throw SyntaxError("allow takes nothing, `phase` or `request`", at: piece.valueStart)
        }
    }

    func namespace(_ piece: Piece) throws(SyntaxError) -> (prefix: String, uri: String) {
        let text = try text(piece)
        guard let separator = text.firstIndex(of: "="), separator != text.startIndex,
            text.index(after: separator) < text.endIndex
        else {
            throw SyntaxError("XMLS: XMLNS is invalid. Expecting a name=value format.", at: piece.valueStart)
        }
        let uri = text[text.index(after: separator)...].filter { $0 != "\"" && $0 != "'" }
        return (prefix: String(text[..<separator]), uri: String(uri))
    }

    func matchedBytes(_ piece: Piece) throws(SyntaxError) -> Sanitise {
        guard let value = piece.value else {
            return .matchedBytes(keepFirst: 0, keepLast: 0)
        }
        let parts = value.lossyText.split(separator: "/").map { Int($0) }
        guard parts.count == 2, let first = parts[0], let last = parts[1],
            (0...1_000_000).contains(first), (0...1_000_000).contains(last)
        else {
            throw SyntaxError("sanitiseMatchedBytes takes nothing or FIRST/LAST, as in 1/4", at: piece.valueStart)
        }
        return .matchedBytes(keepFirst: first, keepLast: last)
    }

    // MARK: Collections

    /// The collection and key of `tx.name`, `ip.name`.
    private func variable(_ bytes: ArraySlice<UInt8>, _ piece: Piece) throws(SyntaxError) -> (Variable, key: Macro) {
        guard let separator = bytes.firstIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }) else {
            throw SyntaxError("\(piece.name) expects COLLECTION.name", at: piece.valueStart)
        }
        let name = String(decoding: bytes[bytes.startIndex..<separator], as: UTF8.self).uppercased()
        guard let collection = Variable.byName[name], collection == .tx || collection.isPersistent else {
            throw SyntaxError(
                "\(name) cannot be written: TX, IP, GLOBAL, SESSION, USER and RESOURCE can",
                at: piece.valueStart
            )
        }
        let key = Array(bytes[(separator + 1)...])
        guard !key.isEmpty else {
            throw SyntaxError("\(piece.name) expects a name after \(name)", at: piece.valueStart)
        }
        return (collection, key: Macro(key, slots: slots))
    }

    func setVariable(_ piece: Piece) throws(SyntaxError) -> SetVariable {
        var bytes = try value(piece)[...]
        var operation = SetVariable.Operation.set
        if bytes.first == UInt8(ascii: "!") {
            operation = .unset
            bytes.removeFirst()
        }
        var value: [UInt8] = [UInt8(ascii: "1")]
        if operation == .set, let separator = bytes.firstIndex(of: UInt8(ascii: "=")) {
            var tail = bytes[(separator + 1)...]
            bytes = bytes[..<separator]
            if let sign = tail.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                operation = sign == UInt8(ascii: "+") ? .add : .subtract
                tail.removeFirst()
            }
            value = Array(tail)
        }
        let (collection, key) = try variable(bytes, piece)
        let macro = Macro(value, slots: slots)
        let literalKey = key.literal?.asciiLowercased()
        return SetVariable(
            collection: collection,
            key: literalKey.map { Macro($0, slots: slots) } ?? key,
            slot: collection == .tx ? literalKey.map { slots.slot(for: $0) } ?? -1 : -1,
            operation: operation,
            value: macro,
            number: macro.literal.flatMap { Int($0.lossyText) }
        )
    }

    func setEnvironment(_ piece: Piece) throws(SyntaxError) -> SetEnvironment {
        let bytes = try value(piece)
        guard let separator = bytes.firstIndex(of: UInt8(ascii: "=")), separator > 0 else {
            return SetEnvironment(name: bytes, value: Macro([], slots: slots))
        }
        return SetEnvironment(
            name: Array(bytes[..<separator]),
            value: Macro(Array(bytes[(separator + 1)...]), slots: slots)
        )
    }

    func initializeCollection(_ piece: Piece) throws(SyntaxError) -> InitializeCollection {
        let bytes = try value(piece)
        guard let separator = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            throw SyntaxError("initcol expects collection=key", at: piece.valueStart)
        }
        let name = String(decoding: bytes[..<separator], as: UTF8.self).uppercased()
        guard let collection = Variable.byName[name], collection.isPersistent else {
            throw SyntaxError("\(name) is no persistent collection", at: piece.valueStart)
        }
        let key = Macro(Array(bytes[(separator + 1)...]), slots: slots)
        return InitializeCollection(collection: collection, key: key, identifier: nil)
    }

    func keyedCollection(
        _ piece: Piece,
        _ collection: Variable,
        identifier: Variable?
    ) throws(SyntaxError) -> InitializeCollection {
        let key = Macro(try value(piece), slots: slots)
        return InitializeCollection(collection: collection, key: key, identifier: identifier)
    }

    func expireVariable(_ piece: Piece) throws(SyntaxError) -> ExpireVariable {
        let bytes = try value(piece)
        let separator = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.count
        let (collection, key) = try variable(bytes[..<separator], piece)
        let lifetime = separator < bytes.count ? Array(bytes[(separator + 1)...]) : Array("3600".utf8)
        return ExpireVariable(collection: collection, key: key, lifetime: Macro(lifetime, slots: slots))
    }

    func deprecateVariable(_ piece: Piece) throws(SyntaxError) -> DeprecateVariable {
        let bytes = try value(piece)
        guard let separator = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            throw SyntaxError("deprecatevar expects collection.name=amount/seconds", at: piece.valueStart)
        }
        let (collection, key) = try variable(bytes[..<separator], piece)
        let parts = Array(bytes[(separator + 1)...]).lossyText.split(separator: "/").map { Int($0) }
        guard parts.count == 2, let amount = parts[0], let interval = parts[1], amount >= 0, interval > 0 else {
            throw SyntaxError("deprecatevar expects collection.name=amount/seconds", at: piece.valueStart)
        }
        return DeprecateVariable(collection: collection, key: key, amount: amount, interval: interval)
    }
}
