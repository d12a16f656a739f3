// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A project or a group of the project tree, with all that is below it.
///
/// Names are compared by their bytes, as the list of findings does: two spellings that look alike are two projects.
package struct ProjectScope: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The names of groups and its own, with slashes between them.
    package let path: String

    /// What can be told apart by projects: findings, scans and components.
    static let permissions: Set<Permission> = [.see, .triage, .upload]

    /// Bytes.
    package static let longest = 512

    /// Reads a path as reports name it: empty names and spaces before a name are left out.
    ///
    /// - Throws: ``AccessError/Code/invalid``.
    package init(_ text: String) throws(AccessError) {
        path = text.split(separator: "/").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }.joined(separator: "/")
        guard (1...Self.longest).contains(path.utf8.count),
            !path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else {
            throw AccessError(.invalid, "project: a path of 1 to \(Self.longest) bytes without control characters")
        }
    }

    /// Whether a project is this one, or below this group.
    package func contains(_ project: String) -> Bool {
        let (all, own) = (Array(project.utf8), Array(path.utf8))
        guard all.starts(with: own) else { return false }
        return all.count == own.count || all[own.count] == UInt8(ascii: "/")
    }

    /// What two have in common: the one that is below the other; nil where neither is.
    func intersection(_ other: ProjectScope) -> ProjectScope? {
        contains(other.path) ? other : other.contains(path) ? self : nil
    }

    package static func == (left: ProjectScope, right: ProjectScope) -> Bool {
        left.path.utf8.elementsEqual(right.path.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in path.utf8 { hasher.combine(byte) }
    }

    package static func < (left: ProjectScope, right: ProjectScope) -> Bool {
        left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
    }

    package var description: String { path }
}
