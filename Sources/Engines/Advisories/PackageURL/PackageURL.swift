// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A package URL (purl): the type, name and version of a package in one text, `pkg:npm/%40babel/core@7.0.0`.
///
/// Source: ECMA-427 (https://github.com/package-url/purl-spec) and the definitions of its types. Parts are held decoded
/// and normalised by the rules of the type, so that equal packages are equal values; ``description`` is the canonical
/// text.
public struct PackageURL: Sendable, Hashable, CustomStringConvertible {
    /// How much of the specification is asked for.
    public enum Rules: Sendable {
        /// Everything, with what the definition of the type requires and forbids.
        case strict
        /// The syntax alone; parts are still normalised. Tools write purls that break the rules of their types.
        case lenient
    }

    /// A key and its value behind the question mark.
    public struct Qualifier: Sendable, Hashable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// The kind of package, in lower case: `npm`, `deb`, `pypi`.
    public let type: String
    /// The name's prefix with its segments joined by `/`; nil where there is none.
    public let namespace: String?
    public let name: String
    public let version: String?
    /// Sorted by key, without empty values.
    public let qualifiers: [Qualifier]
    /// A path inside the package, without `.`, `..` and empty segments; nil where there is none.
    public let subpath: String?

    /// Makes a purl of its parts, decoded.
    ///
    /// - Throws: ``AdvisoryError`` with code `badPackageURL` where a part breaks the syntax or, under strict rules, the
    ///   definition of the type.
    public init(
        type: String,
        namespace: String? = nil,
        name: String,
        version: String? = nil,
        qualifiers: [Qualifier] = [],
        subpath: String? = nil,
        rules: Rules = .strict
    ) throws(AdvisoryError) {
        let type = type.lowercased()
        guard PackageURL.isType(type.utf8.span) else {
            throw PackageURL.error("the type must be letters, digits, \".\" and \"-\", and start with a letter")
        }
        let definition = PackageURLType.named(type)
        let parts = PackageURLParts(
            namespace: PackageURL.joined(namespace, droppingDots: false),
            name: definition.special == .git ? name : PackageURL.trimmed(name),
            version: version.flatMap { $0.isEmpty ? nil : $0 },
            qualifiers: try PackageURL.checked(qualifiers),
            subpath: PackageURL.joined(subpath, droppingDots: true)
        )
        try self.init(type: type, definition: definition, parts: parts, rules: rules)
    }

    /// Makes a purl of clean parts: segments without empty ones, type and keys in lower case.
    init(type: String, definition: PackageURLType, parts: PackageURLParts, rules: Rules) throws(AdvisoryError) {
        var parts = parts
        try PackageURL.sort(&parts.qualifiers)
        definition.normalize(&parts)
        guard !parts.name.isEmpty else {
            throw PackageURL.error("the name is missing")
        }
        if rules == .strict, let reason = definition.violation(of: parts) {
            throw PackageURL.error("\(type): \(reason)")
        }
        self.type = type
        namespace = parts.namespace
        name = parts.name
        version = parts.version
        self.qualifiers = parts.qualifiers
        subpath = parts.subpath
    }

    /// The value of a qualifier.
    public func qualifier(_ key: String) -> String? {
        qualifiers.first { $0.key == key }?.value
    }

    static func error(_ message: String, at offset: Int? = nil) -> AdvisoryError {
        AdvisoryError(.badPackageURL, message, offset: offset)
    }

    /// Whether a text may be a type: letters, digits, `.` and `-`, a letter first.
    static func isType(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0, VersionText.isLetter(text[0]) else {
            return false
        }
        for index in 0..<text.count {
            let byte = text[index]
            guard VersionText.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") else {
                return false
            }
        }
        return true
    }

    /// Whether a text may be the key of a qualifier: as a type, with `_`.
    static func isKey(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0, VersionText.isLetter(text[0]) else {
            return false
        }
        for index in 0..<text.count {
            let byte = text[index]
            guard
                VersionText.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            else {
                return false
            }
        }
        return true
    }

    /// Qualifiers with sound keys in lower case.
    private static func checked(_ qualifiers: [Qualifier]) throws(AdvisoryError) -> [Qualifier] {
        var result: [Qualifier] = []
        for qualifier in qualifiers {
            guard isKey(qualifier.key.utf8.span) else {
                throw error("\"\(qualifier.key)\" cannot be the key of a qualifier")
            }
            result.append(Qualifier(key: PackageURLType.lowercased(qualifier.key), value: qualifier.value))
        }
        return result
    }

    /// Puts qualifiers in the order of their keys, without those that are empty.
    private static func sort(_ qualifiers: inout [Qualifier]) throws(AdvisoryError) {
        qualifiers.removeAll { $0.value.isEmpty }
        for index in qualifiers.indices.dropFirst() where qualifiers[index].key <= qualifiers[index - 1].key {
            qualifiers.sort { $0.key < $1.key }
            break
        }
        for index in qualifiers.indices.dropFirst() where qualifiers[index].key == qualifiers[index - 1].key {
            throw error("the qualifier \"\(qualifiers[index].key)\" is given twice")
        }
    }

    /// Segments without empty ones, joined again; nil where none is left.
    private static func joined(_ path: String?, droppingDots: Bool) -> String? {
        guard let path, !path.isEmpty else {
            return nil
        }
        let segments = path.split(separator: "/").filter { !droppingDots || ($0 != "." && $0 != "..") }
        return segments.isEmpty ? nil : segments.joined(separator: "/")
    }

    private static func trimmed(_ name: String) -> String {
        var rest = name[...]
        while rest.first == "/" {
            rest = rest.dropFirst()
        }
        while rest.last == "/" {
            rest = rest.dropLast()
        }
        return String(rest)
    }
}

/// The parts of a purl that its type has a say in.
struct PackageURLParts {
    var namespace: String?
    var name: String
    var version: String?
    var qualifiers: [PackageURL.Qualifier]
    var subpath: String?
}
