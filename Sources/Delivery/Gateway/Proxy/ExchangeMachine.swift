// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How far an exchange is: pure state, no input or output.
///
/// Request, upstream and response move on by themselves, because an upstream may answer before the request is
/// complete; what follows from their combination is decided here and nowhere else. An event that does not fit the
/// state changes nothing.
struct ExchangeMachine {
    enum Request: Equatable {
        /// The body is held back until the filters have spoken. Next: `streaming`, `complete`, `abandoned`.
        case held
        /// The filters have spoken, the rest flows to the upstream. Next: `complete`, `abandoned`.
        case streaming
        /// All of it was received.
        case complete
        /// The answer came before the end; nothing more of it is used.
        case abandoned
    }

    enum Upstream: Equatable {
        /// Not asked yet. Next: `connecting`.
        case none
        /// Next: `open`, `done`.
        case connecting
        /// Next: `done`; `connecting` where a kept connection turns out to be dead.
        case open
        case done
    }

    enum Response: Equatable {
        /// No head yet. Next: any.
        case awaited
        /// The head and the body's beginning are held back. Next: `streaming`, `complete`.
        case held
        /// The client has got the head. Next: `complete`, `tunnel`.
        case streaming
        /// The protocol was changed; bytes go both ways until one side closes.
        case tunnel
        case complete
    }

    /// What to do about an upstream that broke off.
    enum LossAction: Equatable {
        /// Ask another connection, the client has seen nothing.
        case retry
        /// Answer with an error page.
        case answer
        /// The client has a part of the response: only closing tells it that this is not all.
        case abort
        /// Too late to matter.
        case ignore
    }

    /// What becomes of the client's connection.
    enum Ending: Equatable {
        /// The next request may come.
        case keepAlive
        /// Close after the answer; what the client still sends is read and dropped for a moment, because closing
        /// with unread bytes makes the kernel throw the answer away.
        case close
    }

    private(set) var request = Request.held
    private(set) var upstream = Upstream.none
    private(set) var response = Response.awaited
    /// Whether the client has nothing more to send of this request, whatever the filters make of it.
    private var isReceived = false

    /// Whether bytes of the request's body are wanted now.
    var takesRequestBody: Bool {
        switch request {
        case .held: true
        case .streaming: upstream == .open
        case .complete, .abandoned: false
        }
    }

    /// The end of the request's body was received, or there is none.
    mutating func requestReceived() {
        isReceived = true
        if request == .streaming {
            request = .complete
        }
    }

    /// The filters let the request pass; the upstream is asked for.
    mutating func requestPassed() {
        guard request == .held else {
            return
        }
        request = isReceived ? .complete : .streaming
        upstream = .connecting
    }

    mutating func upstreamOpened() {
        if upstream == .connecting {
            upstream = .open
        }
    }

    /// - Parameter isRepeatable: the request can be sent again without harm and the connection was an old one.
    mutating func upstreamLost(isRepeatable: Bool) -> LossAction {
        guard upstream == .open || upstream == .connecting else {
            return .ignore
        }
        switch response {
        case .awaited where isRepeatable && upstream == .open && request == .complete:
            upstream = .connecting
            return .retry
        case .awaited, .held:
            upstream = .done
            return .answer
        case .streaming, .tunnel:
            upstream = .done
            return .abort
        case .complete:
            upstream = .done
            return .ignore
        }
    }

    mutating func responseHeld() {
        if response == .awaited {
            response = .held
        }
    }

    mutating func responseReleased() {
        if response == .awaited || response == .held {
            response = .streaming
        }
    }

    mutating func tunnelOpened() {
        if response == .streaming {
            response = .tunnel
        }
    }

    /// The upstream's answer is complete. Returns whether its connection may be used again.
    mutating func responseCompleted(isKeptAlive: Bool) -> Bool {
        response = .complete
        let wasOpen = upstream == .open
        upstream = .done
        return wasOpen && isKeptAlive && request == .complete
    }

    /// The gateway answers by itself, now or after a delay; nothing more of the request is wanted. False where the
    /// client has a part of another answer already.
    mutating func answersItself() -> Bool {
        guard response == .awaited || response == .held else {
            return false
        }
        request = isReceived ? .complete : .abandoned
        response = .complete
        upstream = .done
        return true
    }

    /// What follows the answer.
    mutating func end(isKeptAlive: Bool) -> Ending {
        if !isReceived {
            request = .abandoned
        }
        return isReceived && isKeptAlive ? .keepAlive : .close
    }
}
