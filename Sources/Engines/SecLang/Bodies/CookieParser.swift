// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// The parser of the `Cookie` header, in the two formats of `SecCookieFormat`.
package enum CookieParser {
    /// How cookies are written.
    package enum Format: Int, Sendable {
        /// Version 0: `name=value` pairs between separators, nothing is quoted or decoded.
        case netscape = 0
        /// Version 1, RFC 2109: quoted values, `,` or `;` between cookies, attributes such as `$Path`.
        case rfc2109 = 1
    }

    /// What the parser of cookies found besides the cookies.
    package struct Result: Sendable, Equatable {
        /// The number of cookies handed out.
        package var count = 0
        /// There were more cookies than the limit; the rest was not looked at.
        package var exceededLimit = false

        package init() {}
    }

    /// Gets the ranges of name and value in the arena and where each begins in the header.
    package typealias Cookie = (_ name: ByteRange, _ value: ByteRange, _ nameOffset: Int, _ valueOffset: Int) -> Void

    /// Copies the header to the arena and hands out every cookie that has a name.
    ///
    /// - Parameters:
    ///   - input: the header's value; must not lie in the arena.
    ///   - format: how the header is written.
    ///   - separator: what stands between cookies of version 0 (`SecCookieV0Separator`).
    ///   - limit: the largest number of cookies to hand out.
    ///   - arena: takes the header's bytes and the names of attributes.
    ///   - cookie: gets each cookie.
    /// - Returns: how many cookies there are, and whether the limit was exceeded.
    package static func parse(
        _ input: UnsafeBufferPointer<UInt8>,
        format: Format = .netscape,
        separator: UInt8 = UInt8(ascii: ";"),
        limit: Int = .max,
        into arena: inout ByteArena,
        cookie: Cookie
    ) -> Result {
        let copy = arena.append(input)
        switch format {
        case .netscape:
            return parseNetscape(input, at: Int(copy.offset), separator: separator, limit: limit, cookie: cookie)
        case .rfc2109:
            return parseRFC2109(input, at: Int(copy.offset), limit: limit, arena: &arena, cookie: cookie)
        }
    }

    private static func parseNetscape(
        _ input: UnsafeBufferPointer<UInt8>,
        at base: Int,
        separator: UInt8,
        limit: Int,
        cookie: Cookie
    ) -> Result {
        var result = Result()
        var index = 0
        while index < input.count {
            let end = BodyBytes.firstIndex(of: separator, in: input, from: index) ?? input.count
            while index < end, BodyBytes.isSpace(input[index]) {
                index += 1
            }
            var nameEnd = index
            while nameEnd < end, input[nameEnd] != BodyBytes.equals {
                nameEnd += 1
            }
            if nameEnd > index {
                guard result.count < limit else {
                    result.exceededLimit = true
                    return result
                }
                let value = min(nameEnd + 1, end)
                cookie(
                    ByteRange(offset: base + index, length: nameEnd - index),
                    ByteRange(offset: base + value, length: end - value),
                    index,
                    value
                )
                result.count += 1
            }
            index = end + 1
        }
        return result
    }

    private static func parseRFC2109(
        _ input: UnsafeBufferPointer<UInt8>,
        at base: Int,
        limit: Int,
        arena: inout ByteArena,
        cookie: Cookie
    ) -> Result {
        var result = Result()
        var scanner = PairScanner(input: input)
        var owner: Range<Int>?
        // Attributes repeat their cookie's name, so their total length is bounded apart from the count.
        var derivedBytes = 4 * input.count + 1024
        while let pair = scanner.next() {
            guard !pair.name.isEmpty else {
                continue
            }
            guard result.count < limit else {
                result.exceededLimit = true
                break
            }
            var name = ByteRange(offset: base + pair.name.lowerBound, length: pair.name.count)
            if input[pair.name.lowerBound] != UInt8(ascii: "$") {
                owner = pair.name
            } else if let owner, derivedBytes >= owner.count + pair.name.count + 1 {
                derivedBytes -= owner.count + pair.name.count + 1
                name = appendAttributeName(pair.name, of: owner, in: input, to: &arena)
            }
            cookie(
                name,
                ByteRange(offset: base + pair.value.lowerBound, length: pair.value.count),
                pair.name.lowerBound,
                pair.value.lowerBound
            )
            result.count += 1
        }
        return result
    }

    /// Names an attribute after the cookie that it belongs to: `$Path` of `id` becomes `$id_Path`.
    private static func appendAttributeName(
        _ name: Range<Int>,
        of owner: Range<Int>,
        in input: UnsafeBufferPointer<UInt8>,
        to arena: inout ByteArena
    ) -> ByteRange {
        let start = arena.count
        arena.append(byte: UInt8(ascii: "$"))
        _ = arena.append(BodyBytes.slice(input, owner))
        arena.append(byte: UInt8(ascii: "_"))
        _ = arena.append(BodyBytes.slice(input, (name.lowerBound + 1)..<name.upperBound))
        return ByteRange(offset: start, length: arena.count - start)
    }

    /// Walks over the pairs of a version 1 header.
    private struct PairScanner {
        let input: UnsafeBufferPointer<UInt8>
        var index = 0

        init(input: UnsafeBufferPointer<UInt8>) {
            self.input = input
        }

        /// The next pair, trimmed and without its quotes; nil at the end.
        mutating func next() -> (name: Range<Int>, value: Range<Int>)? {
            skip { BodyBytes.isSpace($0) || BodyBytes.comma == $0 || BodyBytes.semicolon == $0 }
            guard index < input.count else {
                return nil
            }
            let nameStart = index
            skip { $0 != BodyBytes.equals && $0 != BodyBytes.semicolon && $0 != BodyBytes.comma }
            let name = trimmedEnd(nameStart..<index)
            guard index < input.count, input[index] == BodyBytes.equals else {
                return (name, index..<index)
            }
            index += 1
            skip { BodyBytes.isSpace($0) }
            guard index < input.count, input[index] == BodyBytes.quote else {
                let valueStart = index
                skip { $0 != BodyBytes.semicolon && $0 != BodyBytes.comma }
                return (name, trimmedEnd(valueStart..<index))
            }
            index += 1
            let valueStart = index
            skip { $0 != BodyBytes.quote }
            let value = valueStart..<index
            index = min(index + 1, input.count)
            return (name, value)
        }

        private mutating func skip(while condition: (UInt8) -> Bool) {
            while index < input.count, condition(input[index]) {
                index += 1
            }
        }

        private func trimmedEnd(_ range: Range<Int>) -> Range<Int> {
            var end = range.upperBound
            while end > range.lowerBound, BodyBytes.isSpace(input[end - 1]) {
                end -= 1
            }
            return range.lowerBound..<end
        }
    }
}
