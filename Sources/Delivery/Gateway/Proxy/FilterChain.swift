// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// The filters' exchanges for one request, asked in order; the first verdict other than `pass` ends the exchange.
struct FilterChain {
    /// How much of a body has to be held back, over all filters.
    struct Holding: Equatable {
        /// Hold until the body is longer than this.
        var limit: Int
        /// A body longer than this is refused; nil where no filter wants that.
        var rejectionLimit: Int?
    }

    private struct Member {
        let exchange: any HTTPFilterExchange
        var limit = 0
        var shown = 0
        var isCut = false
    }

    private var members: [Member] = []
    /// Who gave the verdict that ended the exchange.
    private var decider: (any HTTPFilterExchange)?

    /// Lets everything pass.
    init() {}

    init(_ filters: [any HTTPFilter], _ connection: HTTPConnectionInfo) {
        members = filters.map { Member(exchange: $0.makeExchange(connection)) }
    }

    var isEmpty: Bool {
        members.isEmpty
    }

    /// The identifier that pages and logs show; the first filter's.
    var identifier: String? {
        members.first?.exchange.identifier
    }

    mutating func requestHead(_ head: HTTPRequestHead, refusal: HTTPRefusal?) -> HTTPVerdict {
        ask { $0.exchange.requestHead(head, refusal: refusal) }
    }

    mutating func requestHolding(cappedAt cap: Int) -> Holding? {
        holding(cappedAt: cap) { $0.requestBodyInspection() }
    }

    mutating func showRequestBody(_ bytes: UnsafeBufferPointer<UInt8>) {
        show(bytes) { $0.requestBody($1) }
    }

    mutating func requestEnd(isTruncated: Bool) -> HTTPVerdict {
        ask { $0.exchange.requestEnd(isTruncated: $0.limit > 0 && (isTruncated || $0.isCut)) }
    }

    mutating func responseHead(_ head: HTTPResponseHead) -> HTTPVerdict {
        ask { $0.exchange.responseHead(head) }
    }

    mutating func responseHolding(cappedAt cap: Int) -> Holding? {
        holding(cappedAt: cap) { $0.responseBodyInspection() }
    }

    mutating func showResponseBody(_ bytes: UnsafeBufferPointer<UInt8>) {
        show(bytes) { $0.responseBody($1) }
    }

    mutating func responseEnd(isTruncated: Bool) -> HTTPVerdict {
        ask { $0.exchange.responseEnd(isTruncated: $0.limit > 0 && (isTruncated || $0.isCut)) }
    }

    /// Lets the filter that ended the exchange record that; false where nobody waits for it.
    func recordVerdict(done: @escaping @Sendable (_ isRecorded: Bool) -> Void) -> Bool {
        decider?.recordVerdict(done: done) ?? false
    }

    /// The longest delay that a filter asks for, in milliseconds.
    var delayMilliseconds: Int {
        members.reduce(0) { max($0, $1.exchange.delayMilliseconds) }
    }

    func requestRefused(_ refusal: HTTPRefusal) {
        for member in members {
            member.exchange.requestRefused(refusal)
        }
    }

    func finish(status: Int) {
        for member in members {
            member.exchange.finish(status: status)
        }
    }

    func settle() {
        for member in members {
            member.exchange.settle()
        }
    }

    private mutating func ask(_ question: (Member) -> HTTPVerdict) -> HTTPVerdict {
        for member in members {
            let verdict = question(member)
            if verdict != .pass {
                decider = member.exchange
                return verdict
            }
        }
        return .pass
    }

    private mutating func holding(
        cappedAt cap: Int,
        _ question: (any HTTPFilterExchange) -> BodyInspection
    ) -> Holding? {
        var result: Holding?
        for index in members.indices {
            members[index].shown = 0
            members[index].isCut = false
            members[index].limit = 0
            guard case .buffered(let wanted, let rejects) = question(members[index].exchange), wanted > 0 else {
                continue
            }
            let limit = min(wanted, cap)
            members[index].limit = limit
            var holding = result ?? Holding(limit: 0, rejectionLimit: nil)
            holding.limit = max(holding.limit, limit)
            if rejects {
                holding.rejectionLimit = min(holding.rejectionLimit ?? .max, limit)
            }
            result = holding
        }
        return result
    }

    /// Shows each filter the bytes up to its limit.
    private mutating func show(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ body: (any HTTPFilterExchange, UnsafeBufferPointer<UInt8>) -> Void
    ) {
        for index in members.indices {
            let room = members[index].limit - members[index].shown
            let count = min(room, bytes.count)
            if count < bytes.count {
                members[index].isCut = true
            }
            if count > 0 {
                members[index].shown += count
                body(members[index].exchange, UnsafeBufferPointer(rebasing: bytes.prefix(count)))
            }
        }
    }
}
