// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An XML element with all that is in it; names come without their prefix.
struct XMLElement {
    var name: String
    var attributes: [(name: String, value: String)] = []
    var children: [XMLElement] = []
    /// The text directly inside, with that of CDATA sections.
    var text = ""
    /// The line, from 1, on which it begins.
    var line = 0

    subscript(attribute name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }

    /// The first child with a name.
    subscript(name: String) -> XMLElement? {
        children.first { $0.name == name }
    }

    func all(_ name: String) -> [XMLElement] {
        children.filter { $0.name == name }
    }

    /// The text of the first child with a name, without white space around it; nil where it is empty.
    func text(_ name: String) -> String? {
        self[name]?.ownText
    }

    /// The text without white space around it; nil where it is empty.
    var ownText: String? { text.trimmingSpace().nonEmpty }
}
