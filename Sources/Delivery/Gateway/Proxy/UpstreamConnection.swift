// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import NIOCore

/// Why an upstream gave no usable response.
enum UpstreamFault: Error {
    /// No connection came about.
    case unreachable(any Error)
    /// The connection ended before the response did.
    case closed
    /// The response is malformed.
    case response(HTTP1ResponseFault)
}

/// One connection to an upstream; serves one exchange at a time.
final class UpstreamConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Waits in the pool; bytes from the upstream are a fault.
        case idle
        case awaitingHead(isBodyExpected: Bool)
        case body(BodyReader, isKeptAlive: Bool)
        case tunnel
        case closed
    }

    /// Where it waits between exchanges.
    let place: UpstreamPool.Place
    let loopState: LoopState
    /// When the pool closes it.
    var idleUntil = NIODeadline.distantFuture
    /// Whether it has served an exchange before.
    private(set) var isReused = false
    private var state = State.idle
    private(set) var context: ChannelHandlerContext?
    let output: JoinedOutput
    /// Whether the upstream takes bytes as fast as they are written.
    private(set) var isWritable = true
    private var exchange: Exchange?
    private var parser = HTTP1ResponseParser()
    private var input = ByteBuffer()
    private var isPaused = false
    private var isReadPending = false
    /// The stream ended without TLS's closing message: what came until then may be cut.
    private var isTainted = false

    init(_ place: UpstreamPool.Place, _ loopState: LoopState) {
        self.place = place
        self.loopState = loopState
        output = JoinedOutput(loopState)
    }

    var isUsable: Bool {
        guard case .idle = state, context != nil else {
            return false
        }
        return input.readableBytes == 0
    }

    // MARK: - What the exchange calls

    /// The connection is there.
    func connected() {
        if !place.address.isTLS {
            output.sendDirectly()
        }
    }

    func begin(_ exchange: Exchange, limits: HTTP1Limits, isBodyExpected: Bool) {
        self.exchange = exchange
        parser = HTTP1ResponseParser(limits: limits)
        state = .awaitingHead(isBodyExpected: isBodyExpected)
    }

    /// Gives the connection back after a complete response.
    func release(limit: Int, keepAlive: TimeAmount) {
        exchange = nil
        isReused = true
        isPaused = false
        guard input.readableBytes == 0, !isTainted else {
            close()
            return
        }
        // Let go of the bytes, so that the channel can read into them again.
        input = ByteBuffer()
        state = .idle
        loopState.pool.put(self, limit: limit, keepAlive: keepAlive)
        resumeReading()
    }

    func close() {
        exchange = nil
        state = .closed
        context?.close(mode: .all, promise: nil)
    }

    func openTunnel() -> ByteBuffer {
        state = .tunnel
        defer { input = ByteBuffer() }
        return input
    }

    func pauseReading() {
        isPaused = true
    }

    func resumeReading() {
        isPaused = false
        if isReadPending {
            isReadPending = false
            context?.read()
        }
    }

    // MARK: - Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output.attach(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        output.detach()
    }

    func read(context: ChannelHandlerContext) {
        if isPaused {
            isReadPending = true
        } else {
            context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // By name, as in the client's connection.
        var buffer = UpstreamConnection.unwrapInboundIn(data)
        switch state {
        case .idle:
            close()
            return
        case .closed:
            return
        case .tunnel:
            exchange?.tunnelFromUpstream(buffer)
            return
        case .awaitingHead, .body:
            break
        }
        if input.readableBytes == 0 {
            input = buffer
        } else {
            input.writeBuffer(&buffer)
        }
        process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        exchange?.upstreamReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable {
            exchange?.upstreamWritable()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        place.remove(self)
        let ended = exchange
        let last = state
        exchange = nil
        state = .closed
        if case .body(let reader, _) = last, reader.endsWithConnection, !isTainted {
            ended?.responseEnded(isKeptAlive: false)
        } else {
            ended?.upstreamLost(.closed)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isTainted = true
        context.close(mode: .all, promise: nil)
    }

    // MARK: - Parsing

    private func process() {
        while let exchange, step(exchange) {}
    }

    /// Handles the next piece of input. Returns whether there may be more to do.
    private func step(_ exchange: Exchange) -> Bool {
        switch state {
        case .awaitingHead(let isBodyExpected):
            responseHead(exchange, isBodyExpected: isBodyExpected)
        case .body(var reader, let isKeptAlive):
            responseBody(exchange, &reader, isKeptAlive: isKeptAlive)
        case .idle, .tunnel, .closed:
            false
        }
    }

    private func responseHead(_ exchange: Exchange, isBodyExpected: Bool) -> Bool {
        let progress = input.withUnsafeReadableBytes { bytes in
            parser.parse(bytes.bindMemory(to: UInt8.self), isBodyExpected: isBodyExpected)
        }
        switch consume progress {
        case .incomplete:
            return false
        case .failed(let fault):
            fail(exchange, fault)
            return false
        case .head(let response, let consumed):
            input.moveReaderIndex(forwardBy: consumed)
            if response.head.status < 200, response.head.status != 101 {
                // The gateway answers expectations itself; other interim responses are hints that need not go on.
                return true
            }
            state = .body(BodyReader(response.framing, limits: HTTP1Limits()), isKeptAlive: response.isKeptAlive)
            exchange.responseBegan(response)
            return true
        }
    }

    private func responseBody(_ exchange: Exchange, _ reader: inout BodyReader, isKeptAlive: Bool) -> Bool {
        var position = 0
        let event = input.withUnsafeReadableBytes { bytes in
            reader.next(bytes.bindMemory(to: UInt8.self), at: &position)
        }
        let data = input.consume(position, keeping: event)
        state = .body(reader, isKeptAlive: isKeptAlive)
        switch event {
        case .data:
            exchange.responseBody(data)
            return true
        case .needMore:
            return false
        case .end:
            exchange.responseEnded(isKeptAlive: isKeptAlive)
            return false
        case .failed:
            fail(exchange, .invalidChunk)
            return false
        }
    }

    private func fail(_ exchange: Exchange, _ fault: HTTP1ResponseFault) {
        close()
        exchange.upstreamLost(.response(fault))
    }
}
