// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import AsyncHTTPClient
internal import Dispatch
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// Sends single messages to the receiver of a webhook.
///
/// Redirects are not followed, an answer is read only as far as it is short, and before each attempt the receiver's name
/// is looked up: where it stands for an address that nothing is sent to, nothing is sent.
final class WebhookSender: Sendable {
    /// What the receiver made of a message.
    enum Answer: Sendable, Equatable {
        case taken
        /// It may take it later; after so many seconds, where it said so.
        case refused(status: Int?, error: String, retryAfter: Int?)
        /// It says that it never will.
        case gone(status: Int)
    }

    private let settings: WebhookSettings
    private let client: HTTPClient
    private let agent: String
    private let resolve: @Sendable (String) -> [ResolvedAddress]

    /// The bytes of an answer that are read, so that its connection can be used again.
    private static let longestAnswer = 16 << 10

    /// - Throws: ``OutputError`` where the certificates cannot be read.
    init(
        _ settings: WebhookSettings,
        version: String,
        resolve: @escaping @Sendable (String) -> [ResolvedAddress] = ResolvedAddress.resolve
    ) throws(OutputError) {
        self.settings = settings
        self.resolve = resolve
        agent = "Redoubt/\(version)"
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .nanoseconds(settings.timeout.nanoseconds),
                read: .nanoseconds(settings.timeout.nanoseconds)
            ),
            decompression: .disabled
        )
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4
        configuration.httpVersion = .http1Only
        // Whether and when to try again is our own choice.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let file = settings.authorities {
            do {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
                configuration.tlsConfiguration = tls
            } catch {
                throw OutputError(.settings, "the certificates in \(file) cannot be used: \(error)")
            }
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async {
        // Nothing is under way any more, so that nothing can go wrong that matters.
        try? await client.shutdown()
    }

    /// Sends a message once.
    func send(_ body: [UInt8], id: String, secret: WebhookSecret, now: Int64) async -> Answer {
        if let refusal = await refusal() { return .refused(status: nil, error: refusal, retryAfter: nil) }
        let seconds = now / 1_000_000_000
        var request = HTTPClientRequest(url: settings.address.url)
        request.method = .POST
        request.headers = [
            "content-type": "application/json", "user-agent": agent, "webhook-id": id,
            "webhook-timestamp": "\(seconds)",
            "webhook-signature": secret.signature(id: id, time: seconds, body: body),
        ]
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(request, timeout: .nanoseconds(settings.timeout.nanoseconds))
            await Self.discard(response.body)
            return Self.answer(Int(response.status.code), response.headers)
        } catch {
            return .refused(status: nil, error: Self.words(error), retryAfter: nil)
        }
    }

    /// Reads a short answer to its end; a longer one costs the connection and nothing else.
    private static func discard(_ body: HTTPClientResponse.Body) async {
        var count = 0
        do {
            for try await piece in body {
                count += piece.readableBytes
                if count > longestAnswer { return }
            }
        } catch {
            // The status has been read, and it is what counts.
            return
        }
    }

    private static func answer(_ status: Int, _ headers: HTTPHeaders) -> Answer {
        switch status {
        case 200...299: return .taken
        case 410: return .gone(status: status)
        case 300...399:
            return .refused(status: status, error: "answered \(status): redirects are not followed", retryAfter: nil)
        default:
            // A date is not understood, and what is not told is waited for as usual.
            let retryAfter = headers.first(name: "retry-after").flatMap { Int($0) }.map { min(max(0, $0), 86_400) }
            return .refused(status: status, error: "answered \(status)", retryAfter: retryAfter)
        }
    }

    /// Why nothing may be sent to the receiver now; nil where it may.
    private func refusal() async -> String? {
        let addresses = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [resolve, host = settings.address.host] in
                continuation.resume(returning: resolve(host))
            }
        }
        if addresses.isEmpty { return "the name of the receiver has no address" }
        guard let bad = addresses.first(where: { !$0.isAllowed }) else { return nil }
        return "the name of the receiver stands for an address that nothing is sent to: \(bad.kind)"
    }

    /// What went wrong, in a line that may be shown: without the address, whose path may be a secret.
    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError:
            if error == .deadlineExceeded || error == .readTimeout { return "no answer in time" }
            if error == .connectTimeout { return "no connection in time" }
            return error.shortDescription
        default: return SyslogLink.words(error)
        }
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let parts = components
        return parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    }
}
