// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import GRDB
import GRDBSQLite

/// A product of the shop.
struct Product: Codable, Sendable, FetchableRecord {
    var id: Int
    var name: String
    var category: String
    var description: String
    /// In euro cents.
    var price: Int

    /// The price as `12.50 €`.
    var priceText: String {
        Self.text(cents: price)
    }

    /// An amount of euro cents as `12.50 €`.
    static func text(cents: Int) -> String {
        let fraction = cents % 100
        return "\(cents / 100).\(fraction < 10 ? "0" : "")\(fraction) €"
    }
}

/// An entry of the guestbook.
struct Review: Sendable, FetchableRecord {
    var author: String
    var text: String

    init(row: Row) {
        author = row["author"]
        text = row["text"]
    }
}

/// Why a query that a visitor wrote part of failed, in the database's own words.
struct CatalogueError: Error {
    var message: String
}

/// The shop's database: SQLite in memory, filled with the same goods at every start.
///
/// ``rows(of:)`` runs text that visitors took part in. So that an injected query cannot take the machine with it,
/// a query has limited time, values at most 1 MB, and reads cannot write.
struct Catalogue: Sendable {
    /// The most guestbook entries kept; older ones go.
    static let reviewLimit = 200
    /// The most products; further ones are refused.
    static let productLimit = 200

    private let database: DatabaseQueue
    private let deadline = QueryDeadline()
    private let queryLimit: Duration

    /// - Parameter queryLimit: the time that a query with visitors' text gets.
    init(queryLimit: Duration) throws {
        self.queryLimit = queryLimit
        var configuration = Configuration()
        let deadline = deadline
        configuration.prepareDatabase { database in
            deadline.watch(database)
        }
        database = try DatabaseQueue(configuration: configuration)
        try database.write { database in
            try database.execute(sql: SeedData.sql)
        }
    }

    /// Bounds what SQLite takes in this process, to 64 MB.
    static func limitMemory() {
        sqlite3_hard_heap_limit64(64 << 20)
    }

    /// Runs a query as text and returns the first 100 rows, each value as text of at most 2,000 characters.
    ///
    /// This is what makes the shop injectable: callers paste what a visitor sent into `sql`.
    /// - Throws: ``CatalogueError`` with SQLite's message, in the words of a common database layer, so that what looks
    ///   for leaked database errors knows it.
    func rows(of sql: String) async throws -> [[String: String]] {
        do {
            return try await database.read { database in
                try deadline.limit(to: queryLimit) {
                    let cursor = try Row.fetchCursor(database, sql: sql)
                    var rows: [[String: String]] = []
                    while rows.count < 100, let row = try cursor.next() {
                        let values = row.map { name, value in (name, String(Self.text(of: value).prefix(2000))) }
                        rows.append(Dictionary(values, uniquingKeysWith: { first, _ in first }))
                    }
                    return rows
                }
            }
        } catch let error as DatabaseError {
            throw CatalogueError(
                message: "SQLite.Exception: \(error.message ?? "error \(error.resultCode)") in: \(sql)"
            )
        }
    }

    /// All products, by name.
    func products() async throws -> [Product] {
        try await database.read { database in
            try Product.fetchAll(database, sql: "SELECT * FROM product ORDER BY name")
        }
    }

    /// A product by its number.
    func product(id: Int) async throws -> Product? {
        try await database.read { database in
            try Product.fetchOne(database, sql: "SELECT * FROM product WHERE id = ?", arguments: [id])
        }
    }

    /// Adds a product; nil where the shelves are full.
    func addProduct(name: String, description: String, price: Int) async throws -> Product? {
        try await database.write { database in
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM product") ?? 0
            guard count < Self.productLimit else { return nil }
            try database.execute(
                sql: "INSERT INTO product (name, category, description, price) VALUES (?, 'New', ?, ?)",
                arguments: [name, description, price]
            )
            let id = Int(database.lastInsertedRowID)
            return Product(id: id, name: name, category: "New", description: description, price: price)
        }
    }

    /// The guestbook, newest first.
    func reviews() async throws -> [Review] {
        try await database.read { database in
            try Review.fetchAll(database, sql: "SELECT author, text FROM review ORDER BY id DESC")
        }
    }

    /// Adds an entry to the guestbook, cut at 2,000 characters.
    func addReview(author: String, text: String) async throws {
        try await database.write { database in
            try database.execute(
                sql: "INSERT INTO review (author, text) VALUES (?, ?)",
                arguments: [String(author.prefix(200)), String(text.prefix(2000))]
            )
            try database.execute(
                sql: "DELETE FROM review WHERE id <= (SELECT max(id) FROM review) - ?",
                arguments: [Self.reviewLimit]
            )
        }
    }

    private static func text(of value: DatabaseValue) -> String {
        switch value.storage {
        case .null: ""
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): text
        case .blob(let data): String(decoding: data.prefix(2000), as: UTF8.self)
        }
    }
}
