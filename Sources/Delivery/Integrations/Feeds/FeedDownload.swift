// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Fetches a feed of advisories into a file, when it has changed.
///
/// The name in the address is looked up once for each request and the connection goes to one of its addresses, which are
/// checked first: those of a cloud's metadata are never asked, those of this machine and of private networks only where
/// that is allowed. Redirections are followed on the same host alone. Over plain HTTP nothing is fetched but from a private
/// address that is allowed: advisories decide what counts as mended.
package struct FeedDownload: Sendable {
    /// What came of it.
    package enum Outcome: Sendable, Equatable {
        /// The server says that nothing has changed since the last time.
        case unchanged
        /// The file is there; with what to ask with the next time.
        case fetched(etag: String?, lastModified: String?, bytes: Int)
    }

    package var url: String
    /// What the server said the last time; nil to fetch in any case.
    package var etag: String?
    package var lastModified: String?
    package var allowsPrivate = false
    /// The most bytes that are taken.
    package var limit = 8 << 30
    /// For the whole.
    package var timeout = Duration.seconds(3600)

    /// How long nothing may come.
    private static let patience = TimeAmount.seconds(60)
    private static let connectionPatience = TimeAmount.seconds(15)
    private static let mostRedirections = 5
    private static let mostTried = 4

    /// The address as errors tell it.
    private var shown: String { ShownAddress.text(url) }

    package init(_ url: String) {
        self.url = url
    }

    /// Whether an argument names something to fetch rather than a file.
    package static func isURL(_ text: String) -> Bool {
        text.hasPrefix("https://") || text.hasPrefix("http://")
    }

    /// Fetches the feed.
    ///
    /// - Parameters:
    ///   - path: a file that is made or replaced; nothing is left of it where this throws.
    ///   - progress: is told how many bytes have come.
    /// - Throws: ``OutputError`` with a line for people.
    package func fetch(
        to path: String,
        progress: @Sendable (Int) -> Void = { _ in }
    ) async throws(OutputError) -> Outcome {
        let end = ContinuousClock.now + timeout
        var address = try WebhookAddress(url)
        for _ in 0...Self.mostRedirections {
            switch try await ask(address, path, end, progress) {
            case .done(let outcome): return outcome
            case .redirected(let place): address = try redirection(from: address, to: place)
            }
        }
        throw OutputError(.refused, "\(shown): more than \(Self.mostRedirections) redirections")
    }

    private enum Answer {
        case done(Outcome)
        case redirected(String)
    }

    private func redirection(from address: WebhookAddress, to place: String) throws(OutputError) -> WebhookAddress {
        guard let base = URL(string: address.url), let target = URL(string: place, relativeTo: base)?.absoluteString
        else { throw OutputError(.refused, "\(shown): a redirection that is no address") }
        let next = try WebhookAddress(target)
        guard next.host == address.host, next.isEncrypted == address.isEncrypted,
            base.port == URL(string: target)?.port
        else {
            throw OutputError(.refused, "\(shown) redirects to another host, \(next.host); name its address instead")
        }
        return next
    }

    // MARK: One request

    private func ask(
        _ address: WebhookAddress,
        _ path: String,
        _ end: ContinuousClock.Instant,
        _ progress: @Sendable (Int) -> Void
    ) async throws(OutputError) -> Answer {
        var failure: any Error = OutputError(.connection, "no address")
        for place in try await addresses(address, end).prefix(Self.mostTried) {
            let client = client(address.host, place)
            do {
                let answer = try await ask(client, address, path, end, progress)
                await Self.end(client)
                return answer
            } catch {
                await Self.end(client)
                failure = error
                // What answered once is not asked at another place.
                guard Self.isUnconnected(error) else { break }
            }
        }
        if let failure = failure as? OutputError { throw failure }
        throw OutputError(.connection, "\(shown): \(Self.words(failure))")
    }

    private static func end(_ client: HTTPClient) async {
        // It fails for a client that has ended already, which is as well.
        try? await client.shutdown()
    }

    private static func isUnconnected(_ error: any Error) -> Bool {
        (error as? HTTPClientError) == .connectTimeout || error is ChannelError || error is IOError
    }

    private static func words(_ error: any Error) -> String {
        guard let error = error as? HTTPClientError else { return NetworkFailure.words(error) }
        if error == .deadlineExceeded || error == .readTimeout { return "no answer in time" }
        if error == .connectTimeout { return "no connection in time" }
        return error.shortDescription
    }

    /// What the name stands for now, where something may be asked of all of it.
    private func addresses(
        _ address: WebhookAddress,
        _ end: ContinuousClock.Instant
    ) async throws(OutputError) -> [ResolvedAddress] {
        let lookup = NameLookup(address.host)
        guard let found = await lookup.addresses(within: min(.seconds(15), end - .now)), !found.isEmpty else {
            throw OutputError(.connection, "\(shown): the name \(address.host) was not found")
        }
        if let bad = found.first(where: { !$0.isAllowed }) {
            throw OutputError(
                .refused,
                "\(shown): \(address.host) stands for an address that is never asked: \(bad.kind)"
            )
        }
        let isPrivate = found.contains(where: \.isPrivate)
        let isHereAlone = found.allSatisfy(\.isPrivate)
        guard allowsPrivate || !isPrivate else {
            throw OutputError(
                .refused,
                "\(shown): \(address.host) is of this machine or of a private network; --allow-private asks it all the same"
            )
        }
        guard address.isEncrypted || isHereAlone else {
            throw OutputError(.refused, "\(shown): feeds are fetched over https")
        }
        return found
    }

    private func client(_ host: String, _ address: ResolvedAddress) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: Self.connectionPatience, read: Self.patience),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        // The name stays what TLS and the field Host have; the connection goes to the address.
        if ResolvedAddress.literal(host) == nil { configuration.dnsOverride = [host: address.text] }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private func ask(
        _ client: HTTPClient,
        _ address: WebhookAddress,
        _ path: String,
        _ end: ContinuousClock.Instant,
        _ progress: @Sendable (Int) -> Void
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: address.url)
        request.headers.add(name: "user-agent", value: "redoubt")
        request.headers.add(name: "accept-encoding", value: "identity")
        if let etag { request.headers.add(name: "if-none-match", value: etag) }
        if let lastModified { request.headers.add(name: "if-modified-since", value: lastModified) }
        let left = end - ContinuousClock.now
        let response = try await client.execute(request, timeout: .nanoseconds(max(1, left.nanoseconds)))
        switch response.status.code {
        case 200: break
        case 304 where etag != nil || lastModified != nil: return .done(.unchanged)
        case 301, 302, 303, 307, 308:
            guard let place = response.headers.first(name: "location") else {
                throw OutputError(.connection, "\(shown): a redirection to nowhere")
            }
            return .redirected(place)
        default: throw OutputError(.connection, "\(shown): status \(response.status.code)")
        }
        if let length = response.headers.first(name: "content-length").flatMap({ Int($0) }), length > limit {
            throw OutputError(.tooLarge, "\(shown): \(length) bytes, more than \(limit)")
        }
        let bytes = try await save(response.body, path, end, progress)
        return .done(
            .fetched(
                etag: response.headers.first(name: "etag"),
                lastModified: response.headers.first(name: "last-modified"),
                bytes: bytes
            )
        )
    }

    private func save(
        _ body: HTTPClientResponse.Body,
        _ path: String,
        _ end: ContinuousClock.Instant,
        _ progress: @Sendable (Int) -> Void
    ) async throws -> Int {
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: attributes),
            let file = FileHandle(forWritingAtPath: path)
        else { throw OutputError(.store, "\(path) cannot be written") }
        var count = 0
        do {
            for try await piece in body {
                count += piece.readableBytes
                guard count <= limit else { throw OutputError(.tooLarge, "\(shown): more than \(limit) bytes") }
                guard ContinuousClock.now < end else { throw OutputError(.connection, "\(shown): too slow") }
                do {
                    try file.write(contentsOf: Data(piece.readableBytesView))
                } catch {
                    throw OutputError(.store, "\(path) cannot be written: \(error.localizedDescription)")
                }
                progress(count)
            }
            try file.close()
        } catch {
            try? file.close()
            // What is left of it is of no use; the reason that is told is why it broke off.
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
        return count
    }
}
