// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import HTTPTypes

/// What every request goes through, whatever way it came: who asks, may they, is it from a page of ours, was it asked
/// before; then its handler.
struct ConsolePipeline: Sendable {
    let services: ConsoleServices
    let settings: ConsoleSettings
    let replays = ReplayTable()
    let meters = ConsoleMeters()

    /// - Throws: whatever the handler throws; ``reply(for:_:_:)`` makes an answer of it.
    func answer(
        _ route: Route,
        _ request: ConsoleRequest,
        parameters: [String: String],
        requestID: String,
        began: ContinuousClock.Instant
    ) async throws -> Reply {
        let now = services.clock()
        let caller = try await admit(route, request, now: now)
        var pairs = try FormEncoding.pairs(request.query.utf8)
        if route.ignoresUnknownQuery { pairs.removeAll { pair in !route.query.contains { $0.name == pair.0 } } }
        let isForm = if case .operation = route.kind { false } else { true }
        let query = try Input(pairs: pairs, fields: route.query, isForm: isForm, now: now)
        let body = try readBody(route, request, caller, now: now)
        let exchange = Exchange(
            services: services,
            route: route,
            request: request,
            parameters: try parameters.mapValues(Self.decode),
            query: query,
            body: body,
            caller: caller,
            requestID: requestID,
            now: now,
            began: began
        )
        return try await replays.answer(exchange) {
            try await Deadline.run(route.deadline ?? settings.handlerDeadline) { try await route.handle(exchange) }
        }
    }

    /// Who asks, who may do so.
    ///
    /// - Throws: ``Problem`` and ``AccessError`` for whom this is not, and what comes from elsewhere.
    @discardableResult
    func admit(_ route: Route, _ request: ConsoleRequest, now: Int64) async throws -> Caller {
        let caller = try await authenticate(route, request, now: now)
        try checkOrigin(route, request, caller)
        try authorize(route, caller)
        return caller
    }

    private static func decode(_ segment: String) throws -> String {
        try FormEncoding.decode(ArraySlice(segment.utf8), plusIsSpace: false)
    }

    // MARK: Who asks

    private func authenticate(_ route: Route, _ request: ConsoleRequest, now: Int64) async throws -> Caller {
        if case .local(let name) = request.peer { return Caller(principal: .local(name: name)) }
        let client = Client(address: request.peer.address ?? .unspecified, agent: request.headers[.userAgent] ?? "")
        if let header = request.headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            let schemes = route.upload?.takesTokenScheme == true ? ["bearer", "token"] : ["bearer"]
            guard parts.count == 2, schemes.contains(parts[0].lowercased()) else {
                throw Problem(.unauthorized, "notAuthenticated", "expected Authorization: Bearer and a token")
            }
            return Caller(
                principal: try await services.access.principal(token: String(parts[1]), from: client, at: now)
            )
        }
        guard let secret = SessionCookie.secret(in: request.headers, isSecure: settings.isSecure) else {
            return .nobody
        }
        do {
            let session = try await services.access.session(secret, from: client, at: now)
            return Caller(principal: session.principal, session: session)
        } catch {
            // A cookie that is no good any more is as none at all, so that the page to sign in can be shown.
            guard error.code == .notAuthenticated else { throw error }
            return .nobody
        }
    }

    private func authorize(_ route: Route, _ caller: Caller) throws {
        switch route.access {
        case .open: return
        case .signedIn:
            guard caller.principal != nil else { throw Self.signInFirst }
        case .granted(let permission):
            guard let principal = caller.principal else { throw Self.signInFirst }
            try principal.require(permission)
        case .grantedInProjects(let permission):
            guard let principal = caller.principal else { throw Self.signInFirst }
            try principal.requireSomewhere(permission)
        }
    }

    private static let signInFirst = AccessError(.notAuthenticated, "sign in first, or send a token")

    // MARK: From where

    /// Other sites can make a browser send requests with our cookie. Browsers say where a request comes from; for those
    /// that do not, and in any case, a form carries a token that other sites cannot know.
    private func checkOrigin(_ route: Route, _ request: ConsoleRequest, _ caller: Caller) throws {
        guard route.changesSomething, !isLocal(request.peer), request.headers[.authorization] == nil else { return }
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" {
            throw Self.crossSite("the request comes from another site")
        }
        if let origin = request.headers[.origin], origin != "null", let host = request.host,
            origin != "http://\(host)", origin != "https://\(host)", origin != settings.origin
        {
            throw Self.crossSite("the request comes from \(origin)")
        }
        guard let session = caller.session else { return }
        let given = request.headers[.formToken] ?? Self.formToken(in: request)
        guard let given, session.accepts(formToken: given) else {
            throw Self.crossSite(
                "the form is not from this session; go back, load the page again and send it once more"
            )
        }
    }

    private func isLocal(_ peer: Peer) -> Bool {
        if case .local = peer { true } else { false }
    }

    private static func crossSite(_ detail: String) -> Problem { Problem(.forbidden, "cross_site", detail) }

    private static func formToken(in request: ConsoleRequest) -> String? {
        guard request.headers[.contentType]?.hasPrefix(MediaTypes.form) == true,
            let pairs = try? FormEncoding.pairs(request.body)
        else { return nil }
        return pairs.first { $0.0 == FormToken.name }?.1
    }

    // MARK: What it brings

    private func readBody(_ route: Route, _ request: ConsoleRequest, _ caller: Caller, now: Int64) throws -> Input {
        guard let fields = route.body else { return .empty }
        if let terms = route.upload {
            let known = Set(fields.map(\.name))
            let pairs = (request.upload?.fields ?? []).filter { !terms.ignoresUnknownFields || known.contains($0.0) }
            return try Input(pairs: pairs, fields: fields, now: now)
        }
        let type = request.headers[.contentType].map { String($0.prefix { $0 != ";" }).lowercased() } ?? ""
        switch route.kind {
        case .form:
            guard type == MediaTypes.form || request.body.isEmpty else { throw Self.wrongType(MediaTypes.form) }
            return try Input(pairs: try FormEncoding.pairs(request.body), fields: fields, now: now)
        case .operation, .page, .plain:
            if request.body.isEmpty, !fields.contains(where: \.isRequired) { return .empty }
            guard type == MediaTypes.json else { throw Self.wrongType(MediaTypes.json) }
            return try Input(json: request.body, fields: fields, now: now)
        }
    }

    private static func wrongType(_ expected: String) -> Problem {
        Problem(.unsupportedMediaType, "unsupported_media_type", "expected a body of type \(expected)")
    }
}

