// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import AsyncHTTPClient
import ConsoleFixtures
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization
import TestSupport
import Testing

@testable import Console

/// The console over TLS.
@Suite struct TLSTests {
    private final class Contexts: Sendable {
        let current: Mutex<NIOSSLContext>

        init(_ context: NIOSSLContext) {
            current = Mutex(context)
        }
    }

    private static func context(_ identity: TestCertificate) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(identity.key.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        return try NIOSSLContext(configuration: configuration)
    }

    /// A client that believes one certificate.
    private static func client(_ identity: TestCertificate, most: TLSVersion? = nil) throws -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8)))
        tls.minimumTLSVersion = .tlsv1
        tls.maximumTLSVersion = most
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.connectionPool.idleTimeout = .seconds(600)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private static func get(_ client: HTTPClient, _ url: String) async throws -> HTTPClientResponse {
        try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(300))
    }

    @Test func `a certificate is replaced without dropping a connection, and cookies travel encrypted only`()
        async throws
    {
        let contexts = Contexts(try Self.context(.one))
        var settings = ConsoleSettings()
        settings.tls = { contexts.current.withLock { $0 } }
        settings.patience.next = .seconds(600)
        try await withServedConsole(settings) { _, port in
            let url = "https://localhost:\(port)/login"
            let old = try Self.client(.one)
            let new = try Self.client(.two)
            let obsolete = try Self.client(.one, most: .tlsv11)
            do {
                let first = try await Self.get(old, url)
                #expect(first.status == .ok)
                #expect(first.headers.first(name: "strict-transport-security")?.hasPrefix("max-age=") == true)
                _ = try await first.body.collect(upTo: 1 << 20)
                await #expect(throws: (any Error).self) { try await Self.get(new, url) }
                await #expect(throws: (any Error).self) { try await Self.get(obsolete, url) }
                contexts.current.withLock { context in
                    if let fresh = try? Self.context(.two) { context = fresh }
                }
                // The client has the connection still; a new one would show the certificate that it does not believe.
                #expect(try await Self.get(old, url).status == .ok)
                #expect(try await Self.get(new, url).status == .ok)
                var signIn = HTTPClientRequest(url: url)
                signIn.method = .POST
                signIn.headers.add(name: "content-type", value: MediaTypes.form)
                signIn.body = .bytes(ByteBuffer(string: "name=viewer&password=correct+horse+battery"))
                let answer = try await new.execute(signIn, timeout: .seconds(300))
                let cookie = answer.headers.first(name: "set-cookie") ?? ""
                #expect(
                    cookie.hasPrefix("__Host-redoubt=") && cookie.contains("; Secure"),
                    "\(answer.status) \(cookie)"
                )
            } catch {
                Issue.record(error)
            }
            for client in [old, new, obsolete] { try await client.shutdown() }
        }
    }

    @Test func `behind TLS that something else ends, forms of the outer name are our own`() async throws {
        var settings = ConsoleSettings()
        settings.origin = "https://redoubt.example.org"
        settings.isBehindTLS = true
        let world = try await ConsoleWorld(settings)
        try await world.addUsers()
        let form = "name=viewer&password=correct+horse+battery"
        let fine = try await Visitor(world).ask(
            .post,
            "/login",
            body: form,
            type: MediaTypes.form,
            with: [.origin: "https://redoubt.example.org"]
        )
        #expect(fine.status == 303 && fine.headers[.setCookie]?.hasPrefix("__Host-redoubt=") == true, "\(fine.text)")
        let other = try await Visitor(world).ask(
            .post,
            "/login",
            body: form,
            type: MediaTypes.form,
            with: [.origin: "https://redoubt.example.com"]
        )
        #expect(other.status == 403)
        await world.close()
    }
}
