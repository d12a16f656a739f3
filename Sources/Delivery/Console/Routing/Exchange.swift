// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import HTTPTypes
internal import Policy

/// A request as handlers see it: checked, and from somebody who may make it.
struct Exchange: Sendable {
    let services: ConsoleServices
    let route: Route
    let request: ConsoleRequest
    let parameters: [String: String]
    let query: Input
    /// What the body brought, of routes that have one.
    let body: Input
    let caller: Caller
    let requestID: String
    /// Nanoseconds since 1970.
    let now: Int64
    /// When the request came, for the time that a page took.
    let began: ContinuousClock.Instant

    /// Who asks.
    ///
    /// - Throws: ``Problem`` where nobody is signed in; routes that ask for a permission are not reached then.
    var principal: Principal {
        get throws {
            guard let principal = caller.principal else { throw AccessError(.notAuthenticated, "sign in first") }
            return principal
        }
    }

    func may(_ permission: Permission) -> Bool { caller.principal?.may(permission) ?? false }

    /// Whether forms for something are shown.
    var token: FormToken { caller.token }

    /// The identifier in the path.
    func identifier(_ name: String = "id") throws -> Identifier {
        guard let text = parameters[name], let id = try? Identifier(parsing: text) else {
            throw Problem.notFound("identifier such as this")
        }
        return id
    }

    /// Who makes a change, and why.
    func author() throws -> Authorship {
        Authorship(try principal.name, because: body["reason"] ?? "", at: now)
    }

    /// The revision that `If-Match` names; nil for any.
    func expectedRevision() throws -> Int? {
        guard let text = request.headers[.ifMatch], text != "*" else { return nil }
        let digits = text.drop { $0 == "\"" || $0 == "r" }.prefix { $0.isNumber }
        guard let revision = Int(digits), text == EntityTag.text(revision) else {
            throw Problem(.preconditionFailed, "conflict", "If-Match holds no tag of this resource")
        }
        return revision
    }
}

/// The ETag of what has revisions.
enum EntityTag {
    static func text(_ revision: Int) -> String { "\"r\(revision)\"" }
}

/// Who asks, and how that was shown.
struct Caller: Sendable {
    var principal: Principal?
    /// Set where a cookie signs in, which other sites could make a browser send.
    var session: ActiveSession?

    /// What forms carry; empty where no cookie is involved.
    var token: FormToken { FormToken(text: session?.formToken ?? "") }

    static let nobody = Caller()

    /// Under which name requests are counted: each token has its own.
    var countedName: String {
        guard let principal else { return "nobody" }
        if case .token = principal.means { return principal.means.text }
        return principal.name
    }
}

/// A request as it came, its body read.
struct ConsoleRequest: Sendable {
    var method: HTTPRequest.Method
    /// Without the query, as it was sent.
    var path: String
    var query: String
    var headers: HTTPFields
    var body: [UInt8]
    var peer: Peer
    /// The name that the client asked for; nil where it gave none.
    var host: String?
    /// The body of routes that take reports, in a file.
    var upload: Upload?
}

/// Where a request comes from.
enum Peer: Sendable, Hashable {
    /// As text: Swift 6.3.1 passes values of 128 bits wrongly among many arguments of asynchronous functions.
    case network(address: String)
    /// The local socket, or the program itself; it acts as an administrator.
    case local(name: String)
    /// What has no address that is known.
    case unknown

    var address: IPAddress? {
        if case .network(let text) = self { IPAddress(text) } else { nil }
    }
}
