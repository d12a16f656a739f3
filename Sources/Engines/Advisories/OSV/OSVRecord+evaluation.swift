// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension OSVRecord {
    /// Whether a version of a package is affected.
    ///
    /// The algorithm is that of the schema's section "Evaluation": a version is affected where an entry of the package
    /// lists it or has a range that holds it. Listed versions are compared as text, those of PyPI by PEP 440 and those
    /// of Go without `v`. `introduced: 0` stands before every version. Git ranges match the commits that they name.
    ///
    /// - Parameters:
    ///   - package: the package.
    ///   - version: its version, or the commit for entries with Git ranges.
    /// - Complexity: O(e log e) comparisons for e events, O(v) for v listed versions.
    public func verdict(on package: AdvisoryPackage, version: String) -> OSVVerdict {
        guard !isWithdrawn else {
            return .notAffected(.withdrawn)
        }
        var isListed = false
        var obstacle: String?
        let evaluation = OSVEvaluation(scheme: package.rules?.scheme, isGo: package.rules?.name == "Go")
        for (index, entry) in affected.enumerated() {
            guard let listed = entry.package, listed.matches(package) else {
                continue
            }
            isListed = true
            if let cause = evaluation.cause(entry, version) {
                return .affected(OSVVerdict.Evidence(entry: index, cause: cause))
            }
            if package.rules == nil, entry.ranges.contains(where: { $0.kind == .ecosystem }) {
                obstacle = "the order of versions of the ecosystem \"\(listed.ecosystem)\" is not known"
            }
        }
        if let obstacle {
            return .undecidable(reason: obstacle)
        }
        return .notAffected(isListed ? .versionNotListed : .packageNotListed)
    }

    /// The versions that fix the vulnerability for a package, of those above `version`, the lowest first.
    public func fixes(for package: AdvisoryPackage, above version: String) -> [String] {
        guard let scheme = package.rules?.scheme else {
            return []
        }
        var fixes: [Version] = []
        for entry in affected {
            guard let listed = entry.package, listed.matches(package) else {
                continue
            }
            for range in entry.ranges where range.kind != .git {
                fixes += range.events.filter { $0.kind == .fixed }.map { Version($0.version, scheme: scheme) }
            }
        }
        let present = Version(version, scheme: scheme)
        return fixes.filter { $0 > present }.sorted().map(\.description)
    }
}

/// Evaluates the entries of one package.
struct OSVEvaluation {
    /// The order of the ecosystem; nil where it is not known.
    var scheme: VersionScheme?
    var isGo: Bool

    func cause(_ entry: OSVAffected, _ version: String) -> OSVVerdict.Cause? {
        if let listed = entry.versions.first(where: { isSame($0, version) }) {
            return .enumerated(listed)
        }
        return cause(entry.ranges, version)
    }

    /// What makes a version affected by the ranges of an entry.
    func cause(_ ranges: [OSVRange], _ version: String) -> OSVVerdict.Cause? {
        for (index, range) in ranges.enumerated() {
            switch range.kind {
            case .git:
                if let event = namedCommit(range, version) {
                    return .commit(range: index, event: event)
                }
            case .semver:
                if let cause = cause(range, index, version, .semver) {
                    return cause
                }
            case .ecosystem:
                if let scheme, let cause = cause(range, index, version, scheme) {
                    return cause
                }
            }
        }
        return nil
    }

    /// Whether a listed version is the one asked for.
    private func isSame(_ listed: String, _ version: String) -> Bool {
        if listed.utf8.elementsEqual(version.utf8) {
            return true
        }
        if scheme == .pypi {
            return VersionScheme.pypi.compare(listed.utf8.span, version.utf8.span) == .equal
                && PythonVersion(listed.utf8.span) != nil
        }
        return isGo && withoutPrefix(listed) == withoutPrefix(version)
    }

    private func withoutPrefix(_ version: String) -> Substring {
        version.first == "v" ? version.dropFirst() : version[...]
    }

    /// The event of a Git range that names the commit as affected.
    private func namedCommit(_ range: OSVRange, _ commit: String) -> OSVEvent? {
        let name = commit.lowercased()
        guard name.utf8.count >= 40, name.utf8.allSatisfy({ PercentEncoding.hexValue($0) != nil }),
            !range.events.contains(where: { $0.kind == .fixed && $0.version.lowercased() == name })
        else {
            return nil
        }
        return range.events.first {
            ($0.kind == .introduced || $0.kind == .lastAffected) && $0.version.lowercased() == name
        }
    }

    /// Walks the events in order; what the last event below the version says holds.
    private func cause(
        _ range: OSVRange,
        _ index: Int,
        _ version: String,
        _ scheme: VersionScheme
    )
        -> OSVVerdict.Cause?
    {
        guard isBeforeLimits(range, version, scheme) else {
            return nil
        }
        var opened: OSVEvent?
        var closes: OSVEvent?
        for event in OSVEvaluation.sorted(range.events, scheme) {
            let order = OSVEvaluation.order(version, to: event, scheme)
            switch event.kind {
            case .introduced where order != .less:
                opened = event
            case .fixed where order != .less, .lastAffected where order == .greater:
                opened = nil
            case .fixed, .lastAffected:
                closes = closes ?? event
            case .introduced, .limit:
                break
            }
        }
        return opened.map { .range(index: index, opened: $0, closes: closes) }
    }

    /// Whether the version is below one of the limits, or there are none.
    private func isBeforeLimits(_ range: OSVRange, _ version: String, _ scheme: VersionScheme) -> Bool {
        var hasLimit = false
        for event in range.events where event.kind == .limit {
            if event.version == "*" || scheme.compare(version.utf8.span, event.version.utf8.span) == .less {
                return true
            }
            hasLimit = true
        }
        return !hasLimit
    }

    /// How a version sorts to an event; before everything stands `introduced: 0`.
    private static func order(_ version: String, to event: OSVEvent, _ scheme: VersionScheme) -> VersionOrder {
        event.isOrigin ? .greater : scheme.compare(version.utf8.span, event.version.utf8.span)
    }

    /// Events by version. At one version a fix comes before an introduction, which is then a regression, and the last
    /// affected version behind it.
    static func sorted(_ events: [OSVEvent], _ scheme: VersionScheme) -> [OSVEvent] {
        // Most databases write them in order.
        for index in events.indices.dropFirst() where precedes(events[index], events[index - 1], scheme) {
            return events.sorted { precedes($0, $1, scheme) }
        }
        return events
    }

    private static func precedes(_ left: OSVEvent, _ right: OSVEvent, _ scheme: VersionScheme) -> Bool {
        guard !left.isOrigin, !right.isOrigin else {
            return left.isOrigin && !right.isOrigin
        }
        let order = scheme.compare(left.version.utf8.span, right.version.utf8.span)
        return order == .less || (order == .equal && left.kind.rank < right.kind.rank)
    }
}

extension OSVEvent {
    /// Whether this is the introduction that stands before every version.
    var isOrigin: Bool { kind == .introduced && version == "0" }
}

extension OSVEvent.Kind {
    /// The order of events at one version.
    fileprivate var rank: Int {
        switch self {
        case .fixed: 0
        case .introduced: 1
        case .lastAffected: 2
        case .limit: 3
        }
    }
}
