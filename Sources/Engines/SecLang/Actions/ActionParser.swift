// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Splits `id:1,msg:'a, b',pass` and turns each piece into its action.
struct ActionParser {
    let slots: SlotTable
    /// Finds what `exec` names.
    let programs: ProgramResolver

    /// One `name:value` of an action list.
    struct Piece {
        var name: String
        var value: [UInt8]?
        /// Offsets in the list.
        var start: Int
        var valueStart: Int
        /// The list from here on, with the quote that closes it, for messages.
        var rest = ""
    }

    /// - Throws: `SyntaxError` with the offset in the list.
    func parse(_ bytes: [UInt8]) throws(SyntaxError) -> ActionList {
        var list = ActionList()
        for piece in try Self.split(bytes) {
            do {
                try apply(piece, to: &list)
            } catch {
                // Faults of a value are told at the value's place.
                throw SyntaxError(error.message, at: error.offset == 0 ? piece.start : error.offset, hint: error.hint)
            }
        }
        return list
    }

    static func split(_ bytes: [UInt8]) throws(SyntaxError) -> [Piece] {
        var pieces: [Piece] = []
        var position = 0
        while true {
            skip(bytes, &position) { $0 == 0x20 || $0 == 0x2C || (0x09...0x0D).contains($0) }
            guard position < bytes.count else {
                return pieces
            }
            let start = position
            skip(bytes, &position) { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
            let name = String(decoding: bytes[start..<position], as: UTF8.self).trimmingBlanks()
            var piece = Piece(name: name.lowercased(), value: nil, start: start, valueStart: position)
            piece.rest = String(decoding: bytes[start...].prefix(300), as: UTF8.self) + "\""
            if position < bytes.count, bytes[position] != UInt8(ascii: ",") {
                position += 1
                skip(bytes, &position) { $0 == 0x20 || $0 == 0x09 }
                piece.valueStart = position
                do {
                    piece.value = try value(bytes, &position)
                } catch {
                    throw SyntaxError("Expecting an action, got:  \(piece.rest): \(error.message)", at: error.offset)
                }
            }
            pieces.append(piece)
            skip(bytes, &position) { $0 == 0x20 || (0x09...0x0D).contains($0) }
            guard position == bytes.count || bytes[position] == UInt8(ascii: ",") else {
                throw SyntaxError("expected `,` after the action \(name)", at: position)
            }
        }
    }

    private static func value(_ bytes: [UInt8], _ position: inout Int) throws(SyntaxError) -> [UInt8] {
        let start = position
        guard position < bytes.count, bytes[position] == UInt8(ascii: "'") else {
            skip(bytes, &position) { $0 != UInt8(ascii: ",") }
            var end = position
            while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 {
                end -= 1
            }
            return Array(bytes[start..<end])
        }
        position += 1
        var value: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "'") {
                position += 1
                return value
            }
            if byte == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "'") {
                position += 1
            }
            value.append(bytes[position])
            position += 1
        }
        throw SyntaxError("this quoted value has no closing `'`", at: start)
    }

    private static func skip(_ bytes: [UInt8], _ position: inout Int, while condition: (UInt8) -> Bool) {
        while position < bytes.count, condition(bytes[position]) {
            position += 1
        }
    }
}

extension String {
    func trimmingBlanks() -> String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace {
            text.removeFirst()
        }
        while let last = text.last, last.isWhitespace {
            text.removeLast()
        }
        return String(text)
    }
}
