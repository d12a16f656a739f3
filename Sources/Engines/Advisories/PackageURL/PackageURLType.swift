// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the definition of a purl type asks for.
///
/// Source: https://github.com/package-url/purl-spec, the folder `types`. A type without definition may have any parts.
struct PackageURLType: Sendable {
    enum Requirement: Character {
        case required = "r"
        case optional = "o"
        case prohibited = "p"
    }

    var type: String
    var namespace = Requirement.optional
    /// Parts that are put in lower case: `s`cope (namespace), `n`ame, `v`ersion, `p`ath (subpath).
    var foldsNamespace = false
    var foldsName = false
    var foldsVersion = false
    var foldsSubpath = false
    /// Qualifiers that must be there.
    var requiredQualifiers: [String] = []
    /// Rules that only one type has.
    var special: Special?

    /// Types with a rule of their own.
    enum Special: String {
        case chromeExtension = "chrome-extension"
        case cocoapods
        case cpan
        /// Everything behind the first segment is the name, as a repository's path is.
        case git
        case mlflow
        case pub
        case pypi
        case swid
    }

    /// The definition of a type, or an empty one.
    static func named(_ type: String) -> PackageURLType {
        all[type] ?? PackageURLType(type: type)
    }

    /// Types, the requirement for the namespace, parts in lower case, required qualifiers.
    private static let table = """
        alpm r sn
        apk r sn
        bazel p -
        bitbucket r sn
        bitnami p n
        brew o sn
        cargo p -
        chrome-extension p n
        cocoapods p -
        composer r sn
        conan o -
        conda p -
        cpan o -
        cran p -
        deb r sn
        docker o -
        gem p -
        generic o -
        git r -
        github r sn
        golang r -
        hackage p -
        hex o sn
        huggingface r v
        julia p - uuid
        luarocks o sn
        maven r -
        mlflow p -
        npm o -
        nuget p -
        oci p nv
        opam p -
        otp p np
        pub p n
        pypi p nv
        qpkg r s
        rpm r s
        swid o - tag_id
        swift r -
        vcpkg p -
        vscode-extension r snv
        yocto o s
        """

    private static let all: [String: PackageURLType] = {
        var types: [String: PackageURLType] = [:]
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 3, let sign = fields[1].first, let requirement = Requirement(rawValue: sign) else {
                continue
            }
            var type = PackageURLType(type: String(fields[0]), namespace: requirement)
            type.foldsNamespace = fields[2].contains("s")
            type.foldsName = fields[2].contains("n")
            type.foldsVersion = fields[2].contains("v")
            type.foldsSubpath = fields[2].contains("p")
            type.special = Special(rawValue: type.type)
            type.requiredQualifiers = fields.dropFirst(3).map(String.init)
            types[type.type] = type
        }
        return types
    }()

    // MARK: Normalisation

    func normalize(_ parts: inout PackageURLParts) {
        if foldsNamespace {
            parts.namespace = parts.namespace.map(PackageURLType.lowercased)
        }
        if foldsName {
            parts.name = PackageURLType.lowercased(parts.name)
        }
        if foldsVersion {
            parts.version = parts.version.map(PackageURLType.lowercased)
        }
        if foldsSubpath {
            parts.subpath = parts.subpath.map(PackageURLType.lowercased)
        }
        switch special {
        case .pypi: parts.name = PackageURLType.replacing(parts.name) { $0 == "_" ? "-" : $0 }
        case .pub: parts.name = PackageURLType.replacing(parts.name) { PackageURLType.isPubCharacter($0) ? $0 : "_" }
        case .cpan: parts.namespace = parts.namespace?.uppercased()
        case .git where PackageURLType.isCaseInsensitiveHost(parts.namespace):
            parts.name = PackageURLType.lowercased(parts.name)
        case .mlflow where parts.qualifiers.contains { $0.key == "repository_url" && $0.value.contains("databricks") }:
            parts.name = PackageURLType.lowercased(parts.name)
        default: break
        }
    }

    static func lowercased(_ text: String) -> String {
        for byte in text.utf8 where byte >= 0x80 || byte &- UInt8(ascii: "A") < 26 {
            return text.lowercased()
        }
        return text
    }

    private static func replacing(_ text: String, with change: (Unicode.Scalar) -> Unicode.Scalar) -> String {
        guard text.unicodeScalars.contains(where: { change($0) != $0 }) else {
            return text
        }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: text.unicodeScalars.map(change))
        return String(result)
    }

    private static func isPubCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9", "_": true
        default: false
        }
    }

    /// Hosts that do not tell the case of owners and repositories apart.
    private static func isCaseInsensitiveHost(_ host: String?) -> Bool {
        switch host {
        case "github", "github.com", "bitbucket", "bitbucket.org": true
        default: false
        }
    }

    // MARK: Rules

    /// What breaks the definition; nil for a sound purl.
    func violation(of parts: PackageURLParts) -> String? {
        switch namespace {
        case .required where parts.namespace == nil: return "the namespace is missing"
        case .prohibited where parts.namespace != nil: return "a namespace is not allowed"
        default: break
        }
        for key in requiredQualifiers where !parts.qualifiers.contains(where: { $0.key == key }) {
            return "the qualifier \"\(key)\" is missing"
        }
        return nameViolation(parts)
    }

    private func nameViolation(_ parts: PackageURLParts) -> String? {
        switch special {
        case .chromeExtension:
            let bytes = parts.name.utf8
            guard bytes.count == 32, bytes.allSatisfy({ $0 &- UInt8(ascii: "a") < 16 }) else {
                return "the name must be 32 letters from a to p"
            }
            guard parts.version.map(PackageURLType.isChromeVersion) ?? true else {
                return "the version must be one to four numbers"
            }
        case .cpan where parts.name.contains("::"):
            return "the name must be that of a distribution, without \"::\""
        case .cocoapods:
            let isSound = parts.name.unicodeScalars.allSatisfy { $0 != "+" && !$0.properties.isWhitespace }
            guard isSound, !parts.name.hasPrefix(".") else {
                return "the name cannot hold white space or \"+\" or start with \".\""
            }
        case .swid where (parts.namespace?.utf8.count { $0 == UInt8(ascii: "/") } ?? 0) > 1:
            return "the namespace has at most two segments"
        default: break
        }
        return nil
    }

    private static func isChromeVersion(_ version: String) -> Bool {
        let numbers = version.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count <= 4 && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(VersionText.isDigit) }
    }
}
