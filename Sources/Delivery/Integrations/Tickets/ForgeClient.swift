// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import AsyncHTTPClient
internal import Bytes
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// A request to a system of tickets.
struct ForgeRequest: Sendable {
    var method: HTTPMethod
    /// Parts of the path behind the address; each is percent-encoded as a whole.
    var path: [String]
    var query: [(name: String, value: String)] = []
    /// JSON.
    var body: [UInt8]?
    /// Whether it makes nothing, though its method says that it may.
    var isQuestion = false

    init(_ method: HTTPMethod, _ path: [String], query: [(String, String)] = [], body: [UInt8]? = nil) {
        self.method = method
        self.path = path
        self.query = query.map { ($0.0, $0.1) }
        self.body = body
    }

    /// Whether sending it twice does what sending it once does.
    var isRepeatable: Bool { method != .POST || isQuestion }
}

/// An answer with a status from 200 to 299.
struct ForgeAnswer: Sendable {
    var status: Int
    var body: [UInt8]

    /// - Throws: ``TicketError`` where it is no JSON.
    func json() throws(TicketError) -> JSONValue {
        do throws(JSONError) {
            return try JSONReader.read(body)
        } catch {
            throw TicketError(.answer, "the answer is no JSON: \(error)", status: status)
        }
    }
}

/// Asks one system of tickets over HTTP, and no other.
///
/// As with webhooks, the name is looked up for each request, all addresses are checked, the connection goes to one of these,
/// and redirects are not followed; beyond that, private addresses are refused unless the settings allow them. Answers are
/// read up to a limit, and each request ends in time.
final class ForgeClient: Sendable {
    typealias Pause = @Sendable (Duration) async throws -> Void

    private let settings: TicketSettings
    private let token: TicketToken
    private let headers: HTTPHeaders
    private let lookup: NameLookup
    private let connections: CheckedConnections
    private let retry: RetryPlan
    private let pause: Pause

    /// The most bytes of an answer; a page of a hundred long issues has about a tenth of it.
    private static let longestAnswer = 16 << 20
    private static let mostTried = 4

    /// - Throws: ``TicketError`` where the token or the certificates cannot be read, or the address is refused.
    init(
        _ settings: TicketSettings,
        version: String,
        headers: [(String, String)] = [],
        resolve: @escaping NameLookup.Resolve = ResolvedAddress.resolve,
        pause: @escaping Pause = { try await Task.sleep(for: $0) }
    ) throws(TicketError) {
        guard settings.address.isEncrypted || settings.allowsPrivate else {
            throw TicketError(.settings, "tickets \(settings.name): url: a token is not sent without TLS: use https://")
        }
        self.settings = settings
        token = try TicketToken.read(settings.secret)
        let credential = token.header(settings)
        var all = HTTPHeaders(headers)
        all.add(name: "user-agent", value: "Redoubt/\(version)")
        all.add(name: credential.name, value: credential.value)
        self.headers = all
        lookup = NameLookup(settings.address.host, resolve: resolve)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(read: .nanoseconds(settings.timeout.nanoseconds)),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        if let authorities = settings.authorities {
            do {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
                configuration.tlsConfiguration = tls
            } catch {
                throw TicketError(.settings, "the certificates in \(authorities) cannot be used: \(error)")
            }
        }
        connections = CheckedConnections(host: settings.address.host, configuration)
        retry = RetryPlan(attempts: settings.attempts)
        self.pause = pause
    }

    func close() {
        connections.close()
    }

    // MARK: Asking

    /// Sends a request, again where that may help.
    ///
    /// - Throws: ``TicketError`` for every answer that is no success.
    func send(_ request: ForgeRequest) async throws(TicketError) -> ForgeAnswer {
        var attempt = 0
        while true {
            attempt += 1
            let outcome: RetryPlan.Outcome
            let failure: TicketError
            switch await once(request) {
            case .success(let answer):
                guard !(200...299).contains(answer.status) else {
                    return ForgeAnswer(status: answer.status, body: answer.body)
                }
                outcome = .answered(status: answer.status, wait: answer.wait)
                failure = self.failure(answer)
            case .failure(let error):
                outcome = error.isUnsent ? .unconnected : .broken
                failure = error.error
                if error.error.code == .refused { throw error.error }
            }
            let delay = retry.pause(
                after: outcome,
                isRepeatable: request.isRepeatable,
                attempt: attempt,
                chance: Double.random(in: 0...1)
            )
            guard let delay, !Task.isCancelled else { throw failure }
            do {
                try await pause(delay)
            } catch {
                throw failure
            }
        }
    }

    /// All elements of a list that comes in pages, as GitLab and GitHub count them: from 1, till one is not full.
    ///
    /// - Parameter most: elements at which it ends.
    func list(
        _ path: [String],
        query: [(String, String)] = [],
        most: Int = 5000
    ) async throws(TicketError) -> [JSONValue] {
        let size = 100
        var elements: [JSONValue] = []
        var page = 1
        while elements.count < most {
            let paging = [("per_page", "\(size)"), ("page", "\(page)")]
            let answer = try await send(ForgeRequest(.GET, path, query: query + paging))
            guard let some = try answer.json().elements else {
                throw TicketError(.answer, "the answer to a list is no list", status: answer.status)
            }
            elements += some
            if some.count < size { break }
            page += 1
        }
        return elements
    }

    // MARK: Once

    private struct Answer: Sendable {
        var status: Int
        var wait: Int?
        var body: [UInt8]
    }

    private struct Failure: Error {
        var error: TicketError
        /// Whether nothing can have been sent.
        var isUnsent: Bool
    }

