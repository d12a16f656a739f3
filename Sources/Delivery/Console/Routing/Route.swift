// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import HTTPTypes

/// Who may use a route. There is no default: each route says it.
enum RouteAccess: Sendable, Hashable, CustomStringConvertible {
    /// Anybody who reaches the console.
    case open
    /// Anybody who is signed in, for what is one's own.
    case signedIn
    case granted(Permission)
    /// For projects: also those who are bound to a part of their tree. The handler asks again for the project that is meant.
    case grantedInProjects(Permission)

    /// What it takes; nil where no permission does.
    var permission: Permission? {
        switch self {
        case .open, .signedIn: nil
        case .granted(let permission), .grantedInProjects(let permission): permission
        }
    }

    var description: String {
        switch self {
        case .open: "open"
        case .signedIn: "signed in"
        case .granted(let permission): permission.rawValue
        case .grantedInProjects(let permission): "\(permission.rawValue) for the project"
        }
    }
}

/// A method and a path, who may use them, and what is done.
struct Route: Sendable {
    typealias Handler = @Sendable (Exchange) async throws -> Reply

    enum Kind: Sendable {
        /// Part of the API, and so of its document.
        case operation(Operation)
        /// A page; problems are pages too.
        case page
        /// What a page posts.
        case form
        /// Neither, such as assets and metrics.
        case plain
    }

    let method: HTTPRequest.Method
    /// With parameters in braces: `/api/v1/detections/{id}`.
    let path: String
    let access: RouteAccess
    let kind: Kind
    /// What the query may hold.
    let query: [InputField]
    /// Whether the query may hold what is not known, as of those who are sent here by others.
    var ignoresUnknownQuery = false
    /// What the body may hold, as JSON or as a form; nil for a route without a body.
    let body: [InputField]?
    var maximumBody: Int
    /// Whether the body is a report, which is kept in a file; nil for routes that have others.
    var upload: UploadTerms?
    /// How long the work may take; nil for as long as that of most.
    var deadline: Duration?
    let handle: Handler

    static let usualBody = 1 << 20

    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ access: RouteAccess,
        _ kind: Kind,
        query: [InputField] = [],
        body: [InputField]? = nil,
        maximumBody: Int = Route.usualBody,
        _ handle: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.kind = kind
        self.query = query
        self.body = body
        self.maximumBody = maximumBody
        self.handle = handle
    }

    var name: String { "\(method.rawValue) \(path)" }

    /// Whether problems are answered with pages.
    var isForPeople: Bool {
        switch kind {
        case .page, .form: true
        case .operation, .plain: false
        }
    }

    var changesSomething: Bool { method != .get && method != .head }

    var parameterNames: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
}

/// What the document of the API says of a route.
struct Operation: Sendable {
    struct Answer: Sendable {
        let status: Int
        let about: String
        let type: String
        let schema: Schema?

        /// A problem that is of this operation, beside those that any may answer with.
        static func problem(_ status: Int, _ about: String) -> Answer {
            Answer(status: status, about: about, type: "application/problem+json", schema: .shape("Problem"))
        }
    }

    let id: String
    let summary: String
    let tag: String
    let answers: [Answer]
    /// Whether `If-Match` and `ETag` are used.
    var hasRevision = false
}

/// How a route takes reports.
struct UploadTerms: Sendable {
    /// Whether a form may hold fields that nobody knows, as clients of others send them.
    var ignoresUnknownFields = false
    /// Whether `Authorization: Token` is as good as `Bearer`.
    var takesTokenScheme = false

    /// What such routes answer beside others.
    static let refusals: [Operation.Answer] = [
        .problem(403, "The token is for another part of the project tree, or confirm_drop is more than it may."),
        .problem(429, "Too many reports of this token, or of all, are being taken in; nothing of this one was read."),
        .problem(507, "The disk has no room for it."),
    ]
}

extension Route {
    /// An operation that answers with JSON.
    static func operation(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ access: RouteAccess,
        id: String,
        _ summary: String,
        tag: String,
        query: [InputField] = [],
        body: [InputField]? = nil,
        answers schema: Schema?,
        status: Int = 200,
        type: String = "application/json",
        hasRevision: Bool = false,
        refusals: [Operation.Answer] = [],
        _ handle: @escaping Handler
    ) -> Route {
        let answer = Operation.Answer(
            status: schema == nil ? 204 : status,
            about: schema == nil ? "Done." : summary,
            type: type,
            schema: schema
        )
        let operation = Operation(
            id: id,
            summary: summary,
            tag: tag,
            answers: [answer] + refusals,
            hasRevision: hasRevision
        )
        return Route(method, "/api/v1" + path, access, .operation(operation), query: query, body: body, handle)
    }

    static func page(
        _ path: String,
        _ access: RouteAccess,
        query: [InputField] = [],
        _ handle: @escaping Handler
    ) -> Route {
        Route(.get, path, access, .page, query: query, handle)
    }

    static func form(
        _ path: String,
        _ access: RouteAccess,
        _ fields: [InputField],
        _ handle: @escaping Handler
    ) -> Route {
        Route(.post, path, access, .form, body: fields, handle)
    }
}
