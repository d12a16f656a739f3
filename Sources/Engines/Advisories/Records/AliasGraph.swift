// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Which identifiers name the same vulnerability, and who says so.
///
/// Every assertion keeps its source, so that one that was wrong can be taken back; groups are found by walking what is
/// asserted at the time. Only aliases belong here: `related` and `upstream` of OSV name other vulnerabilities.
public struct AliasGraph: Sendable {
    /// The most identifiers that are believed to name one vulnerability.
    public static let largestGroup = 64

    /// Identifiers of one vulnerability.
    public struct Group: Sendable, Equatable {
        /// Sorted: CVE identifiers first, then by text.
        public var identifiers: [String]
        /// Whether more were connected than can be true; then the group is the identifier alone.
        public var isOverMerged: Bool

        public init(identifiers: [String], isOverMerged: Bool) {
            self.identifiers = identifiers
            self.isOverMerged = isOverMerged
        }

        /// The identifier that stands for all.
        public var representative: String { identifiers.first ?? "" }
    }

    /// The sources of each edge, by both ends.
    private var edges: [String: [String: Set<String>]] = [:]

    public init() {}

    /// Notes that a source calls two identifiers the same vulnerability.
    public mutating func assert(_ first: String, _ second: String, by source: String) {
        let left = AliasGraph.canonical(first)
        let right = AliasGraph.canonical(second)
        guard left != right, !left.isEmpty, !right.isEmpty else {
            return
        }
        edges[left, default: [:]][right, default: []].insert(source)
        edges[right, default: [:]][left, default: []].insert(source)
    }

    /// Takes back what a source said about two identifiers.
    public mutating func revoke(_ first: String, _ second: String, by source: String) {
        let left = AliasGraph.canonical(first)
        let right = AliasGraph.canonical(second)
        remove(source, from: left, to: right)
        remove(source, from: right, to: left)
    }

    /// Takes back all that a source said about an identifier, as before its record is read again.
    public mutating func revokeAll(of identifier: String, by source: String) {
        let name = AliasGraph.canonical(identifier)
        for neighbour in (edges[name] ?? [:]).keys {
            revoke(name, neighbour, by: source)
        }
    }

    /// Who says that two identifiers are the same vulnerability.
    public func sources(_ first: String, _ second: String) -> Set<String> {
        edges[AliasGraph.canonical(first)]?[AliasGraph.canonical(second)] ?? []
    }

    /// The identifiers that are connected to one.
    ///
    /// - Complexity: O(e) for e assertions about at most 64 identifiers.
    public func group(of identifier: String) -> Group {
        let name = AliasGraph.canonical(identifier)
        var found: Set = [name]
        var waiting = [name]
        while let next = waiting.popLast() {
            for neighbour in (edges[next] ?? [:]).keys where found.insert(neighbour).inserted {
                guard found.count <= AliasGraph.largestGroup else {
                    return Group(identifiers: [name], isOverMerged: true)
                }
                waiting.append(neighbour)
            }
        }
        let sorted = found.sorted { (AliasGraph.rank($0), $0) < (AliasGraph.rank($1), $1) }
        return Group(identifiers: sorted, isOverMerged: false)
    }

    private mutating func remove(_ source: String, from left: String, to right: String) {
        edges[left]?[right]?.remove(source)
        if edges[left]?[right]?.isEmpty == true {
            edges[left]?[right] = nil
        }
        if edges[left]?.isEmpty == true {
            edges[left] = nil
        }
    }

    /// CVE identifiers are written in upper case everywhere; others are kept.
    private static func canonical(_ identifier: String) -> String {
        let trimmed = identifier.trimmed()
        return trimmed.lowercased().hasPrefix("cve-") ? trimmed.uppercased() : trimmed
    }

    private static func rank(_ identifier: String) -> Int { identifier.hasPrefix("CVE-") ? 0 : 1 }
}
