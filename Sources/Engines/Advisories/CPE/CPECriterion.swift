// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A name with bounds for the version, as NVD and CVE records state what is vulnerable.
public struct CPECriterion: Sendable, Equatable {
    /// The name; with bounds its version is read as `*`.
    public var name: CPEName
    /// Whether what matches is vulnerable, or only where the vulnerable thing runs.
    public var isVulnerable: Bool
    public var startIncluding: String?
    public var startExcluding: String?
    public var endIncluding: String?
    public var endExcluding: String?

    public init(
        name: CPEName,
        isVulnerable: Bool = true,
        startIncluding: String? = nil,
        startExcluding: String? = nil,
        endIncluding: String? = nil,
        endExcluding: String? = nil
    ) {
        self.name = name
        self.isVulnerable = isVulnerable
        self.startIncluding = startIncluding
        self.startExcluding = startExcluding
        self.endIncluding = endIncluding
        self.endExcluding = endExcluding
    }

    private var hasBounds: Bool {
        startIncluding != nil || startExcluding != nil || endIncluding != nil || endExcluding != nil
    }

    /// Whether a component's name lies in the criterion. Versions are compared by ``VersionScheme/generic``.
    ///
    /// With bounds a component whose version is `-` never matches, and one whose version is `*` cannot be told and does
    /// not either.
    public func matches(_ component: CPEName) -> Bool {
        guard hasBounds else {
            return name.matches(component)
        }
        guard name.with(version: .any).matches(component), case .text(let version) = component[.version] else {
            return false
        }
        let text = version.bytes
        func order(_ bound: String) -> VersionOrder { VersionScheme.generic.compare(text, Array(bound.utf8)) }
        return (startIncluding.map { order($0) != .less } ?? true)
            && (startExcluding.map { order($0) == .greater } ?? true)
            && (endIncluding.map { order($0) != .greater } ?? true) && (endExcluding.map { order($0) == .less } ?? true)
    }
}

/// Criteria joined by AND and OR, as in `cpeApplicability` of CVE records and `configurations` of NVD.
public indirect enum CPEApplicability: Sendable, Equatable {
    case criterion(CPECriterion)
    case any([CPEApplicability])
    case all([CPEApplicability])
    case none(CPEApplicability)

    /// Whether a system with these components is affected.
    public func matches(_ components: [CPEName]) -> Bool {
        switch self {
        case .criterion(let criterion): components.contains(where: criterion.matches)
        case .any(let parts): parts.contains { $0.matches(components) }
        case .all(let parts): !parts.isEmpty && parts.allSatisfy { $0.matches(components) }
        case .none(let part): !part.matches(components)
        }
    }
}
