// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// Answers every request: reads its body, finds its route, and gives each answer the header fields that all have.
struct ConsoleResponder: HTTPResponder {
    typealias Context = ConsoleContext

    private let pipeline: ConsolePipeline
    private let router: any HTTPResponder<ConsoleContext>
    private let hosts: HostCheck
    private let logger: Logger

    init(_ pipeline: ConsolePipeline, _ routes: [Route], logger: Logger) {
        self.pipeline = pipeline
        self.logger = logger
        hosts = HostCheck(pipeline.settings)
        let router = Router(context: ConsoleContext.self, options: [.autoGenerateHeadEndpoints])
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                try await Self.respond(route, pipeline, hosts: HostCheck(pipeline.settings), request, context)
            }
        }
        self.router = router.buildResponder()
        self.paths = RoutePaths(routes)
    }

    private let paths: RoutePaths

    func respond(to request: Request, context: ConsoleContext) async throws -> Response {
        let began = ContinuousClock.now
        let id = UUID().uuidString.lowercased()
        var context = context
        context.logger[metadataKey: "request"] = "\(id)"
        context.coreContext.parameters = .init()
        var response: Response
        do {
            response = try await RequestScope.$current.withValue(RequestScope(id: id, began: began)) {
                try await router.respond(to: request, context: context)
            }
            // The router answers by itself what it has no route for.
            if response.status == .notFound, response.headers[.contentType] == nil { throw HTTPError(.notFound) }
        } catch {
            response = refusal(error, request, context, id: id)
        }
        finish(&response, request, id: id)
        log(request, response, context, took: .now - began)
        return response
    }

    /// One route's part.
    private static func respond(
        _ route: Route,
        _ pipeline: ConsolePipeline,
        hosts: HostCheck,
        _ request: Request,
        _ context: ConsoleContext
    ) async throws -> Response {
        let peer = try await context.peer()
        // The first became the authority (RFC 9112 section 3.2 wants one and no more).
        guard !request.headers.contains(where: { $0.name.canonicalName == "host" }) else {
            throw RoutedError(route, Problem.badRequest("a request has one field Host"))
        }
        let host = request.head.authority
        if case .local = peer {
        } else if !hosts.allows(host) {
            throw RoutedError(
                route,
                Problem(
                    .misdirectedRequest,
                    "host",
                    "the console has another name; console_url and console_names in the configuration add to its names"
                )
            )
        }
        let scope = RequestScope.current
        do {
            var asked = ConsoleRequest(
                method: request.method,
                path: request.uri.path,
                query: request.uri.query ?? "",
                headers: request.headers,
                body: route.upload == nil ? try await body(of: request, atMost: route.maximumBody) : [],
                peer: peer,
                host: host
            )
            if route.upload != nil { asked.upload = try await upload(of: request, route, asked, pipeline) }
            var parameters: [String: String] = [:]
            for name in route.parameterNames { parameters[name] = context.parameters.get(name) }
            let reply = try await pipeline.answer(
                route,
                asked,
                parameters: parameters,
                requestID: scope.id,
                began: scope.began
            )
            pipeline.meters.count(route: route.name, status: reply.status.code, duration: .now - scope.began)
            pipeline.services.used(route.name)
            return request.method == .head ? reply.response.createHeadResponse() : reply.response
        } catch {
            throw RoutedError(route, error)
        }
    }

    /// Reads the body, whose length is refused before it is read where the client tells it.
    private static func body(of request: Request, atMost limit: Int) async throws -> [UInt8] {
        let tooLarge = Problem(.contentTooLarge, "too_large", "a body has \(limit) bytes at most")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        var bytes: [UInt8] = []
        for try await part in request.body {
            guard bytes.count + part.readableBytes <= limit else { throw tooLarge }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    /// Takes a report in. Who may not hand one in, or has too many under way, is refused before a byte of it is read.
    private static func upload(
        of request: Request,
        _ route: Route,
        _ asked: ConsoleRequest,
        _ pipeline: ConsolePipeline
    ) async throws -> Upload {
        let caller = try await pipeline.admit(route, asked, now: pipeline.services.clock())
        guard let access = pipeline.services.vulnerabilities else { throw Problem.withoutFindings }
        let place = try UploadPlace.enter(access.uploads, for: caller.countedName)
        let lane = UploadLane(
            try UploadReceiver(
                request.headers,
                folder: access.uploadFolder,
                limit: access.maximumUpload,
                room: access.room
            )
        )
        var bytes: [UInt8] = []
        for try await part in request.body {
            bytes.append(contentsOf: part.readableBytesView)
            guard bytes.count >= UploadLane.piece else { continue }
            try await lane.feed(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        if !bytes.isEmpty { try await lane.feed(bytes) }
        return try await lane.finish(place)
    }

    // MARK: Refusals

    private func refusal(_ error: any Error, _ request: Request, _ context: ConsoleContext, id: String) -> Response {
        let routed = error as? RoutedError
        let cause = routed?.cause ?? error
        let problem = Problem(cause) ?? unrouted(cause, request) ?? fault(cause, request, context)
        pipeline.meters.countRefusal(problem.code)
        if let route = routed?.route {
            pipeline.meters.count(
                route: route.name,
                status: problem.status.code,
                duration: .now - RequestScope.current.began
            )
        }
        let wantsPage =
            routed?.route.isForPeople
            ?? (!request.uri.path.hasPrefix("/api/") && request.headers[.accept]?.contains("text/html") == true)
        guard wantsPage else { return Reply.problem(problem, requestID: id).response }
        if problem.status == .unauthorized, problem.code != "badLink", request.method == .get {
            return Reply.redirect(Address.path("/login", [("next", LocalPath.checked(request.head.path ?? "/"))]))
                .response
        }
        var reply = Reply.html(ErrorPage.html(problem, requestID: id), problem.status)
        reply.add(problem)
        return reply.response
    }

    /// What no route answers.
    private func unrouted(_ error: any Error, _ request: Request) -> Problem? {
        guard let error = error as? HTTPError else { return nil }
        guard error.status == .notFound || error.status == .methodNotAllowed else {
            return Problem(error.status, "http", error.body ?? error.status.reasonPhrase)
        }
        let methods = paths.methods(of: request.uri.path)
        guard !methods.isEmpty else { return .notFound("page or resource at this address") }
        var problem = Problem(
            .methodNotAllowed,
            "method_not_allowed",
            "there is \(methods.joined(separator: ", ")) only"
        )
        problem.allow = methods
        return problem
    }

    /// A fault of ours: told in the log in full, and to the client by its identifier only.
    private func fault(_ error: any Error, _ request: Request, _ context: ConsoleContext) -> Problem {
        if error is CancellationError {
            return Problem(.serviceUnavailable, "cancelled", "the console is going down")
        }
        context.logger.error(
            "the console failed",
            metadata: ["error": "\(error)", "path": "\(LogText.safe(request.uri.path))"]
        )
        return Problem(
            .internalServerError,
            "fault",
            "Something failed in the console; its log has the request's identifier."
        )
    }

    // MARK: All answers

    private func finish(_ response: inout Response, _ request: Request, id: String) {
        response.headers[.requestID] = id
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.frameOptions] = "DENY"
        response.headers[.referrerPolicy] = "same-origin"
        response.headers[.openerPolicy] = "same-origin"
        response.headers[.resourcePolicy] = "same-origin"
        response.headers[.embedderPolicy] = "require-corp"
        response.headers[.permissionsPolicy] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        if pipeline.settings.isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        if request.method == .head, response.status == .notFound { response.headers[.contentLength] = nil }
    }

    private static let policy = """
        default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
        base-uri 'none'; frame-ancestors 'none'
        """

    private func log(_ request: Request, _ response: Response, _ context: ConsoleContext, took: Duration) {
        let micros = took.components.seconds * 1_000_000 + took.components.attoseconds / 1_000_000_000_000
        context.logger.info(
            "console request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(LogText.safe(request.uri.path))",
                "status": "\(response.status.code)", "microseconds": "\(micros)",
            ]
        )
    }
}

/// What belongs to one request and is no part of it.
struct RequestScope: Sendable {
    var id: String
    var began: ContinuousClock.Instant

    @TaskLocal static var current = RequestScope(id: "", began: .now)
}

/// An error, with the route at which it happened.
private struct RoutedError: Error {
    let route: Route
    let cause: any Error

    init(_ route: Route, _ cause: any Error) {
        self.route = route
        self.cause = (cause as? RoutedError)?.cause ?? cause
    }
}

/// Which methods a path has, for answers to a wrong one.
private struct RoutePaths: Sendable {
    private let routes: [(parts: [Substring], method: String)]

    init(_ routes: [Route]) {
        self.routes = routes.map { ($0.path.split(separator: "/"), $0.method.rawValue) }
    }

    func methods(of path: String) -> [String] {
        let parts = path.split(separator: "/", maxSplits: 20)
        let found = routes.filter { route in
            route.parts.count == parts.count && zip(route.parts, parts).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
        return Set(found.map(\.method)).sorted()
    }
}

/// Texts of others in lines of a log.
enum LogText {
    static func safe(_ text: String) -> String {
        String(HTML.escape(String(text.prefix(300))).prefix(600))
    }
}
