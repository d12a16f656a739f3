// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A name of the Common Platform Enumeration 2.3, such as `cpe:2.3:a:apache:http_server:2.4.1:*:*:*:*:*:*:*`.
///
/// Source: NISTIR 7695 (names) and NISTIR 7696 (matching). Names are known to match too much; matching by them is for
/// those who ask for it.
public struct CPEName: Sendable, Hashable {
    /// The attributes in the order of the formatted string.
    public enum Attribute: Int, Sendable, CaseIterable {
        case part
        case vendor
        case product
        case version
        case update
        case edition
        case language
        case softwareEdition
        case targetSoftware
        case targetHardware
        case other
    }

    /// The value of an attribute.
    public enum Value: Sendable, Hashable {
        /// `*`: whatever.
        case any
        /// `-`: there is none.
        case notApplicable
        case text(CPEText)
    }

    /// One value for each attribute.
    let values: [Value]

    init(values: [Value]) {
        self.values = values
    }

    public subscript(attribute: Attribute) -> Value {
        values[attribute.rawValue]
    }

    /// The same name with another version.
    public func with(version: Value) -> CPEName {
        var values = values
        values[Attribute.version.rawValue] = version
        return CPEName(values: values)
    }
}

/// Text of an attribute in lower case, without the backslashes that quote, and the wildcards around it.
public struct CPEText: Sendable, Hashable {
    /// How much more text may stand at an end.
    public enum Wildcard: Sendable, Hashable {
        /// So many characters at most: one for each `?`.
        case upTo(Int)
        /// Any number: `*`.
        case unlimited
    }

    /// The text between the wildcards.
    public let bytes: [UInt8]
    public let before: Wildcard
    public let behind: Wildcard

    public init(_ bytes: [UInt8], before: Wildcard = .upTo(0), behind: Wildcard = .upTo(0)) {
        self.bytes = bytes.map(VersionText.lowercased)
        self.before = before
        self.behind = behind
    }

    public var hasWildcards: Bool { before != .upTo(0) || behind != .upTo(0) }

    /// Whether this text, with its wildcards, covers another that has none.
    func covers(_ other: CPEText) -> Bool {
        guard hasWildcards else {
            return bytes == other.bytes
        }
        guard other.bytes.count >= bytes.count else {
            return false
        }
        let slack = other.bytes.count - bytes.count
        return (0...slack).contains { start in
            before.allows(start) && behind.allows(slack - start)
                && other.bytes[start..<(start + bytes.count)].elementsEqual(bytes)
        }
    }
}

extension CPEText.Wildcard {
    fileprivate func allows(_ count: Int) -> Bool {
        switch self {
        case .unlimited: true
        case .upTo(let most): count <= most
        }
    }
}

/// How the set of things that one name stands for lies to that of another.
public enum CPERelation: Sendable, Equatable {
    case equal
    case superset
    case subset
    case disjoint
    /// The standard leaves it open: wildcards in the target, or attributes that disagree on the direction.
    case undefined
}

extension CPEName {
    /// How two values lie to each other (NISTIR 7696, table 6-2).
    static func relation(_ source: Value, to target: Value) -> CPERelation {
        if case .text(let text) = target, text.hasWildcards {
            return .undefined
        }
        switch (source, target) {
        case (.any, .any), (.notApplicable, .notApplicable): return .equal
        case (.any, _): return .superset
        case (_, .any): return .subset
        case (.notApplicable, _), (_, .notApplicable): return .disjoint
        case (.text(let left), .text(let right)):
            guard left.covers(right) else {
                return .disjoint
            }
            return left.hasWildcards ? .superset : .equal
        }
    }

    /// How this name lies to another (NISTIR 7696, table 6-4).
    public func relation(to target: CPEName) -> CPERelation {
        let relations = zip(values, target.values).map { CPEName.relation($0, to: $1) }
        if relations.contains(.disjoint) {
            return .disjoint
        }
        if relations.contains(.undefined) {
            return .undefined
        }
        return switch (relations.contains(.superset), relations.contains(.subset)) {
        case (false, false): .equal
        case (true, false): .superset
        case (false, true): .subset
        case (true, true): .undefined
        }
    }

    /// Whether a criterion of a vulnerability covers the name of a component.
    ///
    /// No attribute may be disjoint or undefined, and vendor and product must agree on the direction: a criterion for
    /// every product of a vendor does not match a component whose vendor is open.
    public func matches(_ component: CPEName) -> Bool {
        let relations = zip(values, component.values).map { CPEName.relation($0, to: $1) }
        guard !relations.contains(.disjoint), !relations.contains(.undefined) else {
            return false
        }
        let names = [relations[Attribute.vendor.rawValue], relations[Attribute.product.rawValue]]
        return !(names.contains(.superset) && names.contains(.subset))
    }
}
