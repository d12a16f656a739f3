// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Crypto
internal import Incidents
internal import Storage

/// Places in lists as clients are given them. A cursor is good for the list and the filters that it was made for.
struct Cursors: Sendable {
    static let field = InputField("cursor", .text(maximum: 512), "Where the last page ended.")
    static let limit = InputField("limit", .integer(1...200), "How many; 50 where it is left out.")
    static let fields = [field, limit]

    private let exchange: Exchange

    init(_ exchange: Exchange) {
        self.exchange = exchange
    }

    var limit: Int { exchange.query.integer("limit") ?? 50 }

    /// The list is the route with what it was asked for.
    private var list: [UInt8] {
        var hash = SHA256()
        let filters = exchange.route.query.map(\.name).filter { !["cursor", "limit", "done"].contains($0) }
        let parts = [
            exchange.route.path.replacing("/api/v1", with: ""), exchange.request.path.replacing("/api/v1", with: ""),
        ]
        // Whoever is bound to projects has lists that are not those of others.
        let scopes = exchange.caller.principal?.scopes(for: .see) ?? []
        for part in parts + filters.flatMap({ [$0] + exchange.query.list($0) }) + scopes.map(\.path) {
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return Array(hash.finalize())
    }

    /// The place that the request names; nil for the beginning.
    func place() throws -> PagePlace? {
        guard let text = exchange.query["cursor"] else { return nil }
        return PagePlace(numbers: try exchange.services.cursors.open(text, list: list, count: 2))
    }

    func seal(_ place: PagePlace?) -> String? {
        place.map { exchange.services.cursors.seal($0.numbers, list: list) }
    }

    /// The same for lists that one number orders.
    func number() throws -> Int64? {
        guard let text = exchange.query["cursor"] else { return nil }
        return try exchange.services.cursors.open(text, list: list, count: 1)[0]
    }

    func seal(number: Int64) -> String { exchange.services.cursors.seal([number], list: list) }

    /// For lists that are in memory: a page that begins at a number.
    func page<Value>(of values: [Value]) throws -> (values: [Value], next: String?) {
        let start: Int
        if let text = exchange.query["cursor"] {
            start = Int(try exchange.services.cursors.open(text, list: list, count: 1)[0])
        } else {
            start = 0
        }
        let end = min(values.count, max(0, start) + limit)
        let part = start < end ? Array(values[start..<end]) : []
        return (part, end < values.count ? exchange.services.cursors.seal([Int64(end)], list: list) : nil)
    }

    /// The address of the next page of a page for people.
    func nextPage(_ cursor: String?) -> String? {
        guard let cursor else { return nil }
        let filters = exchange.route.query.map(\.name).filter { $0 != "cursor" && $0 != "done" }
        return Address.path(
            exchange.request.path,
            filters.map { name in
                (name, exchange.query.list(name).isEmpty ? nil : exchange.query.list(name).joined(separator: ","))
            }
                + [("cursor", cursor)]
        )
    }
}