    private func once(_ request: ForgeRequest) async -> Result<Answer, Failure> {
        let deadline = ContinuousClock.now + settings.timeout
        let addresses: [ResolvedAddress]
        do throws(TicketError) {
            addresses = try await checkedAddresses()
        } catch {
            return .failure(Failure(error: error, isUnsent: true))
        }
        var failure = Failure(error: TicketError(.connection, "\(settings.name): no answer in time"), isUnsent: true)
        for (place, address) in addresses.enumerated() {
            let left = deadline - .now
            guard left > .zero, !Task.isCancelled else { break }
            let share = place < addresses.count - 1 ? left / 2 : left
            guard let client = connections.take(address, connectingWithin: share) else {
                return .failure(Failure(error: TicketError(.connection, "it has ended"), isUnsent: true))
            }
            defer { connections.giveBack(address) }
            do {
                let answer = try await ask(request, over: client, till: deadline)
                connections.note(address, isThere: true)
                return .success(answer)
            } catch {
                let isUnsent = Self.isUnconnected(error)
                let words = token.removed(from: NetworkFailure.words(error), user: settings.user)
                failure = Failure(error: TicketError(.connection, "\(settings.name): \(words)"), isUnsent: isUnsent)
                guard isUnsent else { break }
                connections.note(address, isThere: false)
            }
        }
        return .failure(failure)
    }

    private func ask(
        _ request: ForgeRequest,
        over client: HTTPClient,
        till deadline: ContinuousClock.Instant
    ) async throws -> Answer {
        var message = HTTPClientRequest(url: url(request))
        message.method = request.method
        message.headers = headers
        if let body = request.body {
            message.headers.add(name: "content-type", value: "application/json")
            message.body = .bytes(ByteBuffer(bytes: body))
        }
        let left = deadline - .now
        let response = try await client.execute(message, timeout: .nanoseconds(left.nanoseconds))
        let body = try await Self.read(response.body, till: deadline)
        let wait = RetryPlan.wait(now: Int(Clocks.now / 1_000_000_000)) { response.headers.first(name: $0) }
        return Answer(status: Int(response.status.code), wait: wait, body: body)
    }

    /// Reads a body that ends in time and is not too long.
    private static func read(
        _ body: HTTPClientResponse.Body,
        till deadline: ContinuousClock.Instant
    ) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                var bytes: [UInt8] = []
                for try await piece in body {
                    bytes += piece.readableBytesView
                    guard bytes.count <= longestAnswer else {
                        throw TicketError(.answer, "the answer has more than \(longestAnswer >> 20) MiB")
                    }
                }
                return bytes
            }
            group.addTask {
                try await Task.sleep(until: deadline, clock: .continuous)
                throw TicketError(.connection, "no answer in time")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    private func url(_ request: ForgeRequest) -> String {
        var url = settings.address.url
        while url.hasSuffix("/") { url.removeLast() }
        for part in request.path { url += "/" + Self.encoded(part) }
        for (place, item) in request.query.enumerated() {
            url += (place == 0 ? "?" : "&") + Self.encoded(item.name) + "=" + Self.encoded(item.value)
        }
        return url
    }

    /// Percent-encodes all that is not unreserved (RFC 3986, section 2.3).
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func checkedAddresses() async throws(TicketError) -> [ResolvedAddress] {
        guard let addresses = await lookup.addresses(within: settings.timeout) else {
            throw TicketError(.connection, "\(settings.name): its name was not found in time")
        }
        guard !addresses.isEmpty else { throw TicketError(.connection, "\(settings.name): its name has no address") }
        if let bad = addresses.first(where: { !$0.isAllowed }) {
            throw TicketError(.refused, "\(settings.name): nothing is sent to its address: \(bad.kind)")
        }
        if !settings.allowsPrivate, addresses.contains(where: \.isPrivate) {
            throw TicketError(
                .refused,
                "\(settings.name): its address is private; allow_private: true in its settings allows that"
            )
        }
        return Array(connections.use(addresses).prefix(Self.mostTried))
    }

    private static func isUnconnected(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .connectTimeout
        case let error as IOError:
            [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.errnoCode)
        case ChannelError.connectTimeout: true
        default: false
        }
    }

    // MARK: Failures

    private func failure(_ answer: Answer) -> TicketError {
        let words = Self.words(answer.body).map { ": \(token.removed(from: $0, user: settings.user))" } ?? ""
        let start = "\(settings.name) answered \(answer.status)"
        if RetryPlan.isLimit(answer.status, wait: answer.wait) {
            let when = answer.wait.map { ", try again in \($0) s" } ?? ""
            return TicketError(.limited, "\(start): too many requests\(when)", status: answer.status)
        }
        switch answer.status {
        case 300...399: return TicketError(.answer, "\(start): redirects are not followed", status: answer.status)
        case 401, 403:
            return TicketError(.refused, "\(start): the token does not allow it\(words)", status: answer.status)
        case 404, 410: return TicketError(.notFound, "\(start)\(words)", status: answer.status)
        default: return TicketError(.answer, "\(start)\(words)", status: answer.status)
        }
    }

    /// What the system says of its refusal, in the members that GitLab, GitHub and Jira use for it, on one short line.
    static func words(_ body: [UInt8]) -> String? {
        guard body.count <= 64 << 10, let json = try? JSONReader.read(body) else { return nil }
        let texts = [json["message"]?.text, json["error"]?.text] + (json["errorMessages"]?.elements ?? []).map(\.text)
        let named = (json["errors"]?.members ?? []).map { member in
            member.value.text.map { "\(String(decoding: member.name, as: UTF8.self)): \($0)" }
        }
        let all = (texts + named).compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "; ")
        guard !all.isEmpty else { return nil }
        return String(String.UnicodeScalarView(all.unicodeScalars.prefix(200).map { $0.value < 0x20 ? " " : $0 }))
    }
}
