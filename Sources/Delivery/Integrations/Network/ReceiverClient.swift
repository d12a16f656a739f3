// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Sends documents to a receiver over HTTP, and nowhere else.
///
/// The receiver's name is looked up once for each request, all its addresses are checked, and the connection goes to one of
/// these: a name that stands for another address a moment later (DNS rebinding) changes nothing. Redirects are not followed,
/// an answer is read only as far as it is short, and each request ends in time.
final class ReceiverClient: Sendable {
    struct Answer: Sendable, Equatable {
        var status: Int
        /// After so many seconds it may be tried again, where the receiver said so; a day at most.
        var retryAfter: Int?
    }

    private let address: WebhookAddress
    private let timeout: Duration
    private let lookup: NameLookup
    private let connections: CheckedConnections

    /// The bytes of an answer that are read, so that its connection can be used again.
    private static let longestAnswer = 16 << 10
    /// The most addresses that are tried for one request; the next request begins with others.
    private static let mostTried = 4

    /// - Parameters:
    ///   - timeout: for a request as a whole.
    ///   - authorities: a file of certificates in PEM that are trusted in place of the system's.
    /// - Throws: ``OutputError`` where the certificates cannot be read.
    init(
        _ address: WebhookAddress,
        timeout: Duration,
        authorities: String? = nil,
        resolve: @escaping NameLookup.Resolve = ResolvedAddress.resolve
    ) throws(OutputError) {
        self.address = address
        self.timeout = timeout
        lookup = NameLookup(address.host, resolve: resolve)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(read: .nanoseconds(timeout.nanoseconds)),
            decompression: .disabled
        )
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4
        configuration.httpVersion = .http1Only
        // Whether and when to try again is our own choice.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let authorities { configuration.tlsConfiguration = try Self.trust(authorities) }
        connections = CheckedConnections(host: address.host, configuration)
    }

    private static func trust(_ file: String) throws(OutputError) -> TLSConfiguration {
        do {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
            return tls
        } catch {
            throw OutputError(.settings, "the certificates in \(file) cannot be used: \(error)")
        }
    }

    /// Ends all connections; what is under way fails, and is not waited for.
    func close() {
        connections.close()
    }

    /// Sends a document once. A task that is cancelled does not wait for the answer.
    ///
    /// - Throws: ``OutputError`` with a line that may be shown, without the address, whose path may be a secret.
    func post(_ body: [UInt8], _ headers: HTTPHeaders) async throws(OutputError) -> Answer {
        let deadline = ContinuousClock.now + timeout
        let addresses = try await checkedAddresses()
        var request = HTTPClientRequest(url: address.url)
        request.method = .POST
        request.headers = headers
        request.body = .bytes(ByteBuffer(bytes: body))
        var failure = OutputError(.connection, "no answer in time")
        for (place, address) in addresses.enumerated() {
            let left = deadline - .now
            guard left > .zero, !Task.isCancelled else { break }
            // While others are left, one that is dead may not take all of the time.
            let share = place < addresses.count - 1 ? left / 2 : left
            guard let client = connections.take(address, connectingWithin: share) else {
                throw OutputError(.connection, "it has ended")
            }
            defer { connections.giveBack(address) }
            do {
                let answer = try await post(request, over: client, till: deadline)
                connections.note(address, isThere: true)
                return answer
            } catch {
                failure = OutputError(.connection, Self.words(error))
                // What may have arrived is not sent to another address.
                guard Self.isUnconnected(error) else { break }
                connections.note(address, isThere: false)
            }
        }
        throw failure
    }

    private func post(
        _ request: HTTPClientRequest,
        over client: HTTPClient,
        till deadline: ContinuousClock.Instant
    ) async throws -> Answer {
        let left = deadline - .now
        let response = try await client.execute(request, timeout: .nanoseconds(left.nanoseconds))
        // The time of a request ends with the head of its answer; a body may come a byte at a time.
        let end = EndSignal()
        let reading = Task {
            await Self.discard(response.body)
            end.come()
        }
        if await !end.comes(by: deadline) { reading.cancel() }
        // A date is not understood, and what is not told is waited for as usual.
        let retryAfter = response.headers.first(name: "retry-after").flatMap { Int($0) }.map { min(max(0, $0), 86_400) }
        return Answer(status: Int(response.status.code), retryAfter: retryAfter)
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

    /// What the name stands for now, where something may be sent to all of it.
    private func checkedAddresses() async throws(OutputError) -> [ResolvedAddress] {
        guard let addresses = await lookup.addresses(within: timeout) else {
            throw OutputError(.connection, "the name of the receiver was not found in time")
        }
        guard !addresses.isEmpty else { throw OutputError(.connection, "the name of the receiver has no address") }
        if let bad = addresses.first(where: { !$0.isAllowed }) {
            throw OutputError(
                .refused,
                "the name of the receiver stands for an address that nothing is sent to: \(bad.kind)"
            )
        }
        return Array(connections.use(addresses).prefix(Self.mostTried))
    }

    /// Whether nothing can have been sent.
    private static func isUnconnected(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .connectTimeout
        case let error as IOError:
            [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.errnoCode)
        case ChannelError.connectTimeout: true
        default: false
        }
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError:
            if error == .deadlineExceeded || error == .readTimeout { return "no answer in time" }
            if error == .connectTimeout { return "no connection in time" }
            return error.shortDescription
        default: return NetworkFailure.words(error)
        }
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let parts = components
        return parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    }
}
