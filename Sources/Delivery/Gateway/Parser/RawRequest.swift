// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel

/// Parses the raw bytes of one request just as the gateway does on the wire, for offline judgement.
///
/// Bytes behind the end of the request are ignored. A body that breaks its framing or coding refuses the request;
/// what was decoded until then stays in the result.
package let parseRawRequest: RawRequestParser = { bytes in
    bytes.withUnsafeBufferPointer { receiveWhole($0, limits: HTTP1Limits()) }
}

/// The most that the body of a raw request may decode to, in bytes.
private let rawBodyLimit = 256 << 20

private func receiveWhole(_ bytes: UnsafeBufferPointer<UInt8>, limits: HTTP1Limits) -> ReceivedRequest {
    var parser = HTTP1RequestParser(limits: limits)
    guard case .head(let request, var position) = parser.parse(bytes) else {
        let partial = parser.abandon(bytes, refusal: .headIncomplete)
        return ReceivedRequest(head: partial.head, body: [], refusal: partial.refusal?.refusal)
    }
    if let refusal = request.refusal {
        return ReceivedRequest(head: request.head, body: [], refusal: refusal.refusal)
    }
    var body: [UInt8] = []
    do throws(HTTP1Refusal) {
        try receiveBody(bytes, &position, request, limits, &body)
    } catch {
        return ReceivedRequest(head: request.head, body: body, refusal: error.refusal)
    }
    return ReceivedRequest(head: request.head, body: body, refusal: nil)
}

private func receiveBody(
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ position: inout Int,
    _ request: ParsedRequest,
    _ limits: HTTP1Limits,
    _ body: inout [UInt8]
) throws(HTTP1Refusal) {
    guard request.framing != .none else {
        return
    }
    let decoder = try request.makeBodyDecoder(limits: ContentDecoder.Limits())
    var reader = BodyReader(request.framing, limits: limits)
    while true {
        switch reader.next(bytes, at: &position) {
        case .data(let range):
            let piece = UnsafeBufferPointer(rebasing: bytes[range])
            if let decoder {
                try decoder.decode(piece) { body.append(contentsOf: $0) }
            } else {
                body.append(contentsOf: piece)
            }
            if body.count > rawBodyLimit {
                throw .bodyTooLarge
            }
        case .end:
            try decoder?.finish()
            return
        case .needMore:
            throw .bodyIncomplete
        case .failed(let reason):
            throw reason
        }
    }
}

extension ParsedRequest {
    /// The decoder that the body needs before it can be inspected; nil where it needs none.
    ///
    /// - Throws: the reason to refuse an unknown coding or several of them.
    func makeBodyDecoder(limits: ContentDecoder.Limits) throws(HTTP1Refusal) -> ContentDecoder? {
        guard contentEncodingFields > 0 else {
            return nil
        }
        let named = head.bytes.withUnsafeBufferPointer {
            ContentCoding.named($0, contentEncoding.bounds, fieldCount: contentEncodingFields)
        }
        switch named {
        case .identity: return nil
        case .known(let coding): return try ContentDecoder(coding, limits: limits)
        case .refused(let reason): throw reason
        }
    }
}
