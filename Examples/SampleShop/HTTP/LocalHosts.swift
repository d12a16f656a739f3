// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import HTTPTypes
import Hummingbird

/// The names by which visitors may call the shop.
struct LocalHosts: Sendable {
    private let names: Set<String>

    init(additional: [String] = []) {
        names = Set(["localhost", "127.0.0.1", "[::1]"] + additional.map { $0.lowercased() })
    }

    /// Whether an authority such as `localhost:8081` names this shop.
    func contains(authority: String) -> Bool {
        let name: Substring
        if authority.hasPrefix("[") {
            name = authority.prefix(through: authority.firstIndex(of: "]") ?? authority.startIndex)
        } else {
            name = authority.prefix { $0 != ":" }
        }
        let lowercased = name.lowercased()
        return names.contains(lowercased) || lowercased.hasSuffix(".localhost")
    }
}

/// Refuses what a hostile web site could make a visitor's browser send.
///
/// The shop runs shell commands on request. Without this guard any page open in a browser on this machine could
/// run them: directly (a cross-site request), or under its own name (DNS rebinding, where that name suddenly
/// resolves to loopback).
struct LocalVisitorsOnly: RouterMiddleware {
    let hosts: LocalHosts

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        if let authority = request.head.authority, !hosts.contains(authority: authority) {
            throw HTTPError(
                .misdirectedRequest,
                message: "This shop answers to localhost only; start it with --allow-host NAME to add a name."
            )
        }
        if isCrossSite(request.headers) || isForeign(origin: request.headers[.origin]) {
            throw HTTPError(.forbidden, message: "Another web site's page asked for this; the shop does not answer it.")
        }
        return try await next(request, context)
    }

    /// Whether the browser says that another site's page asks (`Sec-Fetch-Site`, Fetch Metadata, section 2.3).
    private func isCrossSite(_ headers: HTTPFields) -> Bool {
        headers.contains { $0.name.canonicalName == "sec-fetch-site" && $0.value == "cross-site" }
    }

    /// Whether an `Origin` header names a site other than the shop; `null` does.
    private func isForeign(origin: String?) -> Bool {
        guard let origin else { return false }
        guard let scheme = origin.range(of: "://") else { return true }
        return !hosts.contains(authority: String(origin[scheme.upperBound...]))
    }
}
