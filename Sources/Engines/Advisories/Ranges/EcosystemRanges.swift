// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Intervals as Maven and NuGet write them: `[1.0,2.0)`, `(,1.0],[1.2,)`, `[1.5]`.
///
/// Sources: https://maven.apache.org/pom.html#dependency-version-requirement-specification,
/// https://learn.microsoft.com/nuget/concepts/package-versioning.
enum IntervalRange {
    typealias Constraint = VersionRangeSpecifier.Constraint

    static func constraints(_ text: String, _ type: String) throws(AdvisoryError) -> [Constraint] {
        let constraints = try self.constraints(text)
        return type.lowercased() == "nuget"
            ? constraints.map { Constraint($0.comparator, canonicalNuGet($0.version)) } : constraints
    }

    /// NuGet writes three numbers at least, and prereleases in lower case.
    private static func canonicalNuGet(_ version: String) -> String {
        let numbers = version.prefix { $0.isNumber || $0 == "." }
        let tail = version.dropFirst(numbers.count)
        let count = numbers.split(separator: ".").count
        guard !numbers.isEmpty, numbers.last != ".", count < 4, tail.first == "-" || tail.first == "+" || tail.isEmpty
        else {
            return version
        }
        let prerelease = tail.prefix { $0 != "+" }
        return numbers + String(repeating: ".0", count: max(0, 3 - count)) + prerelease.lowercased()
            + tail.dropFirst(prerelease.count)
    }

    private static func constraints(_ text: String) throws(AdvisoryError) -> [Constraint] {
        var rest = text.filter { !$0.isWhitespace }[...]
        guard rest.first == "[" || rest.first == "(" else {
            return try plain(String(rest))
        }
        var constraints: [Constraint] = []
        while let open = rest.first {
            guard open == "[" || open == "(", let end = rest.firstIndex(where: { $0 == "]" || $0 == ")" }) else {
                throw VersionRangeSpecifier.error("the intervals in \"\(text)\" are not closed")
            }
            let inner = rest[rest.index(after: rest.startIndex)..<end]
            constraints += try interval(String(inner), opens: open == "[", closes: rest[end] == "]", text)
            rest = rest[rest.index(after: end)...]
            if rest.first == "," {
                rest = rest.dropFirst()
            }
        }
        return constraints.isEmpty ? [Constraint(.any, "")] : constraints
    }

    /// A bare version is NuGet's minimum; comparators are what advisories write.
    private static func plain(_ text: String) throws(AdvisoryError) -> [Constraint] {
        if NativeRange.split(text).comparator == nil, !text.contains(","), !text.isEmpty, text != "*" {
            return [Constraint(.greaterOrEqual, try NativeRange.version(text))]
        }
        return try NativeRange.comparators(text)
    }

    private static func interval(
        _ inner: String,
        opens: Bool,
        closes: Bool,
        _ text: String
    ) throws(AdvisoryError)
        -> [Constraint]
    {
        let bounds = inner.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard bounds.count == 2 else {
            guard bounds.count == 1, opens, closes else {
                throw VersionRangeSpecifier.error(
                    "a single version stands between \"[\" and \"]\", not as in \"\(text)\""
                )
            }
            return [Constraint(.equal, try NativeRange.version(bounds[0]))]
        }
        if !bounds[0].isEmpty, bounds[0] == bounds[1] {
            guard opens, closes else {
                throw VersionRangeSpecifier.error("an interval in \"\(text)\" holds nothing")
            }
            return [Constraint(.equal, try NativeRange.version(bounds[0]))]
        }
        var constraints: [Constraint] = []
        if !bounds[0].isEmpty {
            constraints.append(Constraint(opens ? .greaterOrEqual : .greater, try NativeRange.version(bounds[0])))
        }
        if !bounds[1].isEmpty {
            constraints.append(Constraint(closes ? .lessOrEqual : .less, try NativeRange.version(bounds[1])))
        }
        return constraints
    }
}

/// Requirements of RubyGems: comparators between commas, and `~>`.
///
/// Source: https://guides.rubygems.org/patterns/#pessimistic-version-constraint.
enum GemRange {
    typealias Constraint = VersionRangeSpecifier.Constraint