enum MediaTypes {
    static let json = "application/json"
    static let form = "application/x-www-form-urlencoded"
}

extension HTTPField.Name {
    static let secFetchSite = Self.known("Sec-Fetch-Site")
    static let formToken = Self.known("X-Redoubt-Form")
    static let idempotencyKey = Self.known("Idempotency-Key")
    static let idempotencyReplayed = Self.known("Idempotency-Replayed")
    static let requestID = Self.known("X-Request-Id")
    static let referrerPolicy = Self.known("Referrer-Policy")
    static let permissionsPolicy = Self.known("Permissions-Policy")
    static let openerPolicy = Self.known("Cross-Origin-Opener-Policy")
    static let resourcePolicy = Self.known("Cross-Origin-Resource-Policy")
    static let embedderPolicy = Self.known("Cross-Origin-Embedder-Policy")
    static let frameOptions = Self.known("X-Frame-Options")

    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no name of a field") }
        return name
    }
}

extension IPAddress {
    static let unspecified = IPAddress(bits: 0)
}

/// The cookies that a browser sends (RFC 6265 section 4.2).
enum Cookies {
    /// The first of a name; nil where there is none.
    static func value(of name: String, in headers: HTTPFields) -> String? {
        let name = name + "="
        for line in headers[values: .cookie] where line.utf8.count <= 8192 {
            for part in line.split(separator: ";") {
                let pair = part.drop { $0 == " " }
                if pair.hasPrefix(name) { return String(pair.dropFirst(name.count)) }
            }
        }
        return nil
    }
}

/// The cookie that holds the secret of a session.
enum SessionCookie {
    private static func name(isSecure: Bool) -> String { isSecure ? "__Host-redoubt" : "redoubt" }

    static func secret(in headers: HTTPFields, isSecure: Bool) -> String? {
        Cookies.value(of: name(isSecure: isSecure), in: headers)
    }

    /// The field that sets it. It ends with the browser, and on the server by its own times.
    static func set(_ secret: String, isSecure: Bool) -> String {
        "\(name(isSecure: isSecure))=\(secret); Path=/; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    static func clear(isSecure: Bool) -> String {
        "\(name(isSecure: isSecure))=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }
}

/// Ends what takes too long.
enum Deadline {
    /// - Throws: ``Problem`` with 503 when the time is over; the work is cancelled then.
    static func run<Output: Sendable>(
        _ limit: Duration,
        _ work: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        try await withThrowingTaskGroup(of: Output?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let output = try await group.next() ?? nil else {
                var problem = Problem(
                    .serviceUnavailable,
                    "deadline",
                    "it took longer than \(limit.components.seconds) s"
                )
                problem.retryAfterSeconds = 10
                throw problem
            }
            return output
        }
    }
}
