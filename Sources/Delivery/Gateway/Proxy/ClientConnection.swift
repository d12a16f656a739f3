// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import NIOCore
internal import Synchronization

/// One client's connection: reads heads, runs one exchange after the other and keeps the time.
///
/// Bytes are read from the socket only while somebody wants them, so that neither a fast client nor a slow upstream
/// makes anything grow; what is buffered is at most a head's limit and one read.
final class ClientConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum State {
        /// Between requests.
        case idle
        /// A part of a head is there.
        case receivingHead
        /// An exchange runs.
        case exchanging(Exchange)
        /// The last answer is written; what the client still sends is dropped until it closes.
        case lingering
        case closed
    }

    let core: GatewayCore
    let loopState: LoopState
    let isTLS: Bool
    private(set) var peerAddress = ""
    private var peer: NumericAddress?
    private var connectionInfo = HTTPConnectionInfo(
        clientAddress: "",
        clientPort: 0,
        serverAddress: "",
        serverPort: 0
    )
    private(set) var context: ChannelHandlerContext?
    /// The configuration that the last exchange started with.
    private var runtime: GatewayRuntime
    private var state = State.idle
    private var parser: HTTP1RequestParser
    private var input = ByteBuffer()
    private var isProcessing = false
    private var isReadPending = false
    private var hasInputEnded = false
    private var isAdmitted = false
    let output: JoinedOutput
    /// Whether the client takes bytes as fast as they are written.
    private(set) var isWritable = true
    private var timer = DeadlineTimer()
    private var headStarted: NIODeadline?

    init(core: GatewayCore, loopState: LoopState, isTLS: Bool) {
        self.core = core
        self.loopState = loopState
        output = JoinedOutput(loopState)
        self.isTLS = isTLS
        runtime = core.runtime
        parser = HTTP1RequestParser(limits: runtime.configuration.limits.parser)
    }

    /// Whether further requests are welcome on this connection.
    var mayKeepAlive: Bool {
        !hasInputEnded && !core.isDraining.load(ordering: .relaxed)
    }

    func isPeerTrusted(_ runtime: GatewayRuntime) -> Bool {
        runtime.clientAddress.isTrusted(peer)
    }

    // MARK: - Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output.attach(context)
        if context.channel.isActive {
            begin(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        output.detach()
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard peerAddress.isEmpty else {
            return
        }
        let remote = context.channel.remoteAddress
        let local = context.channel.localAddress
        peerAddress = Self.plain(remote?.ipAddress)
        peer = NumericAddress(peerAddress)
        connectionInfo = HTTPConnectionInfo(
            clientAddress: peerAddress,
            clientPort: remote?.port ?? 0,
            serverAddress: Self.plain(local?.ipAddress),
            serverPort: local?.port ?? 0
        )
        guard !core.isDraining.load(ordering: .relaxed), core.admit(peerAddress, isExempt: isPeerTrusted(runtime))
        else {
            state = .closed
            context.close(mode: .all, promise: nil)
            return
        }
        isAdmitted = true
        loopState.add(self)
        if !isTLS {
            output.sendDirectly()
        }
        // A first request has to come as soon as a head has to be complete.
        setTimer(.idle, runtime.waits.head)
    }

    /// An IPv4 client of a socket for both families shows up as `::ffff:192.0.2.1`.
    private static func plain(_ address: String?) -> String {
        guard let address, address.hasPrefix("::ffff:"), address.contains(".") else {
            return address ?? ""
        }
        return String(address.dropFirst(7))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // By name: generic functions are not specialised for `Self` of a class.
        var buffer = ClientConnection.unwrapInboundIn(data)
        switch state {
        case .lingering, .closed:
            return
        case .exchanging(let exchange) where exchange.machine.response == .tunnel:
            exchange.tunnelFromClient(buffer)
            return
        case .idle, .receivingHead, .exchanging:
            break
        }
        if input.readableBytes == 0 {
            input = buffer
        } else {
            input.writeBuffer(&buffer)
        }
        processInput()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        output.flush()
    }

    func read(context: ChannelHandlerContext) {
        if wantsInput {
            context.read()
        } else {
            isReadPending = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable, case .exchanging(let exchange) = state {
            exchange.clientWritable()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            inputEnded()
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// A client may close its side after its last request and still wait for the answer.
    private func inputEnded() {
        hasInputEnded = true
        processInput()
        switch state {
        case .idle, .receivingHead, .lingering:
            abort()
        case .exchanging(let exchange) where exchange.machine.response == .tunnel:
            abort()
        case .exchanging(let exchange) where exchange.machine.request != .complete:
            exchange.clientLeft()
        case .exchanging, .closed:
            break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let last = state
        state = .closed
        timer.cancel()
        if case .exchanging(let exchange) = last {
            exchange.cancel()
        }
        loopState.remove(self)
        if isAdmitted {
            isAdmitted = false
            core.dismiss(peerAddress)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        abort()
    }

    // MARK: - What the exchange calls

    func resumeReading() {
        if isReadPending, wantsInput {
            isReadPending = false
            context?.read()
        }
    }

    func exchangeEnded(_ ending: ExchangeMachine.Ending) {
        guard case .exchanging = state else {
            return
        }
        switch ending {
        case .keepAlive where mayKeepAlive:
            state = .idle
            setTimer(.idle, runtime.waits.idle)
            processInput()
        case .keepAlive, .close:
            linger()
        }
    }

    func tunnelOpened() {
        guard !hasInputEnded else {
            // Nobody would notice that the client is gone: its end was seen already.
            abort()
            return
        }
        setTimer(.upstream, runtime.waits.tunnelIdle)
        guard case .exchanging(let exchange) = state, input.readableBytes > 0 else {
            resumeReading()
            return
        }
        let early = input
        input = ByteBuffer()
        exchange.tunnelFromClient(early)
        resumeReading()
    }

    /// Closes without any further answer.
    func abort() {
        if case .exchanging(let exchange) = state {
            state = .closed
            exchange.cancel()
        }
        state = .closed
        timer.cancel()
        context?.close(mode: .all, promise: nil)
    }

    /// Closes now if nothing runs, else after the exchange.
    func drain() {
        if case .idle = state {
            abort()
        }
    }

    /// Sends what is written, then the end, and reads on for a moment: closing with unread bytes would make the
    /// kernel reset the connection and with it throw away the answer.
    private func linger() {
        state = .lingering
        input = ByteBuffer()
        setTimer(.linger, runtime.waits.linger + runtime.waits.clientWrite)
        guard let context else {
            return
        }
        let wait = runtime.waits.linger
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in
            guard case .lingering = self.state else {
                return
            }
            if self.hasInputEnded {
                self.abort()
                return
            }
            self.setTimer(.linger, wait)
            self.context?.close(mode: .output, promise: nil)
        }
        output.flush()
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: written)
        resumeReading()
    }

    // MARK: - Input

    /// Whether bytes from the client have a place to go.
    private var wantsInput: Bool {
        switch state {
        case .idle, .receivingHead, .lingering: true
        case .closed: false
        case .exchanging(let exchange):
            if exchange.machine.response == .tunnel {
                exchange.upstream?.isWritable ?? false
            } else {
                // A little is read ahead even when nobody wants it, to notice that the client left.
                exchange.takesRequestBody || input.readableBytes < 4096
            }
        }
    }

    /// Works on what was received until more is needed or somebody else has to move first.
    func processInput() {
        // Calls from within the loop below change the state that it goes on with.
        guard !isProcessing else {
            return
        }
        isProcessing = true
        while step() {}
        isProcessing = false
        resumeReading()
    }

    /// Returns whether there may be more to do.
    private func step() -> Bool {
        switch state {
        case .idle, .receivingHead:
            return receiveHead()
        case .exchanging(let exchange):
            guard exchange.takesRequestBody else {
                return false
            }
            // Taken out, because the exchange calls back while it works on the bytes.
            var bytes = input
            input = ByteBuffer()
            exchange.takeRequestBody(&bytes)
            if case .lingering = state {
                return false
            }
            input = bytes
            return !exchange.takesRequestBody
        case .lingering, .closed:
            return false
        }
    }

    private func receiveHead() -> Bool {
        guard input.readableBytes > 0 else {
            return false
        }
        let progress = input.withUnsafeReadableBytes { parser.parse($0.bindMemory(to: UInt8.self)) }
        guard case .head(let request, let consumed) = consume progress else {
            if case .idle = state {
                state = .receivingHead
                setTimer(.head, runtime.waits.head)
            }
            return false
        }
        if consumed == input.readableBytes {
            // Nothing is left: let go of the bytes, so that the channel can read into them again.
            input = ByteBuffer()
        } else {
            input.moveReaderIndex(forwardBy: consumed)
        }
        begin(request)
        return true
    }

    private func begin(_ request: ParsedRequest) {
        increment(core.counters.requests)
        runtime = core.runtime
        let site = request.refusal == nil ? runtime.sites.site(for: request) : runtime.sites.siteForRefused(request)
        let exchange = Exchange(
            request,
            site: site,
            runtime: runtime,
            client: self,
            connection: connectionInfo(for: request, runtime)
        )
        state = .exchanging(exchange)
        exchange.start()
    }

    private func connectionInfo(for request: ParsedRequest, _ runtime: GatewayRuntime) -> HTTPConnectionInfo {
        guard !runtime.configuration.trustedProxies.isEmpty, isPeerTrusted(runtime),
            let address = runtime.clientAddress.forwarded(in: request.head)
        else {
            return connectionInfo
        }
        var info = connectionInfo
        info.clientAddress = address
        info.clientPort = 0
        return info
    }

    // MARK: - Time

    /// The body has to come in now.
    func expectBody() {
        setTimer(.body, runtime.waits.bodyGrace)
    }

    /// So many bytes of the body came; each byte pays for its share of a second, up to the grace.
    func bodyProgressed(_ bytes: Int) {
        let runtime = core.runtime
        let rate = max(runtime.configuration.timeouts.bodyBytesPerSecond, 1)
        let (nanoseconds, isOver) = Int64(bytes).multipliedReportingOverflow(by: 1_000_000_000 / Int64(rate))
        timer.extend(.body, by: isOver ? .hours(1) : .nanoseconds(nanoseconds), upTo: runtime.waits.bodyGrace)
    }

    func awaitUpstream(_ time: TimeAmount) {
        setTimer(.upstream, time)
    }

    func awaitClient() {
        setTimer(.client, runtime.waits.clientWrite)
    }

    /// Replaces whatever else is waited for.
    func awaitDelay(_ time: TimeAmount) {
        setTimer(.delay, time)
    }

    private func setTimer(_ kind: DeadlineTimer.Kind, _ time: TimeAmount) {
        guard let context else {
            return
        }
        timer.set(kind, in: time)
        armTimer(context)
    }

    /// Schedules a wake-up unless one that comes early enough is under way.
    private func armTimer(_ context: ChannelHandlerContext) {
        guard let due = timer.dueForScheduling else {
            return
        }
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            self.timerFired()
        }
        timer.scheduled(task, for: due)
    }

    private func timerFired() {
        guard let context else {
            return
        }
        guard let kind = timer.fired() else {
            armTimer(context)
            return
        }
        switch kind {
        case .idle, .linger, .client:
            abort()
        case .head:
            headTimedOut()
        case .body:
            if case .exchanging(let exchange) = state {
                exchange.bodyTimedOut()
            }
        case .upstream:
            if case .exchanging(let exchange) = state {
                exchange.upstreamTimedOut()
            }
        case .delay:
            if case .exchanging(let exchange) = state {
                exchange.delayEnded()
            }
        }
    }

    private func headTimedOut() {
        guard case .receivingHead = state else {
            return
        }
        let request = input.withUnsafeReadableBytes { bytes in
            parser.abandon(bytes.bindMemory(to: UInt8.self), refusal: .headTimeout)
        }
        input = ByteBuffer()
        begin(request)
    }
}
