// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Which user; stays the same when the name changes.
package struct UserID: TextForm, Comparable {
    package let identifier: Identifier

    package init(_ identifier: Identifier) {
        self.identifier = identifier
    }

    package init(parsing text: String) throws(ModelError) {
        identifier = try Identifier(parsing: text)
    }

    package var description: String { identifier.description }

    package static func < (left: UserID, right: UserID) -> Bool { left.identifier < right.identifier }
}
