// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Ranges of npm: comparators, `^`, `~`, `x`, hyphens and `||`.
///
/// Source: https://github.com/npm/node-semver#ranges. Versions are written with three numbers. Where a tilde or a
/// hyphen range starts or ends with a prerelease, the bounds of the prereleases that node-semver would let in are added.
enum NodeRange {
    typealias Constraint = VersionRangeSpecifier.Constraint

    static func constraints(_ text: String) throws(AdvisoryError) -> [Constraint] {
        let text = text.trimmed()
        if text.isEmpty || text == "*" || text.lowercased() == "x" {
            return [Constraint(.any, "")]
        }
        var constraints: [Constraint] = []
        for alternative in text.split(separator: "||", omittingEmptySubsequences: false).map(String.init) {
            if let hyphen = alternative.firstRange(of: " - ") {
                let bounds =
                    try lower(alternative[..<hyphen.lowerBound].trimmed())
                    + upper(alternative[hyphen.upperBound...].trimmed())
                constraints += try admittingPrereleases(bounds)
            } else {
                constraints += try self.alternative(alternative)
            }
        }
        return constraints
    }

    /// Constraints that all hold, between spaces.
    private static func alternative(_ text: String) throws(AdvisoryError) -> [Constraint] {
        var constraints: [Constraint] = []
        var pending: VersionRangeSpecifier.Comparator?
        for word in text.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
            let parts = NativeRange.split(word)
            if parts.rest.isEmpty, let comparator = parts.comparator {
                pending = comparator
                continue
            }
            let comparator = pending ?? parts.comparator
            pending = nil
            if parts.rest.hasPrefix("^") {
                constraints += try caret(String(parts.rest.dropFirst()))
            } else if parts.rest.hasPrefix("~") {
                let version = parts.rest.dropFirst(parts.rest.hasPrefix("~>") ? 2 : 1)
                constraints += try admittingPrereleases(tilde(String(version)))
            } else if NodeVersion.hasWildcard(parts.rest) {
                constraints += try wildcard(parts.comparator, parts.rest)
            } else {
                constraints.append(Constraint(comparator ?? .equal, try NodeVersion(parts.rest).description))
            }
        }
        guard pending == nil else {
            throw VersionRangeSpecifier.error("a comparator has no version in \"\(text)\"")
        }
        return constraints
    }

    private static func caret(_ text: String) throws(AdvisoryError) -> [Constraint] {
        let version = try NodeVersion(text)
        let high: NodeVersion =
            if version.major > 0 || version.given < 2 {
                NodeVersion(version.major + 1, 0, 0)
            } else if version.minor > 0 || version.given < 3 {
                NodeVersion(0, version.minor + 1, 0)
            } else {
                NodeVersion(0, 0, version.patch + 1)
            }
        return [Constraint(.greaterOrEqual, version.description), Constraint(.less, high.description)]
    }

    private static func tilde(_ text: String) throws(AdvisoryError) -> [Constraint] {
        let version = try NodeVersion(text)
        let high =
            version.given < 2 ? version.nextMajor : version.nextMinor
        return [Constraint(.greaterOrEqual, version.description), Constraint(.less, high.description)]
    }

    /// `1.2.x` is a range; a comparator straight before it moves to its ends.
    private static func wildcard(
        _ comparator: VersionRangeSpecifier.Comparator?,
        _ text: String
    )
        throws(AdvisoryError) -> [Constraint]
    {
        let version = try NodeVersion(text)
        if version.given == 0 {
            return [Constraint(.greaterOrEqual, "0.0.0")]
        }
        let low = version.description
        let high = (version.given == 1 ? version.nextMajor : version.nextMinor).description
        return switch comparator {
        case .greater: [Constraint(.greaterOrEqual, high)]
        case .greaterOrEqual: [Constraint(.greaterOrEqual, low)]
        case .less: [Constraint(.less, low)]
        case .lessOrEqual: [Constraint(.less, high)]
        default: [Constraint(.greaterOrEqual, low), Constraint(.less, high)]
        }
    }

    private static func lower(_ text: String) throws(AdvisoryError) -> [Constraint] {
        [Constraint(.greaterOrEqual, try NodeVersion(text).description)]
    }

    private static func upper(_ text: String) throws(AdvisoryError) -> [Constraint] {
        let version = try NodeVersion(text)
        return switch version.given {
        case 0: []
        case 1: [Constraint(.less, version.nextMajor.description)]
        case 2: [Constraint(.less, version.nextMinor.description)]
        default: [Constraint(.lessOrEqual, version.description)]
        }
    }

    /// Adds the window of a bound's own prereleases to the range of releases.
    private static func admittingPrereleases(_ bounds: [Constraint]) throws(AdvisoryError) -> [Constraint] {
        var window: [Constraint] = []
        var releases: [Constraint] = []
        for bound in bounds {
            var version = try NodeVersion(bound.version)
            guard !version.prerelease.isEmpty else {
                releases.append(bound)
                continue
            }
            version.prerelease = ""
            if bound.comparator.isLower {
                window.append(
                    Constraint(.less, NodeVersion(version.major, version.minor, version.patch + 1).description)
                )
            } else {
                window.append(Constraint(.greaterOrEqual, NodeVersion(version.major, version.minor, 0).description))
            }
            window.append(bound)
            releases.append(Constraint(bound.comparator, version.description))
        }
        return window + releases
    }
}

