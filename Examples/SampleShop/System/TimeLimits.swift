// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How long what a visitor sets off may take; then it is ended.
struct TimeLimits: Sendable {
    /// A command line.
    var command: Duration = .seconds(2)
    /// A query of the database.
    var query: Duration = .seconds(2)
    /// The fetching of another server's page.
    var fetch: Duration = .seconds(2)
}
