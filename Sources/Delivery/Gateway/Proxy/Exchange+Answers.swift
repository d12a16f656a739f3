// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Logging
internal import NIOCore

/// What the gateway answers by itself, and the delays before it.
extension Exchange {
    /// An answer of the gateway's own.
    struct OwnAnswer {
        var kind: OwnPage.Kind
        var status: Int
        var location: [UInt8]?
    }

    /// What follows a verdict.
    enum NextStep {
        /// The request goes to the upstream.
        case connection
        case answer(OwnAnswer)
        /// The connection closes without an answer.
        case drop
    }

    /// Carries out a verdict. Returns whether the exchange goes on.
    func passes(_ verdict: HTTPVerdict) -> Bool {
        switch verdict {
        case .pass:
            return true
        case .deny(let status):
            countBlocked(status)
            answer(.blocked, status: (200...999).contains(status) ? status : 403, isVerdict: true)
        case .redirect(let location, let status):
            countBlocked(status)
            let status = (300...399).contains(status) ? status : 302
            answer(.blocked, status: status, location: location, isVerdict: true)
        case .drop:
            countBlocked(0)
            if machine.answersItself() {
                decide(.drop)
            } else {
                abort()
            }
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

    private func answer(_ kind: OwnPage.Kind, status: Int, location: [UInt8]? = nil, isVerdict: Bool = false) {
        guard machine.answersItself() else {
            abort()
            return
        }
        let answer = OwnAnswer(kind: kind, status: status, location: location)
        if isVerdict {
            decide(.answer(answer))
        } else {
            write(answer)
        }
    }

    private func write(_ answer: OwnAnswer) {
        let ending = machine.end(isKeptAlive: isKeptAlive && client.mayKeepAlive)
        let page = OwnPage(
            status: answer.status,
            kind: answer.kind,
            identifier: identifier,
            pages: runtime.configuration.pages,
            location: answer.location
        )
        client.output.write(page.response(to: request, isKeptAlive: ending == .keepAlive))
        finishAnswered(status: answer.status)
        client.exchangeEnded(ending)
    }

    // MARK: - Evidence

    /// How long a decision may take to get to disk before the client is told that something is wrong.
    static let longestRecording = TimeAmount.seconds(5)

    /// Lets a filter's decision take effect once it is recorded.
    private func decide(_ next: NextStep) {
        guard let loop = client.context?.eventLoop else {
            abort()
            return
        }
        let exchange = NIOLoopBound(self, eventLoop: loop)
        let isAwaited = chain.recordVerdict { isRecorded in
            loop.execute { exchange.value.verdictRecorded(isRecorded) }
        }
        guard isAwaited else {
            proceed(next)
            return
        }
        unrecorded = next
        leaveUpstream()
        client.awaitDelay(Self.longestRecording)
    }

    /// What was decided without evidence is not done; that it was not is no reason to let the request pass.
    private func verdictRecorded(_ isRecorded: Bool) {
        guard let next = unrecorded else {
            // The client has left, or waited too long.
            return
        }
        unrecorded = nil
        guard isRecorded else {
            increment(client.core.counters.unrecordedVerdicts)
            log(.error, "a decision could not be recorded, so the request fails", ["status": "503"])
            write(OwnAnswer(kind: .failed, status: 503))
            return
        }
        proceed(next)
    }

    /// What the upstream still says is of no use, and must not be taken for the answer.
    private func leaveUpstream() {
        upstream?.close()
        upstream = nil
    }

    // MARK: - Delay

    /// Does what follows a verdict, after the delay that the filters ask for where they have not used it up.
    ///
    /// The delay is a deadline of the client's connection: it blocks no thread and is gone with the client.
    func proceed(_ next: NextStep) {
        let milliseconds = isDelayUsed ? 0 : Self.bounded(delay: chain.delayMilliseconds)
        guard milliseconds > 0 else {
            take(next)
            return
        }
        isDelayUsed = true
        delayed = next
        if machine.response == .complete {
            leaveUpstream()
        }
        client.awaitDelay(.milliseconds(Int64(milliseconds)))
    }

    /// At most five seconds, in milliseconds: each exchange that waits holds a connection.
    static func bounded(delay milliseconds: Int) -> Int {
        min(max(milliseconds, 0), 5000)
    }

    func delayEnded() {
        guard unrecorded == nil else {
            verdictRecorded(false)
            return
        }
        guard let next = delayed else {
            return
        }
        delayed = nil
        take(next)
    }

    private func take(_ next: NextStep) {
        switch next {
        case .connection:
            connect()
        case .answer(let answer):
            write(answer)
        case .drop:
            finish(status: 0)
            client.abort()
        }
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
        // A verdict that waits for its delay was the filters' last word.
        if machine.response != .complete,
            machine.request != .held || chain.requestEnd(isTruncated: true) == .pass
        {
            chain.requestRefused(HTTP1Refusal.bodyIncomplete.refusal)
        }
        abort()
    }
}
