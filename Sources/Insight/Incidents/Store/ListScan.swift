// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// Goes through a list from the newest on till a page is full, or has cost as many rows as a page may.
struct ListScan {
    var sql: String
    var values: [Value]
    /// A page of so many elements.
    var limit: Int
    var budget = InsightStore.mostRowsLookedAt

    /// - Parameter read: the element of a row, nil where the filter leaves it out, and its place.
    func page<Element: Sendable>(
        _ connection: Connection,
        _ read: (borrowing Row) throws(StorageError) -> (Element?, PagePlace)
    ) throws(StorageError) -> Page<Element> {
        var page = Page<Element>([], next: nil)
        let limit = min(max(1, limit), InsightStore.largestPage)
        var last: PagePlace?
        var looked = 0
        try connection.forEach(sql, values) { row throws(StorageError) in
            // One row more than fits shows that there is a next page.
            if page.elements.count == limit || looked == budget {
                page.isPartial = page.elements.count < limit
                page.next = last
                return false
            }
            looked += 1
            let (element, place) = try read(row)
            last = place
            if let element { page.elements.append(element) }
            return true
        }
        return page
    }
}
