// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Between which rough places the versions lie that an entry of an advisory affects, for an index in a database.
///
/// Every affected version lies within; many within are not affected. An index that asks for `low <= key <= high` leaves
/// out most of what does not have to be evaluated.
package struct CoarseBounds: Sendable, Equatable {
    package var low: Int64
    package var high: Int64

    /// All versions.
    package static let everything = CoarseBounds(low: 0, high: .max)

    /// The bounds of an entry; nil where it affects no version at all.
    ///
    /// - Parameter scheme: the order of the package's ecosystem; nil where it is not known.
    package init?(_ entry: OSVAffected, scheme: VersionScheme?) {
        guard let scheme else {
            guard !entry.versions.isEmpty || !entry.ranges.isEmpty else { return nil }
            self = .everything
            return
        }
        var bounds: CoarseBounds?
        for range in entry.ranges {
            guard let part = CoarseBounds.of(range, scheme) else { continue }
            bounds = bounds.map { $0.union(part) } ?? part
        }
        for version in entry.versions {
            let key = scheme.coarseKey(version.utf8.span)?.packed
            let part = key.map { CoarseBounds(low: $0, high: $0) } ?? .everything
            bounds = bounds.map { $0.union(part) } ?? part
        }
        let isAboutCommits = entry.ranges.contains { $0.kind == .git }
        guard let bounds = bounds ?? (isAboutCommits ? .everything : nil) else { return nil }
        self = bounds
    }

    /// What to ask for so that every entry that affects a version is found.
    package init(of version: String, scheme: VersionScheme?) {
        let isCommit = version.utf8.count >= 40 && version.utf8.allSatisfy { PercentEncoding.hexValue($0) != nil }
        guard !isCommit, let key = scheme?.coarseKey(version.utf8.span)?.packed else {
            self = .everything
            return
        }
        self.init(low: key, high: key)
    }

    private init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }

    private func union(_ other: CoarseBounds) -> CoarseBounds {
        CoarseBounds(low: min(low, other.low), high: max(high, other.high))
    }

    private static func of(_ range: OSVRange, _ scheme: VersionScheme) -> CoarseBounds? {
        guard range.kind != .git else {
            // Commits have no place among versions: who asks for one asks for everything.
            return nil
        }
        // What is asked for has a key of the ecosystem's own order.
        let isSemantic = [.semver, .nuget, .pub, .openssl].contains(scheme)
        guard range.kind == .ecosystem || isSemantic else {
            return .everything
        }
        let events = OSVEvaluation.sorted(range.events.filter { $0.kind != .limit }, scheme)
        var low: Int64?
        for event in events where event.kind == .introduced {
            guard !event.isOrigin else {
                low = 0
                break
            }
            guard let key = scheme.coarseKey(event.version.utf8.span)?.packed else {
                return .everything
            }
            low = min(low ?? .max, key)
        }
        guard let low else { return nil }
        guard let last = events.last, last.kind != .introduced else {
            return CoarseBounds(low: low, high: .max)
        }
        guard let key = scheme.coarseKey(last.version.utf8.span)?.packed else {
            return .everything
        }
        return CoarseBounds(low: low, high: max(low, key))
    }
}

extension CoarseVersionKey {
    /// The epoch and the first two numbers in one number that sorts alike; the third is left out, so that it fits.
    package var packed: Int64 { Int64(epoch) << 54 | Int64(major) << 27 | Int64(minor) }
}
