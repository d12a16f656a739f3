// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A range of versions in the notation of vers: `vers:npm/>=1.0.0|<2.0.0`.
///
/// Source: https://github.com/package-url/vers-spec, clause 5. Constraints are held decoded. In canonical form they
/// are sorted by version, and by comparator where versions are equal.
public struct VersionRangeSpecifier: Sendable, Equatable {
    /// How a constraint compares.
    public enum Comparator: String, Sendable {
        case any = "*"
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    /// A comparator and the version that it stands before.
    public struct Constraint: Sendable, Equatable {
        public var comparator: Comparator
        /// Empty for `*`.
        public var version: String

        public init(_ comparator: Comparator, _ version: String) {
            self.comparator = comparator
            self.version = version
        }
    }

    /// How much of the specification is asked for when reading.
    public enum Rules: Sendable {
        /// Everything: order, uniqueness, alternation, canonical encoding.
        case strict
        /// The syntax alone; constraints are sorted, white space and `=` are taken.
        case lenient
    }

    /// The longest text and the most constraints that are read.
    public static let longestText = 256 * 1024
    static let mostConstraints = 10_000

    /// The kind of versions, in lower case.
    public let type: String
    public let constraints: [Constraint]
    /// The order of the type's versions; nil for types that have none or are not known.
    public let scheme: VersionScheme?

    /// Makes a range and sorts its constraints.
    ///
    /// - Throws: ``AdvisoryError`` with code `badRange` for the reserved type `invalid`, for no constraints, and for `*`
    ///   beside others.
    public init(type: String, constraints: [Constraint]) throws(AdvisoryError) {
        let type = type.lowercased()
        guard PackageURL.isType(type.utf8.span), type != "invalid" else {
            throw VersionRangeSpecifier.error("\"\(type)\" cannot be a type")
        }
        guard !constraints.isEmpty, constraints.count <= VersionRangeSpecifier.mostConstraints else {
            throw VersionRangeSpecifier.error("a range has 1 to \(VersionRangeSpecifier.mostConstraints) constraints")
        }
        let hasAny = constraints.contains { $0.comparator == .any }
        guard !hasAny || constraints.count == 1 else {
            throw VersionRangeSpecifier.error("\"*\" must stand alone")
        }
        guard hasAny || (type != "all" && type != "none") else {
            throw VersionRangeSpecifier.error("the type \"\(type)\" takes \"*\" alone")
        }
        self.type = type
        scheme = VersionRangeSpecifier.scheme(of: type)
        self.constraints = VersionRangeSpecifier.sorted(constraints, scheme)
    }

    static func error(_ message: String, at offset: Int? = nil) -> AdvisoryError {
        AdvisoryError(.badRange, message, offset: offset)
    }

    /// The order of a type's versions.
    static func scheme(of type: String) -> VersionScheme? {
        switch type {
        case "apache", "mozilla", "mattermost", "github", "bitbucket": .semver
        case "all", "none", "example", "test": nil
        default: try? Ecosystem(type).scheme
        }
    }

    /// Sorts by version and comparator; without an order constraints stay as they are written.
    private static func sorted(_ constraints: [Constraint], _ scheme: VersionScheme?) -> [Constraint] {
        guard let scheme, constraints.count > 1 else {
            return constraints
        }
        return constraints.sorted { left, right in
            let order = scheme.compare(Array(left.version.utf8), Array(right.version.utf8))
            return order == .less || (order == .equal && left.comparator.rawValue < right.comparator.rawValue)
        }
    }

    /// What breaks the rules for canonical ranges; nil for a sound one.
    ///
    /// Source: clause 5.4, VERS validation rules.
    public var violation: String? {
        guard let scheme else {
            return nil
        }
        for (left, right) in zip(constraints, constraints.dropFirst())
        where scheme.compare(Array(left.version.utf8), Array(right.version.utf8)) == .equal {
            return "the version \(right.version) occurs twice"
        }
        let bounds = constraints.filter { $0.comparator != .notEqual }
        for (left, right) in zip(bounds, bounds.dropFirst())
        where left.comparator == .equal && right.comparator.isUpper {
            return "\(right) cannot follow the single version \(left)"
        }
        let intervals = bounds.filter { $0.comparator != .equal }
        for (left, right) in zip(intervals, intervals.dropFirst())
        where left.comparator.isUpper == right.comparator.isUpper {
            return "\(right) cannot follow \(left)"
        }
        return nil
    }

    /// The range of all versions that this one does not hold; nil for the range of all.
    public var inverted: VersionRangeSpecifier? {
        guard constraints.first?.comparator != .any else {
            return nil
        }
        return try? VersionRangeSpecifier(
            type: type,
            constraints: constraints.map { Constraint($0.comparator.inverse, $0.version) }
        )
    }
}

extension VersionRangeSpecifier.Comparator {
    /// Whether it bounds a range from above.
    var isUpper: Bool { self == .less || self == .lessOrEqual }

    /// Whether it bounds a range from below.
    var isLower: Bool { self == .greater || self == .greaterOrEqual }

    /// Whether the version itself satisfies it.
    var takesEqual: Bool { self == .equal || self == .lessOrEqual || self == .greaterOrEqual }

    fileprivate var inverse: Self {
        switch self {
        case .any: .any
        case .equal: .notEqual
        case .notEqual: .equal
        case .less: .greaterOrEqual
        case .lessOrEqual: .greater
        case .greater: .lessOrEqual
        case .greaterOrEqual: .less
        }
    }
}
