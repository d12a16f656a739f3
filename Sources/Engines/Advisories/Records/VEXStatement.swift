// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What somebody says about a vulnerability in a product, in one model for OpenVEX, CSAF and CycloneDX.
public struct VEXStatement: Sendable, Equatable {
    public enum Status: String, Sendable {
        case notAffected = "not_affected"
        case affected
        case fixed
        case underInvestigation = "under_investigation"
    }

    /// Why a product is not affected; the words of OpenVEX, which CSAF shares.
    public enum Justification: String, Sendable {
        case componentNotPresent = "component_not_present"
        case vulnerableCodeNotPresent = "vulnerable_code_not_present"
        case vulnerableCodeNotInExecutePath = "vulnerable_code_not_in_execute_path"
        case vulnerableCodeCannotBeControlledByAdversary = "vulnerable_code_cannot_be_controlled_by_adversary"
        case inlineMitigationsAlreadyExist = "inline_mitigations_already_exist"
    }

    /// The vulnerability's identifiers, the first one being its name.
    public var vulnerability: [String]
    public var products: [VEXProduct]
    public var status: Status
    public var justification: Justification?
    /// The justification or state in the document's own words.
    public var reason: String?
    /// Why there is no impact.
    public var impact: String?
    /// What to do about it.
    public var action: String?
    /// When it was said (RFC 3339); later statements stand above earlier ones.
    public var timestamp: String?
    /// Where in the document the statement stands; later ones stand above earlier ones of the same time.
    public var position: Int

    /// What the rules of VEX ask for and the statement lacks; nil for a sound one.
    public var violation: String? {
        switch status {
        case .notAffected where justification == nil && (impact ?? "").isEmpty && (reason ?? "").isEmpty:
            "a product that is not affected needs a justification or an impact statement"
        case .affected where (action ?? "").isEmpty:
            "an affected product needs an action statement"
        default: nil
        }
    }

    /// Whether the statement stands above another about the same vulnerability and product.
    public func supersedes(_ other: VEXStatement) -> Bool {
        let order = VersionScheme.datetime.compare((timestamp ?? "").utf8.span, (other.timestamp ?? "").utf8.span)
        return order == .greater || (order == .equal && position > other.position)
    }

    /// Whether the statement speaks of a package, or of one of its parts where a subcomponent is asked for.
    ///
    /// A product's purl without version speaks of all versions. Where the statement names subcomponents, one of them
    /// must be the one asked for.
    public func concerns(_ product: PackageURL, subcomponent: PackageURL? = nil) -> Bool {
        products.contains { candidate in
            guard candidate.covers(product) else {
                return false
            }
            guard !candidate.subcomponents.isEmpty else {
                return true
            }
            return subcomponent.map { part in candidate.subcomponents.contains { $0.covers(part) } } ?? false
        }
    }
}

/// A product of a VEX statement, by all the names that the document gives it.
public struct VEXProduct: Sendable, Equatable {
    /// The identifier inside the document, which may be a purl itself.
    public var id: String
    public var name: String?
    public var purl: PackageURL?
    public var cpe: String?
    /// Digests in hexadecimal digits by algorithm.
    public var hashes: [String: String]
    /// Versions or vers ranges that the statement is limited to; none for all.
    public var versions: [String]
    public var subcomponents: [VEXProduct]

    init(
        id: String,
        name: String? = nil,
        purl: String? = nil,
        cpe: String? = nil,
        hashes: [String: String] = [:],
        versions: [String] = [],
        subcomponents: [VEXProduct] = []
    ) {
        self.id = id
        self.name = name
        let text = purl ?? (id.hasPrefix("pkg:") ? id : nil)
        self.purl = text.flatMap { try? PackageURL(parsing: $0, rules: .lenient) }
        self.cpe = cpe
        self.hashes = hashes
        self.versions = versions
        self.subcomponents = subcomponents
    }

    /// Whether the product's purl stands for this package: the same name, the same version where it has one, and no
    /// qualifier that the package has otherwise.
    public func covers(_ package: PackageURL) -> Bool {
        guard let purl, purl.type == package.type, purl.namespace == package.namespace, purl.name == package.name else {
            return false
        }
        guard purl.version == nil || purl.version == package.version else {
            return false
        }
        guard purl.qualifiers.allSatisfy({ package.qualifier($0.key) == $0.value }) else {
            return false
        }
        return versions.isEmpty || versions.contains { covers($0, package.version) }
    }

    private func covers(_ limit: String, _ version: String?) -> Bool {
        guard let version else {
            return false
        }
        guard limit.hasPrefix("vers:") else {
            return limit == version
        }
        return (try? VersionRangeSpecifier(parsing: limit, rules: .lenient).contains(version)) ?? false
    }
}
