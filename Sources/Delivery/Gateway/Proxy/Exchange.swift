// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Logging
internal import NIOCore

/// One request on its way to an upstream and its response on the way back, watched by the site's filters.
///
/// The order is that of ``HTTPFilterExchange``. Request bytes go to the upstream only after the filters let them
/// pass; what they want to see of a body is held back until then. All calls come from the client's event loop.
final class Exchange {
    let runtime: GatewayRuntime
    let site: SiteTable.Site?
    let request: ParsedRequest
    /// Lets go of this exchange when it ends, and before it goes itself.
    let client: ClientConnection
    var chain: FilterChain
    var machine = ExchangeMachine()
    var isFinished = false
    /// What the exchange is called where no filter names it.
    let ownIdentifier: ExchangeIdentifier
    var identifier: String { chain.identifier ?? ownIdentifier.text }

    // The request's body
    var reader: BodyReader
    var decoder: ContentDecoder?
    var isBodyDecoded = false
    var requestHolding: FilterChain.Holding?
    /// Bytes for the upstream that wait for the filters or for the connection.
    var heldRequest: ByteBuffer?
    var isChunkedUpstream = false
    var isContinueSent = false

    // The upstream and its response
    var upstream: UpstreamConnection?
    var response: ParsedResponse?
    var responseDecoder: ContentDecoder?
    var responseHolding: FilterChain.Holding?
    var heldResponse: ByteBuffer?
    var isChunkedClient = false
    /// Whether something came from the upstream since the deadline for its next bytes was set.
    var isDeadlineDue = false
    var isKeptAlive: Bool
    /// Bytes taken from the budget for held bodies.
    private var reserved = 0

    /// What a filter decided, till that is recorded.
    var unrecorded: NextStep?

    // The delay that filters may ask for
    var delayed: NextStep?
    var isDelayUsed = false

    init(
        _ request: ParsedRequest,
        site: SiteTable.Site?,
        runtime: GatewayRuntime,
        client: ClientConnection,
        connection: @autoclosure () -> HTTPConnectionInfo
    ) {
        self.runtime = runtime
        self.site = site
        self.request = request
        self.client = client
        ownIdentifier = ExchangeIdentifier(&client.loopState.random)
        reader = BodyReader(request.framing, limits: runtime.configuration.limits.parser)
        isKeptAlive = request.isKeptAlive
        if case .available(let filters) = site?.filters, !filters.isEmpty {
            chain = FilterChain(filters, connection())
        } else {
            chain = FilterChain()
        }
        increment(client.core.counters.activeExchanges)
    }

    // MARK: - Request

    /// Shows the head to the filters and goes on from there.
    func start() {
        if request.framing == .none {
            machine.requestReceived()
        }
        if let refusal = request.refusal {
            _ = chain.requestHead(request.head, refusal: refusal.refusal)
            refuse(refusal)
            return
        }
        guard let site else {
            fail(status: 404, reason: "no site for this host and path")
            return
        }
        if case .unavailable(let policy) = site.filters {
            guard policy == .open else {
                fail(status: 503, reason: "filters unavailable")
                return
            }
            increment(client.core.counters.uninspected)
        }
        guard passes(chain.requestHead(request.head, refusal: nil)) else {
            return
        }
        requestHolding = chain.requestHolding(cappedAt: runtime.configuration.limits.heldBody)
        guard request.framing != .none else {
            concludeRequest(isTruncated: false)
            return
        }
        guard let requestHolding else {
            concludeRequest(isTruncated: false)
            return
        }
        beginHolding(requestHolding)
    }

    private func beginHolding(_ holding: FilterChain.Holding) {
        do throws(HTTP1Refusal) {
            decoder = try request.makeBodyDecoder(limits: runtime.configuration.limits.decoding)
            isBodyDecoded = decoder != nil
        } catch {
            refuseBody(error)
            return
        }
        if decoder == nil, case .length(let length) = request.framing, let limit = holding.rejectionLimit,
            length > limit
        {
            refuseBody(.bodyTooLarge)
            return
        }
        sendContinue()
        client.expectBody()
    }

    /// The request's phase is over: asks the filters and, where they let it pass, the upstream.
    func concludeRequest(isTruncated: Bool) {
        guard passes(chain.requestEnd(isTruncated: isTruncated)) else {
            return
        }
        if isTruncated {
            increment(client.core.counters.truncatedInspections)
            log(.notice, "only the beginning of a request body was inspected")
        }
        machine.requestPassed()
        proceed(.connection)
    }

    /// The body breaks its framing, its coding or a limit, or does not come in time: the filters may still judge and
    /// record what there was.
    func refuseBody(_ reason: HTTP1Refusal) {
        guard !isFinished, machine.response != .complete else {
            return
        }
        if machine.request == .held {
            guard passes(chain.requestEnd(isTruncated: true)) else {
                return
            }
        }
        chain.requestRefused(reason.refusal)
        refuse(reason)
    }

    func sendContinue() {
        guard request.expectsContinue, !isContinueSent else {
            return
        }
        isContinueSent = true
        client.output.write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
        client.output.flush()
    }

    /// Takes memory for held bytes; false where all connections together hold too much already.
    func reserve(_ bytes: Int) -> Bool {
        let limit = runtime.configuration.limits.heldBodiesTotal
        guard client.core.counters.reserve(bytes, limit: limit) else {
            return false
        }
        reserved += bytes
        return true
    }

    /// The client is gone.
    func cancel() {
        let isBegun = machine.response == .streaming || machine.response == .tunnel
        finish(status: isBegun ? response?.head.status ?? 0 : 0)
    }

    /// Tells the filters and lets everything go. An exchange ends here, and with ``finishAnswered(status:)``.
    func finish(status: Int) {
        guard !isFinished else {
            return
        }
        letGo(status: status)
        chain.settle()
    }

    /// The same where an answer has been written: it leaves between what the logs tell of it and all the rest.
    func finishAnswered(status: Int) {
        guard !isFinished else {
            client.output.flush()
            return
        }
        letGo(status: status)
        client.output.flush()
        chain.settle()
    }

    private func letGo(status: Int) {
        isFinished = true
        unrecorded = nil
        delayed = nil
        upstream?.close()
        upstream = nil
        chain.finish(status: status)
        client.core.counters.release(reserved)
        reserved = 0
        decrement(client.core.counters.activeExchanges)
    }

    func log(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata = [:]) {
        client.core.logger.log(level: level, message, metadata: metadata.merging(logMetadata) { $1 })
    }

    private var logMetadata: Logger.Metadata {
        ["exchange": "\(identifier)", "client": "\(client.peerAddress)"]
    }
}
