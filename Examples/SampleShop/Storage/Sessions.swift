// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Hummingbird
import Synchronization

/// What the shop remembers of a visitor.
struct Session: Sendable {
    /// The account's name once logged in.
    var account: String?
    /// Numbers of products and how many of each.
    var basket: [Int: Int] = [:]
}

/// The visitors' sessions, kept in memory under a random identifier in a cookie.
///
/// At most 1,000; the oldest go first.
final class Sessions: Sendable {
    private static let cookieName = "shop_session"
    private static let limit = 1000

    private struct Store {
        var sessions: [String: Session] = [:]
        var order: [String] = []
    }

    private let store = Mutex(Store())

    /// The session that a request belongs to; an empty one for a new visitor.
    func session(of request: Request) -> Session {
        guard let id = request.cookies[Self.cookieName]?.value else { return Session() }
        return store.withLock { $0.sessions[id] } ?? Session()
    }

    /// Changes the session of a request and returns the cookie that names it.
    func update(_ request: Request, _ change: (inout Session) -> Void) -> Cookie {
        let id = store.withLock { store in
            let known = request.cookies[Self.cookieName]?.value
            let id: String
            if let known, store.sessions[known] != nil {
                id = known
            } else {
                id = UUID().uuidString.lowercased()
                store.order.append(id)
                if store.order.count > Self.limit {
                    store.sessions[store.order.removeFirst()] = nil
                }
            }
            change(&store.sessions[id, default: Session()])
            return id
        }
        return Cookie(name: Self.cookieName, value: id, path: "/", httpOnly: true, sameSite: .lax)
    }
}
