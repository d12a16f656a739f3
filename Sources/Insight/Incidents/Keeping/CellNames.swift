// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The names that cells are kept by.
enum CellNames {
    /// Stands for all that are not kept apart.
    static let others = "(others)"

    /// The names of a row, with the keys of its cells, which are the same for the hour and the day.
    struct OfRow {
        let application: String
        let rule: String
        let client: String
        let route: String
        let routeKey: UInt64
        let clientKey: UInt64
        let clientHash: UInt64

        init(application: String, rule: String, client: String, route: String) {
            self.application = application
            self.rule = rule
            self.client = client
            self.route = route
            routeKey = NameHash.of(application, route)
            clientKey = NameHash.of(application, client)
            clientHash = NameHash.of(client)
        }

        func stopKey(_ statusClass: Int) -> UInt64 { NameHash.of(application, rule, route, statusClass) }
    }
}
