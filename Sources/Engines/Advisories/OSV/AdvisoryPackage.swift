// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A package as advisories name it: an ecosystem with or without a release, and a name.
public struct AdvisoryPackage: Sendable, Equatable {
    /// As it was given, such as `Debian:12`.
    public let ecosystem: String
    public let name: String
    private let known: Ecosystem?
    private let normalizedName: [UInt8]

    public init(ecosystem: String, name: String) {
        self.ecosystem = ecosystem
        self.name = name
        known = try? Ecosystem(ecosystem)
        normalizedName = (known?.nameRule ?? .exact).normalized(Array(name.utf8))
    }

    /// The rules of the ecosystem; nil for an ecosystem that is not known.
    public var rules: Ecosystem? { known }

    /// What an index of advisories files the package under: the ecosystem without its release in lower case, and the
    /// name that all spellings of the package share.
    ///
    /// Modules of Go are told apart by case, but many tools write their package URLs in lower case, as the
    /// specification once asked for; so here they are one.
    package var indexKey: (ecosystem: String, name: String) {
        let name = String(decoding: normalizedName, as: UTF8.self)
        return ((known?.name ?? ecosystem).lowercased(), known?.name == "Go" ? name.lowercased() : name)
    }

    /// The ecosystem's release in the form in which releases are compared; nil where none is named.
    package var comparableRelease: String? { known?.release.map(AdvisoryPackage.base) }

    /// Whether both are the same package.
    ///
    /// Names are compared by the ecosystem's rule. Where both name a release it must be the same; a package without
    /// one stands for all releases.
    public func matches(_ other: AdvisoryPackage) -> Bool {
        guard normalizedName == other.normalizedName else {
            return false
        }
        guard let known, let theirs = other.known else {
            return known == nil && other.known == nil && ecosystem.lowercased() == other.ecosystem.lowercased()
        }
        guard known.name == theirs.name else {
            return false
        }
        guard let release = known.release, let theirRelease = theirs.release else {
            return true
        }
        return AdvisoryPackage.base(release) == AdvisoryPackage.base(theirRelease)
    }

    /// A release without the mark for long support and the `v` that Alpine writes.
    private static func base(_ release: String) -> String {
        var rest = release.lowercased()
        if rest.hasSuffix(":lts") {
            rest.removeLast(4)
        }
        if rest.first == "v", rest.dropFirst().first?.isNumber == true {
            rest.removeFirst()
        }
        return rest
    }
}

extension AdvisoryPackage {
    /// The package that a purl names, as OSV would name it; nil for a type without ecosystem.
    ///
    /// Advisories of Linux distributions are about source packages, so a qualifier `upstream` or `source` wins over the
    /// binary package's name.
    public init?(_ purl: PackageURL) {
        let scoped = purl.namespace.map { "\($0)/\(purl.name)" } ?? purl.name
        switch purl.type {
        case "maven":
            self.init(ecosystem: "Maven", name: purl.namespace.map { "\($0):\(purl.name)" } ?? purl.name)
        case "golang":
            self.init(ecosystem: "Go", name: purl.subpath.map { "\(scoped)/\($0)" } ?? scoped)
        case "deb", "apk", "rpm", "alpm":
            guard let ecosystem = AdvisoryPackage.distribution(of: purl) else {
                return nil
            }
            self.init(ecosystem: ecosystem, name: AdvisoryPackage.sourceName(of: purl))
        case "githubactions":
            self.init(ecosystem: "GitHub Actions", name: scoped)
        default:
            guard let ecosystem = AdvisoryPackage.ecosystems[purl.type] else {
                return nil
            }
            self.init(ecosystem: ecosystem, name: scoped)
        }
    }

    private static let ecosystems = [
        "npm": "npm", "pypi": "PyPI", "nuget": "NuGet", "gem": "RubyGems", "cargo": "crates.io",
        "composer": "Packagist", "hex": "Hex", "pub": "Pub", "hackage": "Hackage", "cran": "CRAN", "opam": "opam",
        "julia": "Julia", "swift": "SwiftURL", "conan": "ConanCenter", "bitnami": "Bitnami",
        "vscode-extension": "VSCode",
    ]

    private static let vendors = [
        "debian": "Debian", "ubuntu": "Ubuntu", "alpine": "Alpine", "wolfi": "Wolfi", "chainguard": "Chainguard",
        "redhat": "Red Hat", "rhel": "Red Hat", "almalinux": "AlmaLinux", "rocky": "Rocky Linux",
        "rockylinux": "Rocky Linux",
        "suse": "SUSE", "sles": "SUSE", "opensuse": "openSUSE", "mageia": "Mageia", "openeuler": "openEuler",
        "azurelinux": "Azure Linux", "mariner": "Azure Linux", "photon": "Photon OS", "minimos": "MinimOS",
        "alpaquita": "Alpaquita", "echo": "Echo", "arch": "Arch Linux",
    ]

    /// The ecosystem of a distribution's package, with the release that the qualifier `distro` tells.
    private static func distribution(of purl: PackageURL) -> String? {
        guard let namespace = purl.namespace, let vendor = vendors[namespace.lowercased()] else {
            return nil
        }
        // Rolling distributions and those whose releases OSV names otherwise are matched in all releases.
        let numbered: Set = ["Debian", "Ubuntu", "Alpine", "AlmaLinux", "Rocky Linux", "Mageia", "Alpaquita"]
        guard numbered.contains(vendor), let distro = purl.qualifier("distro") else {
            return vendor
        }
        let digits = distro.drop { !$0.isNumber }
        guard let first = digits.first, first.isNumber else {
            return vendor
        }
        let parts = digits.split(separator: ".")
        let kept = vendor == "Ubuntu" || vendor == "Alpine" ? 2 : 1
        return "\(vendor):\(parts.prefix(kept).joined(separator: "."))"
    }

    private static func sourceName(of purl: PackageURL) -> String {
        guard let source = purl.qualifier("upstream") ?? purl.qualifier("source") else {
            return purl.name
        }
        return source.split(separator: "@").first.map(String.init) ?? purl.name
    }
}
