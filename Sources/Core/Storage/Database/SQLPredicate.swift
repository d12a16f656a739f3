// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import GRDB

/// A test on texts that a database's SQL can call by name, for what SQL cannot say: `package_is_in(purl, version, ?)`.
///
/// It depends on its arguments alone. A null column is nil.
package struct SQLPredicate: Sendable {
    let name: String
    let argumentCount: Int
    let holds: @Sendable ([String?]) -> Bool

    package init(_ name: String, argumentCount: Int, holds: @escaping @Sendable ([String?]) -> Bool) {
        self.name = name
        self.argumentCount = argumentCount
        self.holds = holds
    }

    /// As SQLite's binding takes it.
    var function: DatabaseFunction {
        DatabaseFunction(name, argumentCount: argumentCount, pure: true) { values in
            holds(values.map { String.fromDatabaseValue($0) })
        }
    }
}
