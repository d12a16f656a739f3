// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

public import Bytes

/// One header field as ranges of the head's bytes.
public struct HTTPFieldRange: Sendable, Hashable {
    public var name: ByteRange
    public var value: ByteRange

    @inlinable
    public init(name: ByteRange, value: ByteRange) {
        self.name = name
        self.value = value
    }
}

/// The head of an HTTP request, byte for byte.
///
/// All parts are ranges of one array, so that nothing is decoded, replaced or copied per field; a field name
/// keeps its spelling and a repeated field stays repeated, in order.
public struct HTTPRequestHead: Sendable {
    /// The bytes that the ranges point into.
    public let bytes: [UInt8]
    /// The method, `GET`.
    public let method: ByteRange
    /// The request target as received, `/a?b=c`.
    public let target: ByteRange
    /// The protocol as received, `HTTP/1.1`; empty where the request line had none.
    public let version: ByteRange
    /// The whole request line without its line end.
    public let line: ByteRange
    /// The header fields in order.
    public let fields: [HTTPFieldRange]

    public init(
        bytes: [UInt8],
        method: ByteRange,
        target: ByteRange,
        version: ByteRange,
        line: ByteRange,
        fields: [HTTPFieldRange]
    ) {
        self.bytes = bytes
        self.method = method
        self.target = target
        self.version = version
        self.line = line
        self.fields = fields
    }

    /// Builds a head from its parts.
    public init(method: [UInt8], target: [UInt8], version: [UInt8], fields: [(name: [UInt8], value: [UInt8])]) {
        var builder = HTTPHeadBuilder()
        let method = builder.append(method)
        builder.bytes.append(UInt8(ascii: " "))
        let target = builder.append(target)
        if !version.isEmpty {
            builder.bytes.append(UInt8(ascii: " "))
        }
        let version = builder.append(version)
        let line = ByteRange(offset: 0, length: builder.bytes.count)
        let ranges = builder.append(fields: fields)
        self.init(
            bytes: builder.bytes,
            method: method,
            target: target,
            version: version,
            line: line,
            fields: ranges
        )
    }
}

/// The head of an HTTP response, byte for byte, in the same shape as ``HTTPRequestHead``.
public struct HTTPResponseHead: Sendable {
    public let bytes: [UInt8]
    /// The protocol, `HTTP/1.1`.
    public let version: ByteRange
    /// The status code, 100 to 999.
    public let status: Int
    /// The reason phrase, which may be empty.
    public let reason: ByteRange
    public let fields: [HTTPFieldRange]

    public init(bytes: [UInt8], version: ByteRange, status: Int, reason: ByteRange, fields: [HTTPFieldRange]) {
        self.bytes = bytes
        self.version = version
        self.status = status
        self.reason = reason
        self.fields = fields
    }

    /// Builds a head from its parts.
    public init(version: [UInt8], status: Int, reason: [UInt8], fields: [(name: [UInt8], value: [UInt8])]) {
        var builder = HTTPHeadBuilder()
        let version = builder.append(version)
        let reason = builder.append(reason)
        let ranges = builder.append(fields: fields)
        self.init(bytes: builder.bytes, version: version, status: status, reason: reason, fields: ranges)
    }
}

/// Lays the parts of a head out in one array.
private struct HTTPHeadBuilder {
    var bytes: [UInt8] = []

    mutating func append(_ part: [UInt8]) -> ByteRange {
        let range = ByteRange(offset: bytes.count, length: part.count)
        bytes.append(contentsOf: part)
        return range
    }

    mutating func append(fields: [(name: [UInt8], value: [UInt8])]) -> [HTTPFieldRange] {
        var ranges: [HTTPFieldRange] = []
        ranges.reserveCapacity(fields.count)
        for field in fields {
            bytes.append(contentsOf: [13, 10])
            let name = append(field.name)
            bytes.append(contentsOf: [58, 32])
            ranges.append(HTTPFieldRange(name: name, value: append(field.value)))
        }
        return ranges
    }
}
