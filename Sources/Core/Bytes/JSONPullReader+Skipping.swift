// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

extension JSONPullReader {
    /// Moves behind the next value, which begins at the next byte.
    func findEnd() throws {
        switch window.rest.first {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard place.steps.count < limits.depth else {
                throw tooDeep(at: window.position)
            }
            window.position += 1
            try skipNested()
        case UInt8(ascii: "\""):
            window.position += 1
            try skipString()
        default:
            try skipWord()
        }
    }

    /// Moves behind the closing bracket of the innermost container.
    func skipNested() throws {
        var state = redoubt_json_nesting()
        state.depth = 1
        state.limit = UInt64(max(limits.depth - place.steps.count, 1))
        var stringBytes = 0
        while true {
            if window.position == window.end, try !fill() {
                throw error(.unexpectedEnd, at: window.position, "the document ends inside an array or object")
            }
            let piece = UnsafeBufferPointer(rebasing: window.rest.prefix(limits.windowBytes))
            let wasInString = state.in_string != 0
            let count = redoubt_json_skip(&state, piece.baseAddress, piece.count)
            window.position += count
            guard state.too_deep == 0 else {
                throw tooDeep(at: window.position)
            }
            guard state.depth > 0 else {
                return
            }
            // A long string fills whole pieces; one that is full of escaped quotes is bounded by the value's limit.
            let isText = wasInString && state.in_string != 0 && !containsQuote(piece)
            stringBytes = isText ? stringBytes + count : 0
            guard stringBytes <= limits.stringBytes else {
                throw error(.tooLarge, at: window.position, "a string is longer than \(limits.stringBytes) bytes")
            }
        }
    }

    private func containsQuote(_ piece: UnsafeBufferPointer<UInt8>) -> Bool {
        piece.baseAddress.map { memchr($0, 0x22, piece.count) != nil } ?? false
    }

    func skipString() throws {
        var length = 0
        while true {
            let rest = window.rest
            let count = rest.baseAddress.map { redoubt_json_text_end($0, rest.count) } ?? 0
            window.position += count
            length += count
            guard length <= limits.stringBytes else {
                throw error(.tooLarge, at: window.position, "a string is longer than \(limits.stringBytes) bytes")
            }
            guard window.position < window.end else {
                guard try fill() else {
                    throw error(.unexpectedEnd, at: window.position, "a string without its closing quote")
                }
                continue
            }
            switch window.rest[0] {
            case UInt8(ascii: "\""):
                window.position += 1
                return
            case UInt8(ascii: "\\"):
                if window.position + 1 == window.end, try !fill() {
                    throw error(.unexpectedEnd, at: window.position, "a string ends inside an escape")
                }
                window.position += 2
                length += 2
            default:
                let name = JSONError.describe(window.rest[0])
                throw error(.controlCharacter, at: window.position, "\(name) inside a string must be escaped")
            }
        }
    }

    /// Moves behind a number or a word.
    func skipWord() throws {
        var length = 0
        while true {
            for byte in window.rest {
                switch byte {
                case 0x20, 0x09, 0x0A, 0x0D, 0x1E, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
                    return
                default:
                    window.position += 1
                    length += 1
                }
            }
            guard length <= limits.stringBytes else {
                throw error(.tooLarge, at: window.position, "a number is longer than \(limits.stringBytes) bytes")
            }
            guard try fill() else {
                return
            }
        }
    }

    // MARK: Parts

    /// The next byte that is no white space, which stays the next one.
    func nextByte() throws -> UInt8? {
        while true {
            for byte in window.rest {
                switch byte {
                case 0x20, 0x09, 0x0A, 0x0D: window.position += 1
                default: return byte
                }
            }
            guard try fill() else {
                return nil
            }
        }
    }

    func fill() throws -> Bool {
        do {
            return try window.fill()
        } catch ByteWindow.Failure.full {
            let limit = "one value is longer than \(limits.valueBytes) bytes"
            throw error(.tooLarge, at: window.held ?? window.position, limit)
        } catch ByteWindow.Failure.encoding(let reason) {
            throw error(.badEncoding, at: 0, reason)
        }
    }

    func tooDeep(at index: Int) -> JSONError {
        error(.tooDeep, at: index, "arrays and objects nest deeper than \(limits.depth)")
    }

    func error(_ code: JSONError.Code, at index: Int, _ message: String) -> JSONError {
        JSONError(
            code: code,
            offset: window.offset(of: index),
            message: message,
            line: window.line(of: index),
            pointer: pointer
        )
    }

    /// An error inside of a value that begins at an index of the window.
    func place(_ inner: JSONError, from start: Int) -> JSONError {
        let index = start + inner.offset
        let value = window.bytes(start..<window.position)
        var error = error(inner.code, at: index, inner.message)
        error.pointer = pointer + JSONErrorPlace.pointer(in: value, at: inner.offset)
        return error
    }
}
