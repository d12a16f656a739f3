// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// A package ecosystem by the name that OSV, vers or purl gives it, such as `PyPI`, `Debian:12` or `apk`.
///
/// Source: https://ossf.github.io/osv-schema/#defined-ecosystems. Names are matched without regard to case. What stands
/// behind the first colon is a release, which chooses packages but not the order of versions.
public struct Ecosystem: Sendable, Equatable {
    /// The name in OSV's spelling, or in that of vers where OSV has none.
    public let name: String
    /// What stands behind the colon, such as `12` or `22.04:LTS`; nil where nothing does.
    public let release: String?
    /// How versions of the ecosystem are ordered.
    public let scheme: VersionScheme
    /// How package names are compared.
    let nameRule: PackageNameRule

    /// Finds an ecosystem.
    ///
    /// - Parameter text: a name with or without a release.
    /// - Throws: ``AdvisoryError`` with code `unknownEcosystem`, with the nearest known name in its message.
    public init(_ text: String) throws(AdvisoryError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let base = String(parts.first ?? "")
        guard var known = Ecosystem.known(base.lowercased()) else {
            let hint = NearestName.hint(for: base, among: Ecosystem.entries.values.map(\.name))
            throw AdvisoryError(
                .unknownEcosystem,
                "the ecosystem \"\(base)\" is not known" + (hint.map { ", \($0)" } ?? "")
            )
        }
        release = parts.count > 1 ? String(parts[1]) : nil
        // Echo rebuilds packages of other ecosystems; its build number counts where SemVer would ignore it.
        if known.name == "Echo", let release, let inner = Ecosystem.echo[release.lowercased()] {
            known.scheme = inner.scheme
            known.rule = inner.rule
        }
        name = known.name
        scheme = known.scheme
        nameRule = known.rule
    }

    struct Entry: Sendable {
        var name: String
        var scheme: VersionScheme
        var rule: PackageNameRule
    }

    private static func known(_ name: String) -> Entry? { entries[name] }

    /// The ecosystems inside Echo.
    private static let echo: [String: (scheme: VersionScheme, rule: PackageNameRule)] = [
        "pypi": (.pypi, .python), "maven": (.maven, .exact), "npm": (.pub, .exact),
    ]

    /// All known names in lower case.
    static let entries: [String: Entry] = {
        var entries: [String: Entry] = [:]
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: "|").map(String.init)
            guard fields.count >= 3, let scheme = VersionScheme(rawValue: fields[1]),
                let rule = PackageNameRule(rawValue: fields[2])
            else {
                continue
            }
            let entry = Entry(name: fields[0], scheme: scheme, rule: rule)
            for name in [fields[0]] + fields.dropFirst(3) {
                entries[name.lowercased()] = entry
            }
        }
        return entries
    }()

    /// Name, scheme, rule for package names, then other names of the same.
    private static let table = """
        AlmaLinux|rpm|exact
        Alpaquita|alpine|exact
        Alpine|alpine|exact|apk|Alpine Linux
        Android|lexicographic|exact
        Arch Linux|arch|exact|alpm|arch
        Azure Linux|rpm|exact
        BellSoft Hardened Containers|alpine|exact|BellSoft
        Bioconductor|semver|exact
        Bitnami|semver|folded
        Chainguard|alpine|exact
        CleanStart|alpine|exact
        conan|conan|exact
        ConanCenter|semver|exact
        CRAN|cran|exact
        crates.io|semver|exact|cargo|crates
        datetime|datetime|exact
        Debian|debian|exact|deb|dpkg
        Docker Hardened Images|debian|exact
        Echo|debian|exact
        generic|generic|exact
        Gentoo|gentoo|exact|ebuild
        GHC|semver|exact
        GitHub Actions|semver|folded|githubactions
        Go|semver|exact|golang
        Hackage|hackage|exact
        Hex|semver|exact
        intdot|intdot|exact
        Julia|semver|exact
        Kubernetes|semver|exact
        lexicographic|lexicographic|exact
        Linux|semver|exact
        Mageia|rpm|exact
        Maven|maven|exact
        MinimOS|alpine|exact
        nginx|semver|exact
        npm|semver|exact
        NuGet|nuget|folded
        opam|opam|exact
        openEuler|rpm|exact
        openssl|openssl|exact
        openSUSE|rpm|exact
        OSS-Fuzz|generic|exact
        Packagist|packagist|folded|composer
        Photon OS|rpm|exact
        Pub|pub|exact|dart
        PyPI|pypi|python
        Red Hat|rpm|exact|rpm|redhat
        Rocky Linux|rpm|exact
        Root|debian|exact
        RubyGems|rubygems|exact|gem
        semver|semver|exact
        SUSE|rpm|exact
        SwiftURL|semver|swift|swift
        Ubuntu|debian|exact
        VSCode|semver|folded|vscode-extension
        Wolfi|alpine|exact
        """
}

/// How an ecosystem tells whether two package names are the same.
enum PackageNameRule: String, Sendable {
    /// Byte by byte.
    case exact
    /// Without regard to the case of ASCII letters.
    case folded
    /// PEP 503: lower case, runs of `-`, `_` and `.` are one `-`.
    case python
    /// A repository's URL without scheme and `.git`.
    case swift

    /// The name that all spellings of one package share.
    func normalized(_ name: [UInt8]) -> [UInt8] {
        switch self {
        case .exact: name
        case .folded: name.map(VersionText.lowercased)
        case .python: PackageNameRule.python(name)
        case .swift: PackageNameRule.repository(name)
        }
    }

    private static func python(_ name: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(name.count)
        var pending = false
        for byte in name {
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") {
                pending = true
                continue
            }
            if pending {
                result.append(UInt8(ascii: "-"))
                pending = false
            }
            result.append(VersionText.lowercased(byte))
        }
        if pending {
            result.append(UInt8(ascii: "-"))
        }
        return result
    }

    private static func repository(_ name: [UInt8]) -> [UInt8] {
        var rest = name.map(VersionText.lowercased)[...]
        for scheme in ["https://", "http://", "git@"] where rest.starts(with: scheme.utf8) {
            rest = rest.dropFirst(scheme.utf8.count)
            break
        }
        while rest.last == UInt8(ascii: "/") {
            rest = rest.dropLast()
        }
        let suffix = ".git"
        if rest.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) {
            rest = rest.dropLast(suffix.utf8.count)
        }
        return Array(rest)
    }
}
