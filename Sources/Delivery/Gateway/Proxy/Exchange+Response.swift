// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import Logging
internal import NIOCore

/// The response: from the upstream, past the filters, to the client.
extension Exchange {
    func responseBegan(_ response: consuming ParsedResponse) {
        guard !isFinished else {
            return
        }
        heldRequest = nil
        isDeadlineDue = true
        if chain.isEmpty, response.head.status != 101 {
            // Nobody looks at it.
            self.response = response
            release(isComplete: false)
            return
        }
        self.response = response
        if response.head.status == 101 {
            tunnelOffered(response)
            return
        }
        guard passes(chain.responseHead(headForFilters(response))) else {
            return
        }
        responseHolding = chain.responseHolding(cappedAt: runtime.configuration.limits.heldBody)
        guard responseHolding != nil, response.framing != .none, !response.isEventStream else {
            // Events would never reach the client if they were held back until there are enough.
            let isSkipped = responseHolding != nil && response.framing != .none
            if passes(chain.responseEnd(isTruncated: isSkipped)) {
                release(isComplete: false)
            }
            return
        }
        prepareResponseDecoder(response)
        machine.responseHeld()
    }

    /// The head as the filters see it: where the body will be decoded for them, it names no content coding, because
    /// rule sets leave encoded bodies alone.
    private func headForFilters(_ response: ParsedResponse) -> HTTPResponseHead {
        let head = response.head
        guard response.contentEncodingCount > 0 else {
            return head
        }
        let named = head.bytes.withUnsafeBufferPointer {
            ContentCoding.named($0, response.contentEncoding.bounds, fieldCount: response.contentEncodingCount)
        }
        guard case .known = named else {
            return head
        }
        let coding = Array("content-encoding".utf8)
        let fields = head.fields.filter { field in
            !head.bytes[field.name.bounds].lazy.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }.elementsEqual(
                coding
            )
        }
        return HTTPResponseHead(
            bytes: head.bytes,
            version: head.version,
            status: head.status,
            reason: head.reason,
            fields: fields
        )
    }

    /// Compressed responses are decoded for the filters; the client gets them as they came.
    private func prepareResponseDecoder(_ response: ParsedResponse) {
        guard response.contentEncodingCount > 0 else {
            return
        }
        let named = response.head.bytes.withUnsafeBufferPointer {
            ContentCoding.named($0, response.contentEncoding.bounds, fieldCount: response.contentEncodingCount)
        }
        guard case .known(let coding) = named else {
            if named != .identity {
                log(.notice, "a response's content coding is unknown; its body is inspected as it came")
            }
            return
        }
        responseDecoder = try? ContentDecoder(coding, limits: runtime.configuration.limits.decoding)
    }

    func responseBody(_ buffer: ByteBuffer) {
        guard !isFinished else {
            return
        }
        isDeadlineDue = true
        guard machine.response == .held, let holding = responseHolding else {
            writeBody(buffer)
            return
        }
        let isReadable = showToFilters(buffer)
        let hasRoom = reserve(buffer.readableBytes)
        let held = heldResponse.append(buffer)
        guard held > holding.limit || !hasRoom || !isReadable else {
            return
        }
        guard passes(chain.responseEnd(isTruncated: true)) else {
            return
        }
        if let limit = holding.rejectionLimit, held > limit {
            increment(client.core.counters.upstreamErrors)
            fail(status: 502, reason: HTTP1ResponseFault.tooLarge.rawValue)
            return
        }
        increment(client.core.counters.truncatedInspections)
        log(.notice, "only the beginning of a response body was inspected")
        release(isComplete: false)
    }

    /// Shows the filters what the bytes decode to. False where they cannot be decoded any further.
    private func showToFilters(_ buffer: ByteBuffer) -> Bool {
        buffer.withUnsafeReadableBytes { raw in
            let bytes = raw.bindMemory(to: UInt8.self)
            guard let responseDecoder else {
                chain.showResponseBody(bytes)
                return true
            }
            do throws(HTTP1Refusal) {
                try responseDecoder.decode(bytes) { chain.showResponseBody($0) }
                return true
            } catch {
                return false
            }
        }
    }

    func responseEnded(isKeptAlive: Bool) {
        guard !isFinished else {
            return
        }
        if machine.response == .held {
            guard passes(chain.responseEnd(isTruncated: false)) else {
                return
            }
            release(isComplete: true)
        }
        if isChunkedClient {
            client.output.write(ByteBuffer(staticString: "0\r\n\r\n"))
        }
        let status = response?.head.status ?? 0
        if machine.responseCompleted(isKeptAlive: isKeptAlive), let upstream {
            self.upstream = nil
            let limit = runtime.configuration.limits.idleUpstreamConnections
            upstream.release(limit: limit, keepAlive: runtime.waits.upstreamKeepAlive)
        }
        let ending = machine.end(isKeptAlive: self.isKeptAlive)
        finishAnswered(status: status)
        client.exchangeEnded(ending)
    }

    /// Sends the head and what was held back of the body.
    private func release(isComplete: Bool) {
        guard let response else {
            return
        }
        machine.responseReleased()
        let framing = clientFraming(response, isComplete: isComplete)
        isKeptAlive = isKeptAlive && client.mayKeepAlive && framing != .untilClose && machine.request == .complete
        let writer = ResponseWriter(isKeptAlive: isKeptAlive, isHTTP10: request.isHTTP10)
        client.output.compose { writer.write(response, framing: framing, to: &$0) }
        isChunkedClient = framing == .chunked
        if let held = heldResponse.take(), held.readableBytes > 0 {
            writeBody(held)
        }
    }

    private func clientFraming(_ response: ParsedResponse, isComplete: Bool) -> ResponseWriter.Framing {
        switch response.framing {
        case .none: .none
        case .length(let length): .length(length)
        case .chunked, .untilClose:
            if isComplete {
                .length(heldResponse?.readableBytes ?? 0)
            } else {
                request.isHTTP10 ? .untilClose : .chunked
            }
        }
    }

    private func writeBody(_ buffer: ByteBuffer) {
        if isChunkedClient {
            client.output.compose { $0.writeChunkHead(buffer.readableBytes) }
            client.output.write(buffer)
            client.output.write(ByteBuffer(staticString: "\r\n"))
        } else {
            client.output.write(buffer)
        }
        holdBackUpstreamIfNeeded()
    }

    /// Back-pressure: an upstream is read only as fast as its client takes the bytes.
    private func holdBackUpstreamIfNeeded() {
        guard !client.isWritable else {
            return
        }
        client.output.flush()
        guard !client.isWritable else {
            return
        }
        upstream?.pauseReading()
        isDeadlineDue = false
        client.awaitClient()
    }

    /// All that came at once was worked on, and the response goes on: only now is the time looked at.
    func upstreamReadComplete() {
        if isDeadlineDue, !isFinished, delayed == nil {
            isDeadlineDue = false
            client.awaitUpstream(runtime.waits.upstreamIdle)
        }
        client.output.flush()
    }

    /// The client takes bytes again.
    func clientWritable() {
        guard !isFinished, let upstream else {
            return
        }
        client.awaitUpstream(
            machine.response == .tunnel ? runtime.waits.tunnelIdle : runtime.waits.upstreamIdle
        )
        upstream.resumeReading()
    }

    // MARK: - WebSocket

    private func tunnelOffered(_ response: ParsedResponse) {
        guard request.wantsWebSocket, let upstream else {
            self.upstream?.close()
            upstreamLost(.response(.unexpectedUpgrade))
            return
        }
        guard passes(chain.responseHead(response.head)) else {
            return
        }
        _ = chain.responseHolding(cappedAt: 0)
        guard passes(chain.responseEnd(isTruncated: false)) else {
            return
        }
        machine.responseReleased()
        machine.tunnelOpened()
        isDeadlineDue = false
        let writer = ResponseWriter(isKeptAlive: true, isHTTP10: false)
        client.output.compose { writer.write(response, framing: .upgrade, to: &$0) }
        let early = upstream.openTunnel()
        if early.readableBytes > 0 {
            client.output.write(early)
        }
        client.output.flush()
        client.tunnelOpened()
    }

    func tunnelFromUpstream(_ buffer: ByteBuffer) {
        client.awaitUpstream(runtime.waits.tunnelIdle)
        client.output.write(buffer)
        holdBackUpstreamIfNeeded()
    }

    func tunnelFromClient(_ buffer: ByteBuffer) {
        client.awaitUpstream(runtime.waits.tunnelIdle)
        upstream?.output.write(buffer)
        upstream?.output.flush()
    }
}

extension ParsedRequest {
    /// Whether sending the request twice does no harm, RFC 9110 section 9.2.2.
    var isIdempotent: Bool {
        head.bytes.withUnsafeBufferPointer { bytes in
            let method = head.method.bounds
            return equals(bytes, method, "GET") || equals(bytes, method, "HEAD") || equals(bytes, method, "OPTIONS")
                || equals(bytes, method, "PUT") || equals(bytes, method, "DELETE") || equals(bytes, method, "TRACE")
        }
    }

    /// Whether the client said that the body is empty.
    var hasLengthField: Bool {
        head.bytes.withUnsafeBufferPointer { bytes in
            head.fields.contains { FieldName(bytes, $0.name.bounds) == .contentLength }
        }
    }
}
