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
    let site: GatewaySite?
    let request: ParsedRequest
    /// Outlives this exchange: it ends the exchange before it goes.
    unowned let client: ClientConnection
    var chain: FilterChain
    var machine = ExchangeMachine()
    var isFinished = false
    private(set) lazy var identifier = chain.identifier ?? ExchangeIdentifier.make()

    // The request's body
    var reader: BodyReader
    var decoder: ContentDecoder?
    var isBodyDecoded = false
    var requestHolding: FilterChain.Holding?
    /// Bytes for the upstream that wait for the filters or for the connection.
    var heldRequest = ByteBuffer()
    var isChunkedUpstream = false
    var isContinueSent = false

    // The upstream and its response
    var upstream: UpstreamConnection?
    var response: ParsedResponse?
    var responseDecoder: ContentDecoder?
    var responseHolding: FilterChain.Holding?
    var heldResponse = ByteBuffer()
    var isChunkedClient = false
    var isKeptAlive: Bool
    /// Bytes taken from the budget for held bodies.
    private var reserved = 0

    init(
        _ request: ParsedRequest,
        site: GatewaySite?,
        runtime: GatewayRuntime,
        client: ClientConnection,
        connection: HTTPConnectionInfo
    ) {
        self.runtime = runtime
        self.site = site
        self.request = request
        self.client = client
        reader = BodyReader(request.framing, limits: runtime.configuration.limits.parser)
        isKeptAlive = request.isKeptAlive
        if case .available(let filters) = site?.filters {
            chain = FilterChain(filters, connection)
        } else {
            chain = FilterChain([], connection)
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
        connect()
    }

    /// The body breaks its framing, its coding or a limit: the filters may still judge and record what there was.
    func refuseBody(_ reason: HTTP1Refusal) {
        if machine.request == .held {
            guard passes(chain.requestEnd(isTruncated: true)) else {
                return
            }
        }
        refuse(reason)
    }

    func sendContinue() {
        guard request.expectsContinue, !isContinueSent else {
            return
        }
        isContinueSent = true
        client.write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
        client.flush()
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

    // MARK: - Own answers

    /// Carries out a verdict. Returns whether the exchange goes on.
    func passes(_ verdict: HTTPVerdict) -> Bool {
        switch verdict {
        case .pass:
            return true
        case .deny(let status):
            countBlocked(status)
            answer(OwnPage.Kind.blocked, status: (200...999).contains(status) ? status : 403)
        case .redirect(let location, let status):
            countBlocked(status)
            answer(.blocked, status: (300...399).contains(status) ? status : 302, location: location)
        case .drop:
            countBlocked(0)
            abort()
        }
        return false
    }

    private func countBlocked(_ status: Int) {
        increment(client.core.counters.blocked)
        log(.info, "a filter ended the exchange", ["status": "\(status)"])
    }

    /// Answers a request that the parser or a limit refuses, and closes.
    func refuse(_ reason: HTTP1Refusal) {
        client.core.counters.countRefusal(reason.rawValue)
        log(.info, "request refused", ["status": "\(reason.status)", "reason": "\(reason.rawValue)"])
        isKeptAlive = false
        if reason.closesWithoutAnswer {
            abort()
        } else {
            answer(.failed, status: reason.status)
        }
    }

    /// Answers what went wrong on this side.
    func fail(status: Int, reason: String) {
        log(.warning, "request failed", ["status": "\(status)", "reason": "\(reason)"])
        answer(.failed, status: status)
    }

    private func answer(_ kind: OwnPage.Kind, status: Int, location: [UInt8]? = nil) {
        guard machine.answersItself() else {
            abort()
            return
        }
        let ending = machine.end(isKeptAlive: isKeptAlive && client.mayKeepAlive)
        let page = OwnPage(
            status: status,
            kind: kind,
            identifier: identifier,
            pages: runtime.configuration.pages,
            location: location
        )
        client.write(page.response(to: request, isKeptAlive: ending == .keepAlive))
        // Whoever has the answer may look for it in the logs at once.
        finish(status: status)
        client.flush()
        client.exchangeEnded(ending)
    }

    /// Closes the client's connection without an answer, or in the middle of one.
    func abort() {
        finish(status: machine.response == .awaited || machine.response == .held ? 0 : response?.head.status ?? 0)
        client.abort()
    }

    /// The body does not come, or too slowly.
    func bodyTimedOut() {
        if machine.request == .held || machine.request == .streaming {
            refuseBody(.bodyTimeout)
        }
    }

    /// The client closed its side before the body was complete; there is nobody to answer.
    func clientLeft() {
        client.core.counters.countRefusal(HTTP1Refusal.bodyIncomplete.rawValue)
        log(.info, "request refused", ["reason": "\(HTTP1Refusal.bodyIncomplete.rawValue)"])
        if machine.request == .held {
            _ = chain.requestEnd(isTruncated: true)
        }
        abort()
    }

    /// The client is gone.
    func cancel() {
        let isBegun = machine.response == .streaming || machine.response == .tunnel
        finish(status: isBegun ? response?.head.status ?? 0 : 0)
    }

    /// Tells the filters and lets everything go. The only place where an exchange ends.
    func finish(status: Int) {
        guard !isFinished else {
            return
        }
        isFinished = true
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
