// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the engine needs to know of a `Content-Type` header, read from its bytes.
package enum ContentType {
    /// The families of bodies that have a processor.
    package enum Kind: Sendable {
        case urlEncoded
        case multipart
        case json
        case xml
        case other
    }

    /// The family that a header's value names, by its beginning and in any case.
    ///
    /// Rules choose the processors for JSON and XML themselves; the engine takes only the first two by itself.
    package static func kind(of header: UnsafeBufferPointer<UInt8>) -> Kind {
        if BodyBytes.matches("application/x-www-form-urlencoded", in: header, at: 0) {
            return .urlEncoded
        }
        if BodyBytes.matches("multipart/form-data", in: header, at: 0) {
            return .multipart
        }
        let type = mediaType(of: header)
        let bytes = BodyBytes.slice(header, type)
        if isEqual(bytes, "application/json") || BodyBytes.matches("+json", in: bytes, at: bytes.count - 5) {
            return .json
        }
        if isEqual(bytes, "application/xml") || isEqual(bytes, "text/xml")
            || BodyBytes.matches("+xml", in: bytes, at: bytes.count - 4)
        {
            return .xml
        }
        return .other
    }

    /// Where the media type stands: without leading white space, up to the first `;`, `,` or white space.
    package static func mediaType(of header: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        var start = 0
        while start < header.count, BodyBytes.isSpace(header[start]) {
            start += 1
        }
        var end = start
        while end < header.count, header[end] != BodyBytes.semicolon, header[end] != BodyBytes.comma,
            !BodyBytes.isSpace(header[end])
        {
            end += 1
        }
        return start..<end
    }

    /// Where the value of a parameter such as `charset` stands, without its quotes; the first one counts.
    ///
    /// - Parameters:
    ///   - name: the parameter's name, lower-case ASCII.
    ///   - header: the header's value. A semicolon inside a quoted value does not end the parameter.
    /// - Returns: the value's place in the header, or nil if there is no such parameter.
    package static func parameter(_ name: StaticString, of header: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var index = mediaType(of: header).upperBound
        while let semicolon = BodyBytes.firstIndex(of: BodyBytes.semicolon, in: header, from: index) {
            var start = semicolon + 1
            while start < header.count, BodyBytes.isSpace(header[start]) {
                start += 1
            }
            let value = value(in: header, at: start)
            let nameLength = name.utf8CodeUnitCount
            if value.nameEnd - start == nameLength, BodyBytes.matches(name, in: header, at: start) {
                return value.range
            }
            index = value.next
        }
        return nil
    }

    private static func isEqual(_ bytes: UnsafeBufferPointer<UInt8>, _ literal: StaticString) -> Bool {
        bytes.count == literal.utf8CodeUnitCount && BodyBytes.matches(literal, in: bytes, at: 0)
    }

    /// Reads `name = value` at `start`: where the name ends, the value's range, and where to go on.
    private static func value(
        in header: UnsafeBufferPointer<UInt8>,
        at start: Int
    ) -> (nameEnd: Int, range: Range<Int>, next: Int) {
        var index = start
        while index < header.count, header[index] != BodyBytes.equals, header[index] != BodyBytes.semicolon {
            index += 1
        }
        var nameEnd = index
        while nameEnd > start, BodyBytes.isSpace(header[nameEnd - 1]) {
            nameEnd -= 1
        }
        guard index < header.count, header[index] == BodyBytes.equals else {
            return (nameEnd, index..<index, index)
        }
        index += 1
        while index < header.count, BodyBytes.isSpace(header[index]) {
            index += 1
        }
        if index < header.count, header[index] == BodyBytes.quote {
            let valueStart = index + 1
            let end = BodyBytes.firstIndex(of: BodyBytes.quote, in: header, from: valueStart) ?? header.count
            return (nameEnd, valueStart..<end, end)
        }
        let valueStart = index
        while index < header.count, header[index] != BodyBytes.semicolon, header[index] != BodyBytes.comma,
            !BodyBytes.isSpace(header[index])
        {
            index += 1
        }
        return (nameEnd, valueStart..<index, index)
    }
}