/// A version of npm, with the numbers that are missing as zero.
struct NodeVersion: CustomStringConvertible {
    var major: UInt64
    var minor: UInt64
    var patch: UInt64
    var prerelease = ""
    var build = ""
    /// How many numbers were given.
    var given = 3

    init(_ major: UInt64, _ minor: UInt64, _ patch: UInt64) {
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    static func isWildcard(_ part: some StringProtocol) -> Bool { part == "x" || part == "X" || part == "*" }

    static func hasWildcard(_ text: String) -> Bool {
        let numbers = text.prefix { $0 != "-" && $0 != "+" }
        return numbers.split(separator: ".").contains { isWildcard($0) }
    }

    init(_ text: String) throws(AdvisoryError) {
        var rest = text[...]
        while rest.first == "v" || rest.first == "V" || rest.first == "=" {
            rest = rest.dropFirst()
        }
        if let plus = rest.firstIndex(of: "+") {
            build = String(rest[rest.index(after: plus)...])
            rest = rest[..<plus]
        }
        if let hyphen = rest.firstIndex(of: "-") {
            prerelease = String(rest[rest.index(after: hyphen)...])
            rest = rest[..<hyphen]
        }
        var numbers: [UInt64] = []
        for part in rest.split(separator: ".", omittingEmptySubsequences: false) {
            if NodeVersion.isWildcard(part) {
                break
            }
            guard let number = UInt64(part), number < 1 << 60, numbers.count < 3 else {
                throw VersionRangeSpecifier.error("\"\(text)\" is no version of npm")
            }
            numbers.append(number)
        }
        given = numbers.count
        numbers += [0, 0, 0]
        (major, minor, patch) = (numbers[0], numbers[1], numbers[2])
        _ = try NativeRange.version(description)
    }

    /// The next major version; the release itself for a prerelease of one.
    var nextMajor: NodeVersion {
        isPrerelease(of: minor == 0 && patch == 0) ? NodeVersion(major, 0, 0) : NodeVersion(major + 1, 0, 0)
    }

    /// The next minor version; the release itself for a prerelease of one.
    var nextMinor: NodeVersion {
        isPrerelease(of: patch == 0) ? NodeVersion(major, minor, 0) : NodeVersion(major, minor + 1, 0)
    }

    private func isPrerelease(of condition: Bool) -> Bool { !prerelease.isEmpty && condition }

    var description: String {
        "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-\(prerelease)") + (build.isEmpty ? "" : "+\(build)")
    }
}
