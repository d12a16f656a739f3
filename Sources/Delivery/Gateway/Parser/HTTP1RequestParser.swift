// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes
package import DefenseModel

/// How a message's body is delimited, RFC 9112 section 6.
package enum BodyFraming: Sendable, Equatable {
    /// There is no body.
    case none
    /// So many bytes.
    case length(Int)
    /// Chunks up to the last one.
    case chunked
    /// Everything until the connection closes; responses only.
    case untilClose
}

/// A request's head with what its fields mean for the connection.
package struct ParsedRequest: Sendable {
    package var head: HTTPRequestHead
    /// Why the request is not served; then the rest of this value is as far as it could be understood.
    package var refusal: HTTP1Refusal?
    package var framing: BodyFraming = .none
    /// Whether the client wants to send further requests on this connection.
    package var isKeptAlive = false
    package var isHTTP10 = false
    /// Whether the client waits for `100 Continue` before it sends the body.
    package var expectsContinue = false
    /// Whether this is a WebSocket's opening handshake.
    package var wantsWebSocket = false
    /// Whether `Connection` names fields beyond its usual options.
    package var nominatesFields = false
    /// The value of `Host`, or the authority of a target in absolute form; empty where there is neither.
    package var authority = ByteRange.empty
    /// The target in origin form: without scheme and authority; empty where the path is.
    package var originTarget = ByteRange.empty
    /// The values of `Content-Encoding`, as index into the fields.
    package var contentEncodingFields: Int = 0
    package var contentEncoding = ByteRange.empty

    init(head: HTTPRequestHead, refusal: HTTP1Refusal?) {
        self.head = head
        self.refusal = refusal
    }
}

/// A strict HTTP/1.1 request parser on bytes, RFC 9112.
///
/// It knows exactly one reading of a head and refuses everything else, but a refused request still yields its parts
/// as far as they can be told apart, so that rules can look at them. Bytes are never decoded or replaced. Heads may
/// arrive in any pieces; the cost is linear in the head's length, with two allocations per head.
package struct HTTP1RequestParser: Sendable {
    package enum Progress: Sendable {
        /// More bytes are needed.
        case incomplete
        /// A head; the next `consumed` bytes of the input belong to it.
        case head(ParsedRequest, consumed: Int)
    }

    private let limits: HTTP1Limits
    private var boundary = HeadBoundary()

    package init(limits: HTTP1Limits = HTTP1Limits()) {
        self.limits = limits
    }

    /// Goes on with all bytes of the connection that were not consumed yet, the earlier ones included.
    ///
    /// After `head` the parser is ready for the next request; after a refusal the connection has to be closed.
    package mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Progress {
        let progress = boundary.advance(bytes, firstLineLimit: limits.requestLine, limit: limits.head)
        switch progress {
        case .incomplete:
            // A TLS greeting or other binary traffic never sends a line end: do not wait for it.
            guard let first = bytes.first, first < 0x20, first != 0x0d, first != 0x0a, first != 0x09 else {
                return .incomplete
            }
            return finish(bytes, 0..<bytes.count, refusal: .controlCharacter)
        case .found(let range):
            return finish(bytes, range, refusal: nil)
        case .firstLineTooLong:
            return finish(bytes, boundary.start..<bytes.count, refusal: .requestLineTooLong)
        case .tooLong:
            return finish(bytes, boundary.start..<bytes.count, refusal: .headTooLarge)
        }
    }

    /// Gives up on a head that is not complete: what is there, refused for the given reason.
    package mutating func abandon(_ bytes: UnsafeBufferPointer<UInt8>, refusal: HTTP1Refusal) -> ParsedRequest {
        let start = min(boundary.start, bytes.count)
        boundary = HeadBoundary()
        return Self.parseHead(bytes, start..<bytes.count, limits: limits, refusal: refusal)
    }

    private mutating func finish(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>,
        refusal: HTTP1Refusal?
    ) -> Progress {
        boundary = HeadBoundary()
        let request = Self.parseHead(bytes, range, limits: limits, refusal: refusal)
        return .head(request, consumed: range.upperBound)
    }

    /// Parses a head that is known to be complete, or as much of one as there is.
    private static func parseHead(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>,
        limits: HTTP1Limits,
        refusal: HTTP1Refusal?
    ) -> ParsedRequest {
        let upper = min(range.upperBound, range.lowerBound + limits.head + limits.requestLine)
        let copy = Array(bytes[range.lowerBound..<upper])
        var scan = HeadScan(fieldLimit: limits.fields, refusal: refusal)
        copy.withUnsafeBufferPointer { scan.run($0) }
        let head = HTTPRequestHead(
            bytes: copy,
            method: ByteRange(scan.method),
            target: ByteRange(scan.target),
            version: ByteRange(scan.version),
            line: ByteRange(scan.line),
            fields: scan.fields
        )
        var request = ParsedRequest(head: head, refusal: scan.refusal)
        request.framing = scan.framing
        request.isHTTP10 = scan.isHTTP10
        request.isKeptAlive = scan.refusal == nil && scan.isKeptAlive
        request.expectsContinue = scan.expectsContinue && !scan.isHTTP10
        request.wantsWebSocket = scan.wantsWebSocket
        request.nominatesFields = scan.nominatesFields
        request.authority = ByteRange(scan.authority)
        request.originTarget = ByteRange(scan.originTarget)
        request.contentEncodingFields = scan.contentEncodingCount
        request.contentEncoding = ByteRange(scan.contentEncoding)
        return request
    }
}

extension ByteRange {
    init(_ range: Range<Int>) {
        self.init(offset: range.lowerBound, length: range.count)
    }
}