    static func constraints(_ text: String) throws(AdvisoryError) -> [Constraint] {
        if text.trimmed().isEmpty || text.trimmed() == "*" {
            return [Constraint(.any, "")]
        }
        var constraints: [Constraint] = []
        for token in tokens(text) {
            if token.hasPrefix("~>") {
                for constraint in try pessimistic(String(token.dropFirst(2))) {
                    append(constraint, to: &constraints)
                }
                continue
            }
            let parts = NativeRange.split(token)
            append(Constraint(parts.comparator ?? .equal, try NativeRange.version(parts.rest)), to: &constraints)
        }
        return constraints
    }

    /// Appends a constraint that says something new.
    private static func append(_ constraint: Constraint, to constraints: inout [Constraint]) {
        let isKnown = constraints.contains {
            $0.comparator == constraint.comparator
                && VersionScheme.rubygems.compare($0.version.utf8.span, constraint.version.utf8.span) == .equal
        }
        if !isKnown {
            constraints.append(constraint)
        }
    }

    private static func tokens(_ text: String) -> [String] {
        NativeRange.tokens(text.replacing("~> ", with: "~>").replacing("~> ", with: "~>"))
    }

    /// `~> 2.0.8` is from 2.0.8 up to below 2.1.
    private static func pessimistic(_ text: String) throws(AdvisoryError) -> [Constraint] {
        let version = try NativeRange.version(text.trimmed())
        var numbers: [UInt64] = []
        for part in version.split(separator: ".") {
            guard let number = UInt64(part), number < UInt64.max else {
                break
            }
            numbers.append(number)
        }
        guard !numbers.isEmpty else {
            throw VersionRangeSpecifier.error("\"\(version)\" has no number to go up from")
        }
        let isPrerelease = version.contains { $0.isLetter }
        let low = isPrerelease ? numbers.map(String.init).joined(separator: ".") : version
        if numbers.count > 1 {
            numbers.removeLast()
        }
        numbers[numbers.count - 1] += 1
        return [
            Constraint(.greaterOrEqual, low), Constraint(.less, numbers.map(String.init).joined(separator: ".")),
        ]
    }
}

/// Specifiers of Python packages: comparators between commas, `||` between alternatives, `~=`.
///
/// Source: https://packaging.python.org/en/latest/specifications/version-specifiers/.
enum PythonRange {
    typealias Constraint = VersionRangeSpecifier.Constraint

    static func constraints(_ text: String) throws(AdvisoryError) -> [Constraint] {
        guard !text.contains(";") else {
            throw VersionRangeSpecifier.error("environment markers are no part of a range")
        }
        if text.trimmed().isEmpty || text.trimmed() == "*" {
            return [Constraint(.any, "")]
        }
        var constraints: [Constraint] = []
        for alternative in text.filter({ $0 != " " }).split(separator: "|") {
            for token in alternative.split(separator: ",") {
                constraints += try specifier(String(token))
            }
        }
        return constraints
    }

    private static func specifier(_ token: String) throws(AdvisoryError) -> [Constraint] {
        if token.hasPrefix("~=") {
            let version = try NativeRange.version(String(token.dropFirst(2)))
            guard let high = successor(version, dropping: 1) else {
                throw VersionRangeSpecifier.error("\"\(token)\" needs two numbers")
            }
            return [Constraint(.greaterOrEqual, version), Constraint(.less, high)]
        }
        let parts = NativeRange.split(token)
        guard parts.rest.hasSuffix(".*") else {
            guard PythonVersion(parts.rest.utf8.span) != nil || token.hasPrefix("===") else {
                throw VersionRangeSpecifier.error("\"\(parts.rest)\" is no version of PyPI")
            }
            return [Constraint(parts.comparator ?? .equal, try NativeRange.version(parts.rest))]
        }
        let base = String(parts.rest.dropLast(2))
        guard parts.comparator == .equal, let high = successor(base, dropping: 0) else {
            throw VersionRangeSpecifier.error("\"\(token)\" cannot be told as a range")
        }
        return [Constraint(.greaterOrEqual, base + ".dev0"), Constraint(.less, high + ".dev0")]
    }

