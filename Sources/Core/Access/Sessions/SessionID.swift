// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Which session, as lists of sessions name it. It opens nothing.
package struct SessionID: TextForm {
    package let identifier: Identifier

    package init(_ identifier: Identifier) {
        self.identifier = identifier
    }

    package init(parsing text: String) throws(ModelError) {
        identifier = try Identifier(parsing: text)
    }

    package var description: String { identifier.description }
}
