// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore
internal import NIOSSL

/// A configuration made ready for use; an exchange keeps the one that it started with.
final class GatewayRuntime: Sendable {
    /// The timeouts in NIO's terms.
    struct Waits: Sendable {
        let head: TimeAmount
        let bodyGrace: TimeAmount
        let idle: TimeAmount
        let upstreamConnect: TimeAmount
        let upstreamResponse: TimeAmount
        let upstreamIdle: TimeAmount
        let clientWrite: TimeAmount
        let upstreamKeepAlive: TimeAmount
        let tunnelIdle: TimeAmount
        let linger: TimeAmount

        init(_ timeouts: GatewayTimeouts) {
            head = TimeAmount(timeouts.head)
            bodyGrace = TimeAmount(timeouts.bodyGrace)
            idle = TimeAmount(timeouts.idle)
            upstreamConnect = TimeAmount(timeouts.upstreamConnect)
            upstreamResponse = TimeAmount(timeouts.upstreamResponse)
            upstreamIdle = TimeAmount(timeouts.upstreamIdle)
            clientWrite = TimeAmount(timeouts.clientWrite)
            upstreamKeepAlive = TimeAmount(timeouts.upstreamKeepAlive)
            tunnelIdle = TimeAmount(timeouts.tunnelIdle)
            linger = TimeAmount(timeouts.linger)
        }
    }

    let configuration: GatewayConfiguration
    let sites: SiteTable
    let clientAddress: ClientAddress
    let waits: Waits
    let ownFields: OwnFields
    /// One TLS context per way of verifying, shared by all connections to upstreams.
    private let verifyingContext: NIOSSLContext?
    private let trustingContext: NIOSSLContext?

    /// - Throws: where TLS towards the upstreams cannot be set up.
    init(_ configuration: GatewayConfiguration) throws {
        self.configuration = configuration
        sites = SiteTable(configuration.sites)
        clientAddress = ClientAddress(trustedProxies: configuration.trustedProxies)
        waits = Waits(configuration.timeouts)
        ownFields = OwnFields(configuration)
        let upstreams = configuration.sites.map(\.upstream).filter(\.isTLS)
        verifyingContext =
            upstreams.contains { $0.verifiesCertificate } ? try Self.makeContext(verification: .fullVerification) : nil
        trustingContext =
            upstreams.contains { !$0.verifiesCertificate } ? try Self.makeContext(verification: .none) : nil
    }

    func tlsContext(for upstream: UpstreamAddress) -> NIOSSLContext? {
        upstream.verifiesCertificate ? verifyingContext : trustingContext
    }

    private static func makeContext(verification: CertificateVerification) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = verification
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
