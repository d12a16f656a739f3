// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Transformers, which make values of other values.
extension RuleMatcher where Reader: ~Copyable {
    /// The value that a transformed operand has in this event.
    mutating func transform(_ operand: Int, _ reader: inout Reader) -> FieldValue {
        guard case .transformed(let transformer, let parts, let option) = program.operandSpecs[operand].source else {
            return .absent
        }
        switch transformer {
        case .length: return length(parts, &reader)
        case .join, .concatenation: return joined(operand, transformer, parts, &reader)
        case .toLower, .toUpper, .base64, .baseName, .option:
            guard case .operand(let inner)? = parts.first else { return .absent }
            if tables.operands.start[inner].isMultiple {
                let exists = transformAll(operand, &reader)
                // What `values` holds now is no operand's, as far as `fill` knows.
                multiple.operand = -1
                return exists && values.count > 0 ? values[0] : .absent
            }
            let value = value(inner, &reader)
            guard value.kind == .bytes else { return .absent }
            let room = memory.room(operand)
            return Self.change(value.bytes, transformer, parts, option, into: room)?.value ?? .absent
        }
    }

    /// The same of each value of an operand that has several, in `values`.
    mutating func transformAll(_ operand: Int, _ reader: inout Reader) -> Bool {
        guard case .transformed(let transformer, let parts, let option) = program.operandSpecs[operand].source,
            case .operand(let inner)? = parts.first
        else { return false }
        guard tables.operands.start[inner].isMultiple else {
            let value = value(operand, &reader)
            guard !value.isAbsent else { return false }
            values.removeAll()
            values.append(value)
            return true
        }
        guard fill(inner, &reader) else { return false }
        let own = (0..<values.count).map { values[$0] }
        values.removeAll()
        var room = memory.room(operand)
        for value in own where value.kind == .bytes {
            guard let (changed, used) = Self.change(value.bytes, transformer, parts, option, into: room) else {
                continue
            }
            values.append(changed)
            room = UnsafeMutableRawBufferPointer(rebasing: room[used...])
        }
        return true
    }

    private mutating func length(_ parts: [OperandSpec.Part], _ reader: inout Reader) -> FieldValue {
        guard case .operand(let inner)? = parts.first else { return .absent }
        if tables.operands.start[inner].isMultiple {
            return fill(inner, &reader) ? .unsigned(UInt64(values.count)) : .absent
        }
        let value = value(inner, &reader)
        return value.kind == .bytes ? .unsigned(UInt64(value.bytes.count)) : .absent
    }

