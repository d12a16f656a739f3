// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The rules by which one ecosystem orders its versions.
///
/// Every scheme compares any two texts: what its ecosystem would not accept as a version has a place too, because
/// advisories and inventories hold such texts. ``rejection(of:)`` tells whether the ecosystem refuses a text outright.
/// Comparing allocates nothing (but for Python versions from before PEP 440) and takes time linear in the lengths.
public enum VersionScheme: String, Sendable, CaseIterable {
    /// SemVer 2.0.0 as OSV evaluates it: npm, crates.io, Go, Hex, Swift and others.
    case semver
    /// SemVer with four numbers and without regard to case.
    case nuget
    /// SemVer where builds count, as Dart's Pub has it.
    case pub
    /// deb-version(7).
    case debian
    /// rpm-version(7).
    case rpm
    /// apk-package(5).
    case alpine
    /// PEP 440 and, below it, what came before.
    case pypi
    /// `ComparableVersion` of Maven 3.
    case maven
    /// PHP's `version_compare`.
    case packagist
    /// `Gem::Version`.
    case rubygems
    /// R's `package_version`.
    case cran
    /// Haskell's package versioning policy.
    case hackage
    /// opam's order, which is Debian's without epoch and revision.
    case opam
    /// vercmp(8) of Arch Linux.
    case arch
    /// Gentoo's Package Manager Specification.
    case gentoo
    /// Conan 2.
    case conan
    /// OpenSSL's own releases.
    case openssl
    /// Numbers between dots (vers).
    case intdot
    /// RFC 3339 timestamps (vers).
    case datetime
    /// Bytes as they are (vers).
    case lexicographic
    /// Numbers and words of no known scheme.
    case generic

    /// The order of two versions.
    ///
    /// - Parameters:
    ///   - left: a version; above 512 bytes both are compared as bytes.
    ///   - right: the other version.
    /// - Returns: how `left` sorts relative to `right`.
    public func compare(_ left: Span<UInt8>, _ right: Span<UInt8>) -> VersionOrder {
        guard left.count <= VersionText.longest, right.count <= VersionText.longest else {
            return VersionOrder(VersionText.compareBytes(left, 0..<left.count, right, 0..<right.count))
        }
        return VersionOrder(order(left, right))
    }

    /// The order of two versions held as arrays of bytes.
    public func compare(_ left: [UInt8], _ right: [UInt8]) -> VersionOrder {
        compare(left.span, right.span)
    }

    private func order(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        switch self {
        case .semver: SemanticOrder().compare(left, right)
        case .nuget: SemanticOrder(numbers: 4, foldsCase: true).compare(left, right)
        case .pub: SemanticOrder(comparesBuilds: true).compare(left, right)
        case .debian: DebianOrder.compare(left, right)
        case .rpm: RPMOrder.compare(left, right)
        case .alpine: AlpineOrder.compare(left, right)
        case .pypi: PythonOrder.compare(left, right)
        case .maven: MavenOrder.compare(left, right)
        case .packagist: PackagistOrder.compare(left, right)
        case .rubygems: RubyGemsOrder.compare(left, right)
        case .cran, .hackage: NumberListOrder.compare(left, right)
        case .opam: DebianOrder.compareWhole(left, right)
        case .arch: ArchOrder.compare(left, right)
        case .gentoo: GentooOrder.compare(left, right)
        case .conan: ConanOrder.compare(left, right)
        case .openssl: OpenSSLOrder.compare(left, right)
        case .intdot: NumberListOrder.compareDotted(left, right)
        case .datetime: TimestampOrder.compare(left, right)
        case .lexicographic: VersionText.compareBytes(left, 0..<left.count, right, 0..<right.count)
        case .generic: GenericOrder.compare(left, right)
        }
    }

    /// Why the ecosystem refuses a text as a version; nil where it takes it, if with a warning.
    ///
    /// Only what the specification of the ecosystem rules out is refused: a wrong epoch in Debian, letters in Hackage
    /// and CRAN, and everywhere the empty text and texts above 512 bytes.
    public func rejection(of version: Span<UInt8>) -> String? {
        guard version.count > 0 else {
            return "the version is empty"
        }
        guard version.count <= VersionText.longest else {
            return "the version is longer than \(VersionText.longest) bytes"
        }
        return switch self {
        case .debian: DebianOrder.rejection(of: version)
        case .hackage: NumberListOrder.rejection(of: version, allowsDash: false)
        case .cran: NumberListOrder.rejection(of: version, allowsDash: true)
        case .datetime: Timestamp(version) == nil ? "not a timestamp by RFC 3339" : nil
        default: nil
        }
    }
}

/// How one version sorts relative to another.
public enum VersionOrder: Int8, Sendable {
    case less = -1
    case equal = 0
    case greater = 1

    init(_ order: Int) {
        self = order < 0 ? .less : order > 0 ? .greater : .equal
    }

    /// `<`, `=` or `>`.
    public var symbol: Character {
        switch self {
        case .less: "<"
        case .equal: "="
        case .greater: ">"
        }
    }
}

/// A version with the scheme that orders it.
///
/// Versions of one scheme are comparable and equal when the scheme says so (`1.0` and `1.0.0` of PyPI are); versions of
/// different schemes sort by the scheme's name, so that mixed lists have a stable order.
public struct Version: Sendable, Comparable, CustomStringConvertible {
    /// The rules of the version's ecosystem.
    public let scheme: VersionScheme
    /// The version's bytes as they were given.
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8], scheme: VersionScheme) {
        self.bytes = bytes
        self.scheme = scheme
    }

    public init(_ text: String, scheme: VersionScheme) {
        self.init(Array(text.utf8), scheme: scheme)
    }

    public var description: String { String(decoding: bytes, as: UTF8.self) }

    public static func == (left: Version, right: Version) -> Bool {
        left.scheme == right.scheme && left.scheme.compare(left.bytes, right.bytes) == .equal
    }

    public static func < (left: Version, right: Version) -> Bool {
        guard left.scheme == right.scheme else {
            return left.scheme.rawValue < right.scheme.rawValue
        }
        return left.scheme.compare(left.bytes, right.bytes) == .less
    }
}
