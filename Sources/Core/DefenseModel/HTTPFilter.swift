// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a filter of HTTP traffic says at each step of an exchange.
public enum HTTPVerdict: Sendable, Equatable {
    /// Go on.
    case pass
    /// Answer with this status instead.
    case deny(status: Int)
    /// Answer with a redirection instead.
    case redirect(location: [UInt8], status: Int)
    /// Close the connection without an answer.
    case drop
}

/// Whether a filter wants to see a body.
public enum BodyInspection: Sendable, Equatable {
    /// The body need not be shown; it may be streamed past the filter.
    case none
    /// The first `limit` bytes are to be shown and held back until the filter has spoken.
    ///
    /// A body over the limit is refused with 413 where `rejectsOverLimit` holds, else the rest streams past.
    case buffered(limit: Int, rejectsOverLimit: Bool)
}

/// Why the gateway itself refused a request: its parser before the filters saw it, or the reader of its body later.
public struct HTTPRefusal: Sendable, Equatable {
    /// The answer's status: 400, 408, 413, 414, 415, 417, 431, 501, 505.
    public var status: Int
    /// A short, bounded reason such as `content-length with transfer-encoding`; fit for a metric label.
    public var reason: String

    public init(status: Int, reason: String) {
        self.status = status
        self.reason = reason
    }
}

/// The two ends of the connection that an exchange runs over, as seen by the server.
public struct HTTPConnectionInfo: Sendable, Hashable {
    /// The client's numeric address, after trusted proxies are taken into account.
    public var clientAddress: String
    public var clientPort: Int
    /// The server's numeric address.
    public var serverAddress: String
    public var serverPort: Int

    public init(clientAddress: String, clientPort: Int, serverAddress: String, serverPort: Int) {
        self.clientAddress = clientAddress
        self.clientPort = clientPort
        self.serverAddress = serverAddress
        self.serverPort = serverPort
    }
}

/// A control that looks at HTTP exchanges: the web firewall, data loss prevention, a block list.
///
/// The gateway knows nothing else of them.
public protocol HTTPFilter: Sendable {
    /// Starts to look at one exchange.
    func makeExchange(_ connection: HTTPConnectionInfo) -> any HTTPFilterExchange
}

/// One filter's view of one request and its response.
///
/// The calls come in the order of their declaration, all from one thread at a time. After a verdict other than
/// `pass` only ``finish(status:)`` follows.
public protocol HTTPFilterExchange: AnyObject {
    /// An identifier of this exchange that block pages and logs share.
    var identifier: String { get }

    /// The request's head. `refusal` is set where the parser refused the request: the filter may look and
    /// record, its verdict does not matter, and ``finish(status:)`` comes next.
    func requestHead(_ head: HTTPRequestHead, refusal: HTTPRefusal?) -> HTTPVerdict

    /// The gateway itself refuses the request whose head has passed: its body is too large (413), in a coding that
    /// cannot be read (415) or did not come in time (408).
    ///
    /// Called at most once, after ``requestHead(_:refusal:)`` passed; ``finish(status:)`` comes next.
    func requestRefused(_ refusal: HTTPRefusal)

    /// Asked once, after ``requestHead(_:refusal:)`` passed.
    func requestBodyInspection() -> BodyInspection

    /// The next bytes of the request's body, content codings removed.
    func requestBody(_ bytes: UnsafeBufferPointer<UInt8>)

    /// The body is complete, or cut at the limit where `isTruncated` holds.
    func requestEnd(isTruncated: Bool) -> HTTPVerdict

    /// The head of the upstream's response.
    func responseHead(_ head: HTTPResponseHead) -> HTTPVerdict

    /// Asked once, after ``responseHead(_:)`` passed.
    func responseBodyInspection() -> BodyInspection

    /// The next bytes of the response's body, content codings removed.
    func responseBody(_ bytes: UnsafeBufferPointer<UInt8>)

    /// The response's body is complete, or cut at the limit where `isTruncated` holds.
    func responseEnd(isTruncated: Bool) -> HTTPVerdict

    /// Asked once, before a verdict of this filter other than `pass` takes effect: a filter that keeps evidence records
    /// its decision now.
    ///
    /// - Parameter done: called once, from any thread, with whether the decision is on disk; only where the answer is
    ///   true. Where it is not, the client gets an error instead of what the filter wanted.
    /// - Returns: whether the verdict waits for `done`. Where not, it takes effect at once.
    func recordVerdict(done: @escaping @Sendable (_ isRecorded: Bool) -> Void) -> Bool

    /// The exchange is over; `status` is what the client was answered, or 0 where it got no answer. The answer waits for
    /// it: whoever has the answer may look for it in the logs at once.
    func finish(status: Int)

    /// Called once after ``finish(status:)``, when the answer is on its way: for what nobody waits for.
    func settle()

    /// How many milliseconds the answer is to be held back, as the filter knows it after its latest verdict.
    var delayMilliseconds: Int { get }
}

extension HTTPFilterExchange {
    /// Most filters need not know.
    public func requestRefused(_ refusal: HTTPRefusal) {}

    /// Most filters are done with it.
    public func settle() {}

    /// Most filters keep no evidence.
    public func recordVerdict(done: @escaping @Sendable (_ isRecorded: Bool) -> Void) -> Bool { false }

    /// Most filters hold nothing back.
    public var delayMilliseconds: Int { 0 }
}