    /// The release with its last number, after dropping some, one higher.
    private static func successor(_ version: String, dropping count: Int) -> String? {
        var numbers = version.prefix { $0.isNumber || $0 == "." }.split(separator: ".").compactMap { UInt64($0) }
        guard numbers.count > count, numbers.allSatisfy({ $0 < UInt64.max }) else {
            return nil
        }
        numbers.removeLast(count)
        numbers[numbers.count - 1] += 1
        return numbers.map(String.init).joined(separator: ".")
    }
}

/// Ranges of Conan: comparators, `^`, `~`, `||`, and options behind a comma.
///
/// Source: https://docs.conan.io/2/tutorial/versioning/version_ranges.html. Upper bounds that a caret or tilde makes
/// end in a hyphen, which keeps prereleases of the next version out.
enum ConanRange {
    typealias Constraint = VersionRangeSpecifier.Constraint

    static func constraints(_ text: String) throws(AdvisoryError) -> [Constraint] {
        let expression = text.split(separator: ",", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        var constraints: [Constraint] = []
        for alternative in expression.split(separator: "||", omittingEmptySubsequences: false).map(String.init) {
            let words = alternative.split(whereSeparator: \.isWhitespace)
            for word in words.isEmpty ? ["*"] : words {
                constraints += try condition(String(word.last == "-" ? word.dropLast() : word))
            }
        }
        return constraints
    }

    private static func condition(_ text: String) throws(AdvisoryError) -> [Constraint] {
        if text.isEmpty || text == "*" {
            return [Constraint(.greaterOrEqual, "0.0.0")]
        }
        if text.hasPrefix("~") || text.hasPrefix("^") {
            let version = try NativeRange.version(String(text.dropFirst()))
            return [
                Constraint(.greaterOrEqual, version),
                Constraint(.less, try upperBound(version, isTilde: text.hasPrefix("~"))),
            ]
        }
        let parts = NativeRange.split(text)
        return [Constraint(parts.comparator ?? .equal, try NativeRange.version(parts.rest))]
    }

    private static func upperBound(_ version: String, isTilde: Bool) throws(AdvisoryError) -> String {
        let main = version.prefix { $0 != "-" && $0 != "+" }.split(separator: ".").map(String.init)
        let index =
            isTilde
            ? min(1, main.count - 1) : main.firstIndex { UInt64($0) != 0 } ?? main.count - 1
        guard index >= 0, index < main.count, let number = UInt64(main[index]), number < UInt64.max else {
            throw VersionRangeSpecifier.error("\"\(version)\" has no number to go up from")
        }
        return (main.prefix(index) + ["\(number + 1)"]).joined(separator: ".") + "-"
    }
}

/// Ranges in nginx's advisories: `1.5.0+`, `0.6.18-1.20.0`, lists, `all`.
///
/// Source: https://nginx.org/en/security_advisories.html. A plus sign goes on to the end of a stable branch, whose
/// second number is even, and without end on the mainline.
enum NginxRange {
    typealias Constraint = VersionRangeSpecifier.Constraint

    static func constraints(_ text: String) throws(AdvisoryError) -> [Constraint] {
        let text = text.filter { !$0.isWhitespace }.lowercased()
        if text == "all" {
            return [Constraint(.any, "")]
        }
        guard text != "none" else {
            throw VersionRangeSpecifier.error("\"none\" is no range")
        }
        var constraints: [Constraint] = []
        for clause in text.split(separator: ",") {
            constraints += try self.clause(String(clause))
        }
        return constraints
    }

    private static func clause(_ text: String) throws(AdvisoryError) -> [Constraint] {
        if let hyphen = text.firstIndex(of: "-") {
            return [
                Constraint(.greaterOrEqual, try NodeVersion(String(text[..<hyphen])).description),
                Constraint(.lessOrEqual, try NodeVersion(String(text[text.index(after: hyphen)...])).description),
            ]
        }
        guard text.hasSuffix("+") else {
            return [Constraint(.equal, try NodeVersion(text).description)]
        }
        let version = try NodeVersion(String(text.dropLast()))
        let from = Constraint(.greaterOrEqual, version.description)
        guard version.minor.isMultiple(of: 2) else {
            return [from]
        }
        return [from, Constraint(.less, version.nextMinor.description)]
    }
}
