// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// What the parser of name=value pairs found besides the pairs.
package struct URLEncodedResult: Sendable, Equatable {
    /// A percent sign was not followed by two hexadecimal digits (`URLENCODED_ERROR`).
    package var hasInvalidEncoding = false
    /// The number of arguments handed out.
    package var count = 0
    /// There were more arguments than the limit; the rest was not looked at.
    package var exceededLimit = false

    package init() {}
}

/// The parser of `application/x-www-form-urlencoded` bodies and of query strings.
///
/// Every stretch between separators is one argument, an empty one too, except after the last separator. The
/// first `=` ends the name. `+` becomes a space and a valid `%XX` its byte; an invalid escape stays as it is and
/// is reported. The semantics are ModSecurity v2's; one pass, output never longer than the input.
package enum URLEncodedBody {
    /// Decodes all arguments into the arena.
    ///
    /// - Parameters:
    ///   - input: the raw bytes; must not lie in the arena.
    ///   - separator: what stands between arguments, usually `&`.
    ///   - limit: the largest number of arguments to hand out.
    ///   - arena: takes the decoded names and values.
    ///   - argument: gets the ranges of name and value in the arena, and where each begins in `input`; without
    ///     `=`, the value's place is one past the end of the name.
    /// - Returns: how many arguments there are, and whether an escape is invalid or the limit was exceeded.
    package static func parse(
        _ input: UnsafeBufferPointer<UInt8>,
        separator: UInt8 = UInt8(ascii: "&"),
        limit: Int = .max,
        into arena: inout ByteArena,
        argument: (_ name: ByteRange, _ value: ByteRange, _ nameOffset: Int, _ valueOffset: Int) -> Void
    ) -> URLEncodedResult {
        var result = URLEncodedResult()
        let base = arena.count
        var decoder = Decoder(input: input, separator: separator, target: arena.reserve(input.count))
        while decoder.index < input.count {
            guard result.count < limit else {
                result.exceededLimit = true
                break
            }
            let nameOffset = decoder.index
            let nameStart = decoder.written
            let endedByEquals = decoder.decode(untilEquals: true)
            let nameEnd = decoder.written
            let valueOffset = decoder.index + 1
            if endedByEquals {
                decoder.index += 1
                _ = decoder.decode(untilEquals: false)
            }
            decoder.index += 1
            argument(
                ByteRange(offset: base + nameStart, length: nameEnd - nameStart),
                ByteRange(offset: base + nameEnd, length: decoder.written - nameEnd),
                nameOffset,
                valueOffset
            )
            result.count += 1
        }
        result.hasInvalidEncoding = decoder.hasInvalidEncoding
        _ = arena.commit(decoder.written)
        return result
    }

    /// The running state: where to read and where to write.
    private struct Decoder {
        let input: UnsafeBufferPointer<UInt8>
        let separator: UInt8
        let target: UnsafeMutablePointer<UInt8>
        var index = 0
        var written = 0
        var hasInvalidEncoding = false

        init(input: UnsafeBufferPointer<UInt8>, separator: UInt8, target: UnsafeMutablePointer<UInt8>) {
            self.input = input
            self.separator = separator
            self.target = target
        }

        /// Decodes up to the separator, the first `=` if asked, or the end; tells whether `=` was the reason.
        ///
        /// At most one byte is written per byte read, so the target, as long as the input, always suffices.
        mutating func decode(untilEquals: Bool) -> Bool {
            while index < input.count {
                var byte = input[index]
                if byte == separator {
                    return false
                }
                if byte == BodyBytes.equals, untilEquals {
                    return true
                }
                if byte == BodyBytes.plus {
                    byte = BodyBytes.space
                } else if byte == BodyBytes.percent {
                    byte = escape()
                }
                target[written] = byte
                written += 1
                index += 1
            }
            return false
        }

        /// The byte that the escape at `index` stands for, leaving `index` at its last byte.
        private mutating func escape() -> UInt8 {
            guard index + 2 < input.count,
                let high = BodyBytes.hexDigit(input[index + 1]),
                let low = BodyBytes.hexDigit(input[index + 2])
            else {
                hasInvalidEncoding = true
                return BodyBytes.percent
            }
            index += 2
            return high << 4 | low
        }
    }
}
