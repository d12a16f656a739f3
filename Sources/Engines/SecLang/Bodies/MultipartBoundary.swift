// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The boundary that a content type announces, found as strictly as ModSecurity finds it.
///
/// Back ends disagree about sloppy content types, so whatever could be read in two ways is an error or sets a flag:
/// exactly one parameter that is spelled `boundary`, nothing before it but one semicolon, both quotes or none,
/// and only the bytes of RFC 2046, section 5.1.1.
struct MultipartBoundary {
    /// The boundary without its leading hyphens; empty after an error.
    var bytes: [UInt8] = []
    var flags: MultipartFlags = []
    var error: BodyError?
    /// Parameters behind the boundary were dropped.
    var droppedParameters = false

    /// The longest content type that is looked at.
    static let maxHeaderLength = 1024

    init(contentType header: UnsafeBufferPointer<UInt8>) {
        do throws(BodyError) {
            bytes = try find(in: header)
        } catch {
            self.error = error
        }
    }

    private static func failure(_ reason: String) -> BodyError {
        BodyError(.contentType, "Multipart: Invalid boundary in C-T (\(reason)).")
    }

    private mutating func find(in header: UnsafeBufferPointer<UInt8>) throws(BodyError) -> [UInt8] {
        guard !header.isEmpty else {
            throw BodyError(.contentType, "Multipart: Content-Type header not available.")
        }
        guard header.count <= Self.maxHeaderLength else {
            throw Self.failure("length")
        }
        guard BodyBytes.matches("multipart/form-data", in: header, at: 0) else {
            throw BodyError(.contentType, "Multipart: Invalid MIME type.")
        }
        let count = Self.boundaryParameterCount(in: header)
        guard count <= 1 else {
            throw BodyError(.contentType, "Multipart: Multiple boundary parameters in C-T.")
        }
        guard let name = Self.nameOffset(in: header) else {
            throw count > 0
                ? Self.failure("case sensitivity")
                : BodyError(.contentType, "Multipart: Boundary not found in C-T.")
        }
        try checkLead(header, upTo: name)
        let value = try parameterValue(in: header, from: name + Self.parameterName.count)
        return try checkedBoundary(value)
    }

    private static let parameterName = Array("boundary".utf8)

    /// How many times the word occurs, in any case, with an equals sign somewhere behind it.
    private static func boundaryParameterCount(in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard let lastEquals = bytes.lastIndex(of: BodyBytes.equals) else {
            return 0
        }
        var count = 0
        var index = 0
        while index + parameterName.count <= lastEquals {
            if BodyBytes.matches("boundary", in: bytes, at: index) {
                count += 1
                index += parameterName.count
            } else {
                index += 1
            }
        }
        return count
    }

    /// Where the word stands in lower case.
    private static func nameOffset(in header: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        while index + parameterName.count <= header.count {
            if BodyBytes.hasBytes(parameterName, in: header, at: index) {
                return index
            }
            index += 1
        }
        return nil
    }

    /// Between the media type and the parameter only white space and one semicolon may stand.
    private mutating func checkLead(_ header: UnsafeBufferPointer<UInt8>, upTo end: Int) throws(BodyError) {
        var seenSemicolon = false
        var index = "multipart/form-data".utf8.count
        while index < end {
            let byte = header[index]
            if !BodyBytes.isSpace(byte) {
                guard byte == BodyBytes.semicolon, !seenSemicolon else {
                    throw Self.failure("malformed")
                }
                seenSemicolon = true
            }
            index += 1
        }
        if !seenSemicolon {
            flags.insert(.missingSemicolon)
        }
    }

    /// What follows the equals sign, to the end of the header and without quotes.
    private mutating func parameterValue(
        in header: UnsafeBufferPointer<UInt8>,
        from start: Int
    ) throws(BodyError) -> UnsafeBufferPointer<UInt8> {
        guard let equals = BodyBytes.firstIndex(of: BodyBytes.equals, in: header, from: start) else {
            throw Self.failure("malformed")
        }
        for index in start..<equals {
            guard BodyBytes.isSpace(header[index]) else {
                throw Self.failure("parameter name")
            }
            flags.insert(.boundaryWhitespace)
        }
        let value = BodyBytes.slice(header, (equals + 1)..<header.count)
        guard let first = value.first, let last = value.last else {
            throw Self.failure("empty")
        }
        if BodyBytes.isSpace(first) {
            flags.insert(.boundaryWhitespace)
        }
        let isLong = value.count >= 2
        if isLong, first == BodyBytes.quote, last == BodyBytes.quote {
            flags.insert(.boundaryQuoted)
            return BodyBytes.slice(value, 1..<(value.count - 1))
        }
        guard first != BodyBytes.quote, !(isLong && last == BodyBytes.quote) else {
            throw Self.failure("quote")
        }
        return value
    }

    private mutating func checkedBoundary(_ value: UnsafeBufferPointer<UInt8>) throws(BodyError) -> [UInt8] {
        guard Self.boundaryParameterCount(in: value) == 0 else {
            throw Self.failure("content")
        }
        // Some frameworks append a charset although RFC 2046 knows none here; what stands before it counts.
        var boundary = value
        if let semicolon = BodyBytes.firstIndex(of: BodyBytes.semicolon, in: value, from: 0) {
            droppedParameters = true
            boundary = BodyBytes.slice(value, 0..<semicolon)
        }
        guard boundary.allSatisfy(Self.isBoundaryByte), boundary.last != BodyBytes.space else {
            throw Self.failure("characters")
        }
        guard !boundary.isEmpty else {
            throw Self.failure("empty")
        }
        return Array(boundary)
    }

    /// The `bchars` of RFC 2046.
    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        if BodyBytes.isAlphanumeric(byte) {
            return true
        }
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "+"),
            UInt8(ascii: "_"), UInt8(ascii: ","), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"),
            UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "?"):
            return true
        default:
            return false
        }
    }
}
