// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes
package import DefenseModel

/// Why an upstream's response is not passed on; the client gets 502.
package enum HTTP1ResponseFault: String, Error, Sendable, CaseIterable {
    case headTooLarge = "response head too large"
    case invalidStatusLine = "invalid status line"
    case invalidField = "invalid response header"
    case tooManyFields = "too many response headers"
    case invalidFraming = "invalid response framing"
    case invalidChunk = "invalid response chunk"
    case incomplete = "response incomplete"
    case unexpectedUpgrade = "unexpected protocol upgrade"
    case tooLarge = "response body over the limit"
}

/// A response's head with what its fields mean for the connection.
package struct ParsedResponse: Sendable {
    package var head: HTTPResponseHead
    package var framing: BodyFraming
    /// Whether the upstream lets the connection be used again.
    package var isKeptAlive: Bool
    package var contentEncodingCount: Int
    package var contentEncoding: ByteRange
    /// Whether this is a stream of server-sent events, which must not be held back.
    package var isEventStream: Bool
}

/// A response parser on bytes, RFC 9112 section 4; stricter than browsers about what bounds the body.
///
/// Lines may end in a bare line feed, since the head is written anew for the client.
package struct HTTP1ResponseParser: Sendable {
    package enum Progress: Sendable {
        case incomplete
        case head(ParsedResponse, consumed: Int)
        case failed(HTTP1ResponseFault)
    }

    private let limits: HTTP1Limits
    private var boundary = HeadBoundary()

    package init(limits: HTTP1Limits = HTTP1Limits()) {
        self.limits = limits
    }

    /// Goes on with all bytes received and not consumed yet.
    ///
    /// - Parameter isBodyExpected: false where the request was `HEAD`.
    package mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>, isBodyExpected: Bool) -> Progress {
        switch boundary.advance(bytes, firstLineLimit: limits.requestLine, limit: limits.head) {
        case .incomplete:
            return .incomplete
        case .firstLineTooLong, .tooLong:
            return .failed(.headTooLarge)
        case .found(let range):
            boundary = HeadBoundary()
            let copy = Array(bytes[range])
            do throws(HTTP1ResponseFault) {
                var scan = ResponseScan(fieldLimit: limits.fields * 2)
                try copy.withUnsafeBufferPointer { (buffer) throws(HTTP1ResponseFault) in try scan.run(buffer) }
                return .head(try scan.conclude(copy, isBodyExpected: isBodyExpected), consumed: range.upperBound)
            } catch {
                return .failed(error)
            }
        }
    }
}

/// One pass over a response's head.
private struct ResponseScan {
    private let fieldLimit: Int
    private var version = 0..<0
    private var status = 0
    private var reason = 0..<0
    private var fields: [HTTPFieldRange] = []
    private var isHTTP10 = false
    private var lengthCount = 0
    private var length: Int?
    private var transferEncodingCount = 0
    private var isChunked = false
    private var saysClose = false
    private var saysKeepAlive = false
    private var contentEncodingCount = 0
    private var contentEncoding = 0..<0
    private var isEventStream = false

    init(fieldLimit: Int) {
        self.fieldLimit = fieldLimit
    }

    mutating func run(_ bytes: UnsafeBufferPointer<UInt8>) throws(HTTP1ResponseFault) {
        var position = 0
        try statusLine(bytes, nextLine(bytes, &position))
        fields.reserveCapacity(16)
        while position < bytes.count {
            let line = nextLine(bytes, &position)
            if line.isEmpty {
                return
            }
            guard fields.count < fieldLimit else {
                throw .tooManyFields
            }
            try fieldLine(bytes, line)
        }
    }

    private func nextLine(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Range<Int> {
        let start = position
        let feed = lineFeed(bytes, from: start) ?? bytes.count
        position = min(feed + 1, bytes.count)
        return start..<(feed > start && bytes[feed - 1] == 0x0d ? feed - 1 : feed)
    }

    private mutating func statusLine(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ line: Range<Int>
    ) throws(HTTP1ResponseFault) {
        let start = line.lowerBound
        guard line.count >= 12, bytes[start + 8] == 0x20, isFieldValue(bytes, line),
            let code = decimal(bytes, (start + 9)..<(start + 12)), code >= 100,
            line.count == 12 || bytes[start + 12] == 0x20
        else {
            throw .invalidStatusLine
        }
        version = start..<(start + 8)
        isHTTP10 = equals(bytes, version, "HTTP/1.0")
        guard isHTTP10 || equals(bytes, version, "HTTP/1.1") else {
            throw .invalidStatusLine
        }
        status = code
        reason = min(start + 13, line.upperBound)..<line.upperBound
    }

    private mutating func fieldLine(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ line: Range<Int>
    ) throws(HTTP1ResponseFault) {
        guard let colon = colonBehindToken(bytes, line), colon > line.lowerBound else {
            throw .invalidField
        }
        let name = line.lowerBound..<colon
        let value = trimmed(bytes, (colon + 1)..<line.upperBound)
        guard isFieldValue(bytes, value) else {
            throw .invalidField
        }
        fields.append(HTTPFieldRange(name: ByteRange(name), value: ByteRange(value)))
        switch FieldName(bytes, name) {
        case .contentLength:
            lengthCount += 1
            length = decimal(bytes, value)
        case .transferEncoding:
            transferEncodingCount += 1
            isChunked = equalsIgnoringCase(bytes, value, "chunked")
        case .connection:
            forEachListElement(bytes, value) { element in
                saysClose = saysClose || equalsIgnoringCase(bytes, element, "close")
                saysKeepAlive = saysKeepAlive || equalsIgnoringCase(bytes, element, "keep-alive")
            }
        case .contentEncoding:
            contentEncodingCount += 1
            contentEncoding = value
        case .contentType:
            let end = min(value.lowerBound + 17, value.upperBound)
            isEventStream = equalsIgnoringCase(bytes, value.lowerBound..<end, "text/event-stream")
        default:
            break
        }
    }

    func conclude(_ bytes: [UInt8], isBodyExpected: Bool) throws(HTTP1ResponseFault) -> ParsedResponse {
        let framing = try bodyFraming(isBodyExpected: isBodyExpected)
        return ParsedResponse(
            head: HTTPResponseHead(
                bytes: bytes,
                version: ByteRange(version),
                status: status,
                reason: ByteRange(reason),
                fields: fields
            ),
            framing: framing,
            isKeptAlive: !saysClose && (!isHTTP10 || saysKeepAlive) && framing != .untilClose,
            contentEncodingCount: contentEncodingCount,
            contentEncoding: ByteRange(contentEncoding),
            isEventStream: isEventStream
        )
    }

    /// RFC 9112 section 6.3, with every ambiguity refused.
    private func bodyFraming(isBodyExpected: Bool) throws(HTTP1ResponseFault) -> BodyFraming {
        if lengthCount > 1 || (lengthCount == 1 && length == nil) || (lengthCount > 0 && transferEncodingCount > 0) {
            throw .invalidFraming
        }
        if transferEncodingCount > 0, transferEncodingCount > 1 || !isChunked || isHTTP10 {
            throw .invalidFraming
        }
        if !isBodyExpected || status < 200 || status == 204 || status == 304 {
            return .none
        }
        if transferEncodingCount > 0 {
            return .chunked
        }
        guard let length else {
            return .untilClose
        }
        return length == 0 ? .none : .length(length)
    }
}
