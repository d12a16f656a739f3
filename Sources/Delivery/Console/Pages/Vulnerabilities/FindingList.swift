// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import VulnerabilityManagement

/// A page of findings that a filter chooses, for pages and the API.
struct FindingList {
    static let longestFilter = 4096
    static let filter = InputField(
        "filter",
        .text(maximum: longestFilter),
        "Which ones, such as severity>=high kind=sast open; see docs/vulnerabilities.md."
    )
    static let query = [
        filter,
        InputField(
            "sort",
            .choice(FindingOrder.allCases.map(\.rawValue)),
            "What comes first; priority where it is left out."
        ),
    ]

    let rows: [FindingRow]
    let next: String?

    /// - Throws: ``Problem`` with 422 for what is no filter.
    init(_ exchange: Exchange, filter text: String? = nil, takesBareWords: Bool = false) async throws {
        let filter = try Self.filter(text ?? exchange.query["filter"] ?? "", takesBareWords: takesBareWords)
            .within(exchange.bounds)
        let sort = exchange.query["sort"].flatMap { FindingOrder(rawValue: $0) } ?? .priority
        // The store seals its own cursors: for this filter and this order.
        let cursor = exchange.query["cursor"]
        let (limit, now) = (Cursors(exchange).limit, Int(exchange.now / 1_000_000_000))
        let page = try await exchange.findings.read { store in
            try store.findings(matching: filter, sortedBy: sort, after: cursor, limit: limit, now: now)
        }
        rows = page.rows
        next = page.next
    }

    static func filter(_ text: String, takesBareWords: Bool = false) throws(Problem) -> FindingFilter {
        do throws(FindingFilterError) {
            return try FindingFilter(parsing: text, takesBareWords: takesBareWords)
        } catch {
            throw .invalid("filter, \(error.description)", member: "filter")
        }
    }
}
