// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import ConsoleFixtures
import DefenseModel
import HTTPTypes
import Policy

@testable import Console

/// Somebody who uses a console without a network in between: a request in, a reply or a problem out.
struct Visitor {
    let world: ConsoleWorld
    var headers = HTTPFields()
    var peer = Peer.network(address: "127.0.0.1")

    init(_ world: ConsoleWorld) {
        self.world = world
    }

    /// Signs in with the cookie that a browser would keep.
    static func signedIn(_ role: Role, _ world: ConsoleWorld) async throws -> Visitor {
        try await signedIn(as: role.rawValue, world)
    }

    static func signedIn(as name: String, _ world: ConsoleWorld) async throws -> Visitor {
        var visitor = Visitor(world)
        let client = Client(address: try IPAddress(parsing: "127.0.0.1"))
        let session = try await world.access.logIn(
            name: name,
            password: ConsoleWorld.password,
            from: client,
            at: world.now()
        )
        visitor.headers[.cookie] = "redoubt=\(session.secret.text)"
        visitor.headers[.formToken] = session.active.formToken
        return visitor
    }

    /// - Returns: the status, and the body as text.
    func ask(
        _ method: HTTPRequest.Method,
        _ target: String,
        body: String = "",
        type: String? = nil,
        with more: HTTPFields = [:]
    ) async throws -> (status: Int, text: String, headers: HTTPFields) {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        guard let (route, parameters) = match(method, parts[0]) else { return (404, "", [:]) }
        var fields = headers
        for field in more { fields[field.name] = field.value }
        if let type { fields[.contentType] = type }
        let request = ConsoleRequest(
            method: method,
            path: parts[0],
            query: parts.count > 1 ? parts[1] : "",
            headers: fields,
            body: Array(body.utf8),
            peer: peer,
            host: "localhost"
        )
        do {
            let reply = try await world.console.pipeline.answer(
                route,
                request,
                parameters: parameters,
                requestID: "test",
                began: .now
            )
            guard case .bytes(let bytes) = reply.body else { return (reply.status.code, "", reply.headers) }
            return (reply.status.code, String(decoding: bytes, as: UTF8.self), reply.headers)
        } catch {
            guard let problem = Problem(error) else { throw error }
            return (problem.status.code, problem.detail, [:])
        }
    }

    private func match(_ method: HTTPRequest.Method, _ path: String) -> (Route, [String: String])? {
        let parts = path.split(separator: "/")
        let found = world.console.routes.filter { route in
            let names = route.path.split(separator: "/")
            return route.method == method && names.count == parts.count
                && zip(names, parts).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
        guard let route = found.min(by: { $0.parameterNames.count < $1.parameterNames.count }) else { return nil }
        var parameters: [String: String] = [:]
        for (name, part) in zip(route.path.split(separator: "/"), parts) where name.hasPrefix("{") {
            parameters[String(name.dropFirst().dropLast())] = String(part)
        }
        return (route, parameters)
    }
}
