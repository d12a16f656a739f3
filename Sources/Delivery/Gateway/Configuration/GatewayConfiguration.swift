// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// All that a running gateway is told; replaced as a whole by ``GatewayServer/replaceConfiguration(_:)``.
///
/// Listeners and threads belong to the start and are in ``GatewayListener``; certificates are replaced by
/// ``GatewayServer/replaceIdentity(_:)``.
package struct GatewayConfiguration: Sendable {
    /// The protected sites, in no particular order.
    package var sites: [GatewaySite]
    /// Proxies in front of the gateway whose `X-Forwarded-*` fields are believed.
    package var trustedProxies: [AddressRange] = []
    package var limits = GatewayLimits()
    package var timeouts = GatewayTimeouts()
    package var pages = GatewayPages()
    /// Whether fields with an underscore in their name reach the upstream. Many servers turn both `-` and `_` into
    /// `_`, so that `X_User` could stand in for `X-User`; filters see such fields in any case.
    package var forwardsUnderscoreFields = false
    /// What `Via` calls this gateway; nil leaves `Via` alone.
    package var viaPseudonym: String? = "redoubt"
    /// The field that carries the exchange's identifier to the upstream; nil sends none.
    package var identifierField: String? = "X-Request-ID"
    /// Whether upstreams are asked for uncompressed responses where a site has filters; responses that come
    /// compressed all the same are decoded for inspection.
    package var asksForPlainResponses = true

    package init(sites: [GatewaySite]) {
        self.sites = sites
    }
}

/// What watches a site.
package enum GatewayFilters: Sendable {
    /// These filters, asked in this order; none at all lets everything pass.
    case available([any HTTPFilter])
    /// Filters that are configured but cannot work, such as rules that do not load.
    case unavailable(FailurePolicy)

    /// What happens to requests while filters are unavailable.
    package enum FailurePolicy: String, Sendable, CaseIterable {
        /// They pass uninspected, and are counted.
        case open
        /// They are answered with 503.
        case closed
    }
}

/// One protected application.
package struct GatewaySite: Sendable {
    /// `shop.example.com`, `*.example.com` (any name below), or nil for every host.
    package var host: String?
    /// Only paths at or below this one; `/` for all.
    package var pathPrefix: String
    package var upstream: UpstreamAddress
    package var filters: GatewayFilters

    package init(
        host: String? = nil,
        pathPrefix: String = "/",
        upstream: UpstreamAddress,
        filters: GatewayFilters = .available([])
    ) {
        self.host = host
        self.pathPrefix = pathPrefix
        self.upstream = upstream
        self.filters = filters
    }
}

/// Sizes and counts that bound what clients can make the gateway hold.
package struct GatewayLimits: Sendable, Equatable {
    package var parser = HTTP1Limits()
    package var decoding = ContentDecoder.Limits()
    /// The most bytes of one body held back for inspection, whatever the filters ask for.
    package var heldBody = 16 << 20
    /// The most bytes of bodies held back by all connections together; over it bodies are inspected only as far as
    /// they came.
    package var heldBodiesTotal = 1 << 30
    /// Connections from one client address; more are closed at once. Trusted proxies are exempt.
    package var connectionsPerClient = 512
    /// Connections of all clients together; more are closed at once.
    package var connections = 16_384
    /// Idle connections kept per upstream and event loop.
    package var idleUpstreamConnections = 64

    package init() {}
}

/// How long the gateway waits.
package struct GatewayTimeouts: Sendable, Equatable {
    /// From a request's first byte to the end of its head.
    package var head = Duration.seconds(10)
    /// A body may stay this long behind ``bodyBytesPerSecond``.
    package var bodyGrace = Duration.seconds(5)
    /// The slowest rate at which a body may arrive.
    package var bodyBytesPerSecond = 500
    /// Between requests on one connection.
    package var idle = Duration.seconds(60)
    /// Until an upstream accepts a connection.
    package var upstreamConnect = Duration.seconds(5)
    /// From the end of the request to the head of the response, and while an upstream takes no more bytes.
    package var upstreamResponse = Duration.seconds(60)
    /// Between two pieces of a response's body.
    package var upstreamIdle = Duration.seconds(300)
    /// While a client takes no more bytes.
    package var clientWrite = Duration.seconds(60)
    /// How long an unused connection to an upstream is kept.
    package var upstreamKeepAlive = Duration.seconds(30)
    /// A WebSocket without any byte.
    package var tunnelIdle = Duration.seconds(3600)
    /// How long the rest of a refused request is read and dropped, so that the client gets the answer.
    package var linger = Duration.seconds(2)

    package init() {}
}

/// What the gateway's own pages say.
package struct GatewayPages: Sendable, Equatable {
    /// Where to report a false alarm: a `mailto:` or `https:` address; nil tells the reader to ask the operator.
    package var falseAlarmReport: String?
    /// The value of `Server` on own pages; nil sends none.
    package var serverName: String? = "redoubt"

    package init() {}
}
