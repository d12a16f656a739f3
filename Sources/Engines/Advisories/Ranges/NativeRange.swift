// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension VersionRangeSpecifier {
    /// Translates a range from the notation of its ecosystem.
    ///
    /// `npm` takes node-semver's ranges, `maven` and `nuget` intervals, `gem`, `pypi`, `conan`, `nginx`, `openssl`,
    /// `deb` and `rpm` their own; what is left reads comparators between commas, spaces and `||`. Constraints are
    /// sorted but not simplified.
    ///
    /// - Parameters:
    ///   - text: the range as the ecosystem or one of its advisories writes it.
    ///   - type: the type of the result.
    /// - Throws: ``AdvisoryError`` with code `badRange`.
    public init(native text: String, type: String) throws(AdvisoryError) {
        guard text.utf8.count <= VersionRangeSpecifier.longestText else {
            throw AdvisoryError(.tooLarge, "the range is longer than \(VersionRangeSpecifier.longestText) bytes")
        }
        let constraints: [Constraint] =
            switch type.lowercased() {
            case "npm": try NodeRange.constraints(text)
            case "maven" where NativeRange.isInterval(text), "nuget": try IntervalRange.constraints(text, type)
            case "gem": try GemRange.constraints(text)
            case "pypi": try PythonRange.constraints(text)
            case "conan": try ConanRange.constraints(text)
            case "nginx": try NginxRange.constraints(text)
            case "openssl": try NativeRange.list(text)
            default: try NativeRange.comparators(text)
            }
        try self.init(type: type, constraints: constraints)
    }
}

/// What several notations of ranges share.
enum NativeRange {
    typealias Constraint = VersionRangeSpecifier.Constraint

    /// Comparators by how ecosystems write them, longer ones first.
    private static let signs: [(text: String, comparator: VersionRangeSpecifier.Comparator)] = [
        ("===", .equal), ("==", .equal), (">=", .greaterOrEqual), ("=>", .greaterOrEqual), ("<=", .lessOrEqual),
        ("=<", .lessOrEqual), ("!=", .notEqual), ("<>", .notEqual), (">>", .greater), ("<<", .less), ("=", .equal),
        (">", .greater), ("<", .less),
    ]

    /// Cuts the comparator off a constraint; nil where there is none.
    static func split(_ text: some StringProtocol) -> (comparator: VersionRangeSpecifier.Comparator?, rest: String) {
        let text = text.trimmed()
        for sign in signs where text.hasPrefix(sign.text) {
            return (sign.comparator, text.dropFirst(sign.text.count).trimmed())
        }
        return (nil, text)
    }

    static func isInterval(_ text: String) -> Bool {
        let first = text.trimmed().first
        return first == "[" || first == "("
    }

    /// Versions between commas.
    static func list(_ text: String) throws(AdvisoryError) -> [Constraint] {
        var constraints: [Constraint] = []
        for version in text.lowercased().split(separator: ",") {
            constraints.append(Constraint(.equal, try self.version(version.trimmed())))
        }
        return constraints
    }

    /// Comparators and versions between commas, spaces and `||`; a comparator may stand apart from its version.
    static func comparators(_ text: String) throws(AdvisoryError) -> [Constraint] {
        let text = text.trimmed()
        if text.isEmpty || text == "*" {
            return [Constraint(.any, "")]
        }
        var constraints: [Constraint] = []
        for token in tokens(text) {
            let parts = split(token)
            constraints.append(Constraint(parts.comparator ?? .equal, try version(parts.rest)))
        }
        return constraints
    }

    /// Constraints without inner spaces: a comparator and the version behind it are one.
    static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var pending = ""
        for word in text.split(whereSeparator: { $0 == "," || $0 == "|" || $0.isWhitespace || $0 == "(" || $0 == ")" })
        {
            pending += word
            if !split(pending).rest.isEmpty {
                tokens.append(pending)
                pending = ""
            }
        }
        return pending.isEmpty ? tokens : tokens + [pending]
    }

    /// A version that is not empty and has no white space inside.
    static func version(_ text: String) throws(AdvisoryError) -> String {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw VersionRangeSpecifier.error("\"\(text)\" is no version")
        }
        return text
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    func trimmed() -> String {
        var rest = self[...]
        while rest.first?.isWhitespace == true {
            rest = rest.dropFirst()
        }
        while rest.last?.isWhitespace == true {
            rest = rest.dropLast()
        }
        return String(rest)
    }
}
