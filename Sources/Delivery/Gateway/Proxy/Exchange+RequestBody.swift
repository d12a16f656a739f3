// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Logging
internal import NIOCore

/// The request's body: out of the client's bytes, past the filters, to the upstream.
extension Exchange {
    /// Whether bytes of the body are wanted now.
    var takesRequestBody: Bool {
        !isFinished && machine.takesRequestBody && (machine.request == .held || upstream?.isWritable ?? false)
    }

    /// Takes what it can of the client's bytes; those behind the body stay.
    func takeRequestBody(_ input: inout ByteBuffer) {
        while takesRequestBody {
            var position = 0
            let event = input.withUnsafeReadableBytes { bytes in
                reader.next(bytes.bindMemory(to: UInt8.self), at: &position)
            }
            let data = input.consume(position, keeping: event)
            switch event {
            case .data(let range):
                client.bodyProgressed(range.count)
                decode(data)
            case .end:
                requestBodyEnded()
            case .failed(let reason):
                refuseBody(reason)
            case .needMore:
                upstream?.output.flush()
                return
            }
        }
        upstream?.output.flush()
    }

    private func decode(_ slice: ByteBuffer) {
        guard let decoder else {
            receive(slice)
            return
        }
        var decoded = ByteBuffer()
        let failure = slice.withUnsafeReadableBytes { bytes -> HTTP1Refusal? in
            do throws(HTTP1Refusal) {
                try decoder.decode(bytes.bindMemory(to: UInt8.self)) { decoded.writeBytes($0) }
                return nil
            } catch {
                return error
            }
        }
        if decoded.readableBytes > 0 {
            receive(decoded)
        }
        if let failure {
            refuseBody(failure)
        }
    }

    /// Bytes without content coding.
    private func receive(_ buffer: ByteBuffer) {
        guard machine.request == .held, let holding = requestHolding else {
            send(buffer)
            return
        }
        buffer.withUnsafeReadableBytes { bytes in
            chain.showRequestBody(bytes.bindMemory(to: UInt8.self))
        }
        let hasRoom = reserve(buffer.readableBytes)
        let held = heldRequest.append(buffer)
        if let limit = holding.rejectionLimit, held > limit {
            refuseBody(.bodyTooLarge)
        } else if held > holding.limit || !hasRoom {
            concludeRequest(isTruncated: true)
        }
    }

    private func requestBodyEnded() {
        do throws(HTTP1Refusal) {
            try decoder?.finish()
        } catch {
            refuseBody(error)
            return
        }
        let wasHeld = machine.request == .held
        machine.requestReceived()
        if wasHeld {
            concludeRequest(isTruncated: false)
            return
        }
        if isChunkedUpstream {
            upstream?.output.write(ByteBuffer(staticString: "0\r\n\r\n"))
        }
        client.awaitUpstream(runtime.waits.upstreamResponse)
    }

    /// Sends body bytes on, or keeps them for the connection that is being opened.
    private func send(_ buffer: ByteBuffer) {
        guard let upstream, machine.upstream == .open else {
            heldRequest.append(buffer)
            return
        }
        if isChunkedUpstream {
            upstream.output.compose { $0.writeChunkHead(buffer.readableBytes) }
            upstream.output.write(buffer)
            upstream.output.write(ByteBuffer(staticString: "\r\n"))
        } else {
            upstream.output.write(buffer)
        }
        if !upstream.isWritable {
            upstream.output.flush()
            client.awaitUpstream(runtime.waits.upstreamResponse)
        }
    }

    // MARK: - Upstream

    /// Takes a waiting connection to the upstream or opens one.
    func connect() {
        guard let site else {
            return
        }
        if let waiting = client.loopState.pool.take(site.upstream) {
            opened(waiting)
            return
        }
        client.awaitUpstream(runtime.waits.upstreamConnect + runtime.waits.upstreamResponse)
        let pool = client.loopState.pool
        pool.connect(site.upstream, runtime, client.loopState).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                self.connected(channel)
            case .failure(let error):
                self.upstreamLost(.unreachable(error))
            }
        }
    }

    private func connected(_ channel: any Channel) {
        guard let connection = try? channel.pipeline.syncOperations.handler(type: UpstreamConnection.self),
            !isFinished
        else {
            channel.close(promise: nil)
            return
        }
        connection.connected()
        opened(connection)
    }

    private func opened(_ connection: UpstreamConnection) {
        upstream = connection
        machine.upstreamOpened()
        let limits = runtime.configuration.limits.parser
        connection.begin(self, limits: limits, isBodyExpected: !request.isHead)
        let framing = upstreamFraming
        isChunkedUpstream = framing == .chunked
        let writer = RequestWriter(
            runtime: runtime,
            place: connection.place,
            client: client,
            isPeerTrusted: client.isPeerTrusted(runtime),
            identifier: chain.identifier,
            ownIdentifier: ownIdentifier,
            asksForPlainResponse: runtime.configuration.asksForPlainResponses && !chain.isEmpty,
            isBodyDecoded: isBodyDecoded
        )
        connection.output.compose { writer.write(request, framing: framing, to: &$0) }
        if let held = heldRequest, held.readableBytes > 0 {
            // A complete body is kept until the response comes, in case the connection turns out to be dead.
            if machine.request != .complete {
                heldRequest = nil
            }
            sendWhole(held, on: connection)
        }
        connection.output.flush()
        if machine.request == .complete {
            client.awaitUpstream(runtime.waits.upstreamResponse)
        } else {
            sendContinue()
            client.expectBody()
            client.processInput()
        }
    }

    private func sendWhole(_ held: ByteBuffer, on connection: UpstreamConnection) {
        if isChunkedUpstream {
            send(held)
        } else {
            connection.output.write(held)
        }
    }

    private var upstreamFraming: RequestWriter.Framing {
        if machine.request == .complete {
            guard request.framing == .none else {
                return .length(heldRequest?.readableBytes ?? 0)
            }
            return request.hasLengthField ? .length(0) : .none
        }
        guard !isBodyDecoded, case .length(let length) = request.framing else {
            return .chunked
        }
        return .length(length)
    }

    /// The upstream takes bytes again.
    func upstreamWritable() {
        guard !isFinished else {
            return
        }
        if machine.response == .tunnel {
            client.resumeReading()
        } else if machine.request == .streaming {
            client.expectBody()
            client.processInput()
        }
    }

    func upstreamLost(_ fault: UpstreamFault) {
        guard !isFinished else {
            return
        }
        let isRepeatable = request.isIdempotent && upstream?.isReused ?? false && !isChunkedUpstream
        upstream = nil
        switch machine.upstreamLost(isRepeatable: isRepeatable) {
        case .retry:
            connect()
        case .answer:
            increment(client.core.counters.upstreamErrors)
            fail(status: 502, reason: Self.description(of: fault))
        case .abort:
            if machine.response != .tunnel {
                increment(client.core.counters.upstreamErrors)
                log(.warning, "upstream broke off", ["reason": "\(Self.description(of: fault))"])
            }
            abort()
        case .ignore:
            break
        }
    }

    /// Nothing came from the upstream, or it took nothing, for too long.
    func upstreamTimedOut() {
        increment(client.core.counters.upstreamTimeouts)
        fail(status: 504, reason: "upstream timeout")
    }

    private static func description(of fault: UpstreamFault) -> String {
        switch fault {
        case .unreachable(let error): "upstream unreachable: \(error)"
        case .closed: "upstream closed the connection"
        case .response(let fault): fault.rawValue
        }
    }
}
