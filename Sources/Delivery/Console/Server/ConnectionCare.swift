// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1

/// How long the console waits for its clients.
package struct ConsolePatience: Sendable {
    /// From the beginning of a connection to the end of its first head, the handshake of TLS included.
    package var head: Duration = .seconds(15)
    /// From the end of a head to the end of its body.
    package var body: Duration = .seconds(60)
    /// The same where the body is a report, which may be large.
    package var upload: Duration = .seconds(900)
    /// From the end of an answer to the end of the next head.
    package var next: Duration = .seconds(60)
    /// While a client takes no more of an answer.
    package var reading: Duration = .seconds(30)

    package init() {}
}

/// Lets go of clients that are slower than any that is well, however steadily they send or take a byte now and then, and
/// answers what is no HTTP with a problem (RFC 9457).
final class ConnectionCare: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let patience: ConsolePatience
    /// The paths that take reports.
    private let uploads: Set<String>
    private let meters: ConsoleMeters
    /// Ends the connection where a client sends too slowly.
    private var sending: Scheduled<Void>?
    /// Ends the connection where a client takes nothing.
    private var taking: Scheduled<Void>?
    /// Requests whose head was read and whose answer has not ended.
    private var requests = 0
    private var isReadingBody = false
    private var hasAnswerBegun = false
    /// What is wrong with bytes that came behind a request that is being answered.
    private var laterRefusal: Problem?

    init(_ patience: ConsolePatience, uploads: Set<String> = [], _ meters: ConsoleMeters) {
        self.patience = patience
        self.uploads = uploads
        self.meters = meters
    }

    func handlerAdded(context: ChannelHandlerContext) {
        expect(patience.head, "slow_head", context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        sending?.cancel()
        taking?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        sending?.cancel()
        taking?.cancel()
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            requests += 1
            isReadingBody = true
            if requests == 1 { hasAnswerBegun = false }
            expect(takesReport(head) ? patience.upload : patience.body, "slow_body", context)
        case .body: break
        case .end:
            isReadingBody = false
            // Where the answer has ended before the request, nothing else waits for the next one.
            if requests == 0 { expect(patience.next, "idle", context) } else { sending?.cancel() }
        }
        context.fireChannelRead(data)
    }

    private func takesReport(_ head: HTTPRequest) -> Bool {
        guard head.method == .post, let path = head.path?.prefix(while: { $0 != "?" }) else { return false }
        return uploads.contains(path.hasSuffix("/") ? String(path.dropLast()) : String(path))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let problem = Self.problem(error) else { return context.fireErrorCaught(error) }
        if requests == 0 || (requests == 1 && isReadingBody && !hasAnswerBegun) {
            refuse(problem, context)
        } else if isReadingBody {
            // Its answer has begun, or waits for others.
            close(problem.code, context)
        } else {
            laterRefusal = problem
        }
    }

    private static func problem(_ error: any Error) -> Problem? {
        switch error {
        case HTTPParserError.headerOverflow:
            Problem(
                .requestHeaderFieldsTooLarge,
                "head_too_large",
                "a head has 32 KiB at most, and a field of it 16 KiB"
            )
        case let error as HTTPParserError: Problem(.badRequest, "bad_request", "this is not HTTP/1.1: \(error)")
        case is HTTP1TypeConversionError: .badRequest("this is not HTTP/1.1: a method or a target that is none")
        default: nil
        }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.status.kind != .informational { hasAnswerBegun = true }
        case .body: break
        case .end:
            requests = max(0, requests - 1)
            hasAnswerBegun = false
            // What is refused before it was read has no claim to the time of a report.
            if isReadingBody {
                expect(patience.body, "slow_body", context)
            } else {
                expect(patience.next, "idle", context)
            }
            if requests == 0, let problem = laterRefusal {
                context.write(data, promise: promise)
                return refuse(problem, context)
            }
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        taking?.cancel()
        taking = nil
        if !context.channel.isWritable {
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            taking = context.eventLoop.scheduleTask(in: TimeAmount(patience.reading)) {
                let (care, context) = bound.value
                care.close("slow_reader", context)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    /// Answers without the rest of the console, and ends the connection.
    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        meters.countRefusal(problem.code)
        let body = problem.json(requestID: "none")
        let head = HTTPResponse(
            status: problem.status,
            headerFields: [
                .contentType: "application/problem+json", .contentLength: String(body.count), .connection: "close",
                .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            ]
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    // MARK: Time

    /// Gives the client so much time for the next step.
    private func expect(_ duration: Duration, _ reason: String, _ context: ChannelHandlerContext) {
        sending?.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        sending = context.eventLoop.scheduleTask(in: TimeAmount(duration)) {
            let (care, context) = bound.value
            care.close(reason, context)
        }
    }

    private func close(_ reason: String, _ context: ChannelHandlerContext) {
        if reason != "idle" { meters.countRefusal(reason) }
        context.close(promise: nil)
    }
}