    /// `concat` writes its operands one after the other, `join` puts its first or last constant between them; where an
    /// operand is absent `concat` is too.
    private mutating func joined(
        _ operand: Int,
        _ transformer: Transformer,
        _ parts: [OperandSpec.Part],
        _ reader: inout Reader
    ) -> FieldValue {
        var separator: [UInt8] = []
        var items = parts[...]
        if transformer == .join {
            if case .text(let text)? = items.first {
                separator = text
                items.removeFirst()
            } else if case .text(let text)? = items.last {
                separator = text
                items.removeLast()
            }
        }
        var text: [UInt8] = []
        var isFirst = true
        for item in items {
            var pieces: [[UInt8]] = []
            switch item {
            case .text(let constant): pieces = [constant]
            case .operand(let inner):
                guard let written = self.pieces(inner, &reader) else {
                    if transformer == .concatenation { return .absent }
                    continue
                }
                pieces = written
            }
            for piece in pieces {
                if !isFirst { text += separator }
                text += piece
                isFirst = false
            }
        }
        let room = memory.room(operand)
        let count = min(text.count, room.count)
        room.copyBytes(from: text.prefix(count))
        return .bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count]))
    }

    /// The values of an operand as texts; nil where it is absent.
    private mutating func pieces(_ operand: Int, _ reader: inout Reader) -> [[UInt8]]? {
        let type = tables.operands.start[operand].type
        if tables.operands.start[operand].isMultiple {
            guard fill(operand, &reader) else { return nil }
            return (0..<values.count).map { FieldText.bytes(of: values[$0], type) }
        }
        let value = value(operand, &reader)
        return value.isAbsent ? nil : [FieldText.bytes(of: value, type)]
    }

    /// Changes one text.
    ///
    /// - Returns: the changed text in `room` or in place, and how much of the room it took; nil where there is none.
    private static func change(
        _ text: UnsafeRawBufferPointer,
        _ transformer: Transformer,
        _ parts: [OperandSpec.Part],
        _ option: [UInt8]?,
        into room: UnsafeMutableRawBufferPointer
    ) -> (value: FieldValue, used: Int)? {
        switch transformer {
        case .toLower, .toUpper:
            let count = min(text.count, room.count)
            for index in 0..<count {
                let byte = text[index]
                let lower = TextMatch.lowercased(byte)
                let isLetter = lower &- UInt8(ascii: "a") < 26
                room[index] = transformer == .toLower ? lower : (isLetter ? lower & 0xDF : byte)
            }
            return (.bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count])), count)
        case .baseName:
            let start = text.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
            return (.bytes(UnsafeRawBufferPointer(rebasing: text[start...])), 0)
        case .base64:
            guard let count = decodeBase64(text, into: room) else { return nil }
            return (.bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count])), count)
        case .option:
            guard case .text(let letters)? = parts.dropFirst().first else { return nil }
            guard let range = CommandOption.value(of: option ?? letters, letters: letters, in: text) else { return nil }
            return (.bytes(UnsafeRawBufferPointer(rebasing: text[range])), 0)
        case .length, .join, .concatenation:
            return nil
        }
    }

    /// Decodes base64 (RFC 4648), with or without padding; nil where the text is none.
    private static func decodeBase64(
        _ text: UnsafeRawBufferPointer,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int? {
        var bits: UInt32 = 0
        var bitCount = 0
        var count = 0
        for byte in text {
            let digit: UInt32
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = UInt32(byte - UInt8(ascii: "A"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = UInt32(byte - UInt8(ascii: "a")) + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(byte - UInt8(ascii: "0")) + 52
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            case UInt8(ascii: "="): continue
            default: return nil
            }
            bits = bits << 6 | digit
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                guard count < room.count else { return count }
                room[count] = UInt8(truncatingIfNeeded: bits >> UInt32(bitCount))
                count += 1
            }
        }
        return count
    }
}

/// Options in a command line, read as `getopt` of POSIX reads them.
enum CommandOption {
    /// Where the value of an option lies in a line of words with blanks between; an empty range for an option that takes
    /// none. Nil where the option is not given.
    ///
    /// - Parameters:
    ///   - option: its letter.
    ///   - letters: all options, with a colon behind those that take a value.
    static func value(of option: [UInt8], letters: [UInt8], in text: UnsafeRawBufferPointer) -> Range<Int>? {
        guard let wanted = option.first else { return nil }
        let takesValue = letters.firstIndex(of: wanted).map { place in
            place + 1 < letters.count && letters[place + 1] == UInt8(ascii: ":")
        }
        var index = 0
        while let word = nextWord(text, &index) {
            guard word.count > 1, text[word.lowerBound] == UInt8(ascii: "-") else { continue }
            guard text[word.lowerBound + 1] != UInt8(ascii: "-") else {
                if word.count == 2 { return nil }
                continue
            }
            for place in (word.lowerBound + 1)..<word.upperBound {
                let letter = text[place]
                let hasValue = letters.firstIndex(of: letter).map { at in
                    at + 1 < letters.count && letters[at + 1] == UInt8(ascii: ":")
                }
                if letter == wanted {
                    guard takesValue == true else { return place..<place }
                    return place + 1 < word.upperBound ? (place + 1)..<word.upperBound : nextWord(text, &index)
                }
                if hasValue == true {
                    if place + 1 == word.upperBound { _ = nextWord(text, &index) }
                    break
                }
            }
        }
        return nil
    }

    private static func nextWord(_ text: UnsafeRawBufferPointer, _ index: inout Int) -> Range<Int>? {
        while index < text.count, text[index] == UInt8(ascii: " ") {
            index += 1
        }
        guard index < text.count else { return nil }
        let start = index
        while index < text.count, text[index] != UInt8(ascii: " ") {
            index += 1
        }
        return start..<index
    }
}
