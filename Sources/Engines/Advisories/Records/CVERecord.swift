// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A record of the CVE list, format 5.x, with what CISA and others add in containers of their own.
///
/// Source: https://github.com/CVEProject/cve-schema.
public struct CVERecord: Sendable, Equatable {
    public var id: String
    /// Whether the record was rejected and says nothing.
    public var isRejected: Bool
    public var published: String?
    public var updated: String?
    public var title: String?
    /// In English where there is one.
    public var summary: String?
    public var affected: [CVEAffected]
    public var applicability: [CPEApplicability]
    public var metrics: [CVEMetric]
    /// CWE identifiers in their order, each once.
    public var weaknesses: [String]
    public var references: [String]
    /// The decision points that CISA published.
    public var decision: SSVCFacts?
    /// When it entered the catalogue of known exploited vulnerabilities.
    public var exploitedSince: String?
}

/// What one container says about one product.
public struct CVEAffected: Sendable, Equatable {
    public enum Status: String, Sendable {
        case affected
        case unaffected
        case unknown
    }

    /// Versions with one status: one version, or from one to below or up to another.
    public struct Entry: Sendable, Equatable {
        public var version: String
        public var status: Status
        public var type: String?
        public var lessThan: String?
        public var lessThanOrEqual: String?
        /// Versions inside the range from which on the status is another.
        public var changes: [(at: String, status: Status)]

        public static func == (left: Entry, right: Entry) -> Bool {
            (left.version, left.status, left.type, left.lessThan, left.lessThanOrEqual)
                == (right.version, right.status, right.type, right.lessThan, right.lessThanOrEqual)
                && left.changes.elementsEqual(right.changes) { $0.at == $1.at && $0.status == $1.status }
        }
    }

    /// Who says it: the short name of the CNA or of another publisher.
    public var provider: String
    public var vendor: String?
    public var product: String?
    public var packageName: String?
    public var collectionURL: String?
    public var packageURL: String?
    public var cpes: [String]
    public var platforms: [String]
    public var defaultStatus: Status
    public var entries: [Entry]

    /// The status of a version: that of the first entry that holds it, else the default.
    public func status(of version: String) -> Status {
        for entry in entries {
            if let status = entry.status(of: version) {
                return status
            }
        }
        return defaultStatus
    }
}

extension CVEAffected.Entry {
    /// The order that the type of versions asks for.
    public var scheme: VersionScheme {
        switch type?.lowercased() {
        case "semver", "npm", "go", "golang", "cargo", "hex": .semver
        case "maven": .maven
        case "python", "pypi": .pypi
        case "rpm": .rpm
        case "deb", "dpkg", "debian": .debian
        case "apk", "alpine": .alpine
        case "gem", "rubygems": .rubygems
        case "nuget": .nuget
        case "composer", "packagist": .packagist
        case "git": .lexicographic
        default: .generic
        }
    }

    /// The status of a version; nil where it lies outside.
    func status(of version: String) -> CVEAffected.Status? {
        func order(_ bound: String) -> VersionOrder { scheme.compare(version.utf8.span, bound.utf8.span) }
        guard let upper = lessThan ?? lessThanOrEqual else {
            return self.version == "*" || order(self.version) == .equal ? status : nil
        }
        // Commits have no order that their names tell.
        guard scheme != .lexicographic else {
            return self.version == version ? status : nil
        }
        let isOpen = self.version == "0" || self.version == "*" || self.version == "unspecified"
        guard isOpen || order(self.version) != .less else {
            return nil
        }
        guard upper == "*" || order(upper) == .less || (lessThan == nil && order(upper) == .equal) else {
            return nil
        }
        let sorted = changes.sorted { scheme.compare($0.at.utf8.span, $1.at.utf8.span) == .less }
        return sorted.last { order($0.at) != .less }?.status ?? status
    }
}

/// A rating of one publisher.
public struct CVEMetric: Sendable, Equatable {
    public var provider: String
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    public var version: String
    public var vector: String
    /// As published, which need not be what the vector yields.
    public var score: Double?
    public var severity: String?
}

/// CISA's decision points, in lower case.
public struct SSVCFacts: Sendable, Equatable {
    /// `none`, `poc` or `active`.
    public var exploitation: String?
    /// `yes` or `no`.
    public var automatable: String?
    /// `partial` or `total`.
    public var technicalImpact: String?
    public var timestamp: String?
}
