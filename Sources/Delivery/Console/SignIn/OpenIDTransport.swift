// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Access
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Carries requests to an OpenID provider: over TLS with a certificate that is checked, without following redirections,
/// within 10 seconds, and reading no more than ``OpenIDClient/maximumResponse`` bytes.
package final class OpenIDTransport: Sendable {
    private let client: HTTPClient

    private static let timeLimit = TimeAmount.seconds(10)

    /// - Parameter authorities: a file of certificates in PEM that is believed beside those of the system; nil for none.
    /// - Throws: where the file cannot be read.
    package init(authorities: String? = nil) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let authorities {
            tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(authorities))]
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: Self.timeLimit)
        )
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package var fetch: OpenIDFetch {
        { [client] request in
            var outgoing = HTTPClientRequest(url: request.url)
            outgoing.method = .init(rawValue: request.method.rawValue)
            for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
            if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
            let response = try await client.execute(outgoing, timeout: Self.timeLimit)
            // One byte more than may be, so that the client sees that it is too long.
            let body = try await response.body.collect(upTo: OpenIDClient.maximumResponse + 1)
            return OpenIDResponse(status: Int(response.status.code), body: Array(body.readableBytesView))
        }
    }

    package func close() async throws {
        try await client.shutdown()
    }
}
