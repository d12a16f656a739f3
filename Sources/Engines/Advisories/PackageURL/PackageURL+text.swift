// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension PackageURL {
    /// The longest text that is read as a purl.
    public static let longestText = 8 * 1024

    /// Reads a purl.
    ///
    /// - Parameters:
    ///   - text: the purl's bytes.
    ///   - rules: whether the definition of the type is enforced.
    /// - Throws: ``AdvisoryError`` with code `badPackageURL` and where possible the offset of the fault.
    public init(parsing text: Span<UInt8>, rules: Rules = .strict) throws(AdvisoryError) {
        guard text.count <= PackageURL.longestText else {
            throw PackageURL.error("the text is longer than \(PackageURL.longestText) bytes")
        }
        var end = text.count
        let subpath = try PackageURL.cutSubpath(text, &end)
        let qualifiers = try PackageURL.cutQualifiers(text, &end)
        var index = try PackageURL.schemeEnd(text, end)
        while index < end, text[index] == UInt8(ascii: "/") {
            index += 1
        }
        guard let slash = VersionText.first(UInt8(ascii: "/"), in: text, index..<end) else {
            throw PackageURL.error("a \"/\" between type and name is missing", at: end)
        }
        guard PackageURL.isType(text.extracting(index..<slash)) else {
            throw PackageURL.error(
                "the type must be letters, digits, \".\" and \"-\", and start with a letter",
                at: index
            )
        }
        let type = try PackageURL.lowercased(text, index..<slash)
        index = slash + 1
        let definition = PackageURLType.named(type)
        var version: String?
        if let at = PackageURL.versionMark(text, index..<end) {
            version = at + 1 < end ? try PackageURL.decoded(text, (at + 1)..<end) : nil
            end = at
        }
        while end > index, text[end - 1] == UInt8(ascii: "/") {
            end -= 1
        }
        let path = index..<end
        // Behind the host a repository's path is its name; elsewhere the last segment is.
        let split =
            definition.special == .git
            ? VersionText.first(UInt8(ascii: "/"), in: text, path) : VersionText.last(UInt8(ascii: "/"), in: text, path)
        var namespace: String?
        if let split {
            namespace = try PackageURL.path(text, index..<split, droppingDots: false)
        }
        let parts = PackageURLParts(
            namespace: namespace,
            name: try PackageURL.decoded(text, (split.map { $0 + 1 } ?? index)..<end),
            version: version,
            qualifiers: qualifiers,
            subpath: subpath
        )
        try self.init(type: type, definition: definition, parts: parts, rules: rules)
    }

    /// Reads a purl.
    public init(parsing text: String, rules: Rules = .strict) throws(AdvisoryError) {
        try self.init(parsing: text.utf8.span, rules: rules)
    }

    /// What stands behind the last `#`; `end` moves before it.
    private static func cutSubpath(_ text: Span<UInt8>, _ end: inout Int) throws(AdvisoryError) -> String? {
        guard let hash = VersionText.last(UInt8(ascii: "#"), in: text, 0..<end) else {
            return nil
        }
        defer { end = hash }
        return try path(text, (hash + 1)..<end, droppingDots: true)
    }

    /// What stands behind the last `?`; `end` moves before it.
    private static func cutQualifiers(_ text: Span<UInt8>, _ end: inout Int) throws(AdvisoryError) -> [Qualifier] {
        guard let mark = VersionText.last(UInt8(ascii: "?"), in: text, 0..<end) else {
            return []
        }
        defer { end = mark }
        return try qualifiers(text, (mark + 1)..<end)
    }

    /// Behind `pkg:`.
    private static func schemeEnd(_ text: Span<UInt8>, _ end: Int) throws(AdvisoryError) -> Int {
        guard end >= 4, VersionText.hasWord("pkg:", in: text, at: 0, to: end) else {
            throw error("the text does not start with \"pkg:\"", at: 0)
        }
        return 4
    }

    /// The last `@`, unless a path goes on behind it and it starts a segment, as the scope of npm does unencoded.
    private static func versionMark(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard let at = VersionText.last(UInt8(ascii: "@"), in: text, range) else {
            return nil
        }
        let startsSegment = at == range.lowerBound || text[at - 1] == UInt8(ascii: "/")
        let goesOn = VersionText.first(UInt8(ascii: "/"), in: text, at..<range.upperBound) != nil
        return startsSegment && goesOn ? nil : at
    }

    private static func qualifiers(_ text: Span<UInt8>, _ range: Range<Int>) throws(AdvisoryError) -> [Qualifier] {
        var result: [Qualifier] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let end = VersionText.first(UInt8(ascii: "&"), in: text, start..<range.upperBound) ?? range.upperBound
            if let equals = VersionText.first(UInt8(ascii: "="), in: text, start..<end) {
                let value = try decoded(text, (equals + 1)..<end)
                guard isKey(text.extracting(start..<equals)) else {
                    throw error("what stands before \"=\" cannot be the key of a qualifier", at: start)
                }
                result.append(Qualifier(key: try lowercased(text, start..<equals), value: value))
            } else if end > start {
                throw error("a qualifier has no \"=\"", at: start)
            }
            start = end + 1
        }
        return result
    }

    /// Decodes segment by segment, leaving empty ones out; a segment cannot hold a slash.
    private static func path(
        _ text: Span<UInt8>,
        _ range: Range<Int>,
        droppingDots: Bool
    ) throws(AdvisoryError)
        -> String?
    {
        if isPlainPath(text, range) {
            return try string(text.extracting(range), at: range.lowerBound)
        }
        var result = ""
        var start = range.lowerBound
        while start < range.upperBound {
            let end = VersionText.first(UInt8(ascii: "/"), in: text, start..<range.upperBound) ?? range.upperBound
            if end > start {
                let segment = try decoded(text, start..<end)
                guard !segment.utf8.contains(UInt8(ascii: "/")) else {
                    throw error("a segment holds an encoded slash", at: start)
                }
                if !droppingDots || (segment != "." && segment != "..") {
                    result += result.isEmpty ? segment : "/" + segment
                }
            }
            start = end + 1
        }
        return result.isEmpty ? nil : result
    }

    /// Whether a path needs neither decoding nor cleaning: no triplets, no slash at an end or beside another or a dot.
    private static func isPlainPath(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var before = UInt8(ascii: "/")
        for index in range {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                return false
            }
            if before == UInt8(ascii: "/"), byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") {
                return false
            }
            before = byte
        }
        return before != UInt8(ascii: "/")
    }

    private static func lowercased(_ text: Span<UInt8>, _ range: Range<Int>) throws(AdvisoryError) -> String {
        PackageURLType.lowercased(try string(text.extracting(range), at: range.lowerBound))
    }

    /// The text of a range with its percent triplets replaced by what they stand for.
    private static func decoded(_ text: Span<UInt8>, _ range: Range<Int>) throws(AdvisoryError) -> String {
        guard VersionText.first(UInt8(ascii: "%"), in: text, range) != nil else {
            return try string(text.extracting(range), at: range.lowerBound)
        }
        let bytes = try PercentEncoding.decoded(text, range, as: .badPackageURL)
        return try string(bytes.span, at: range.lowerBound)
    }

    private static func string(_ bytes: Span<UInt8>, at offset: Int) throws(AdvisoryError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw PackageURL.error("a part is not UTF-8", at: offset)
        }
    }

    /// The canonical text.
    public var description: String {
        var text = "pkg:\(type)/"
        if let namespace {
            PercentEncoding.append(namespace, to: &text, keepingSlashes: true)
            text += "/"
        }
        PercentEncoding.append(name, to: &text, keepingSlashes: PackageURLType.named(type).special == .git)
        if let version {
            text += "@"
            PercentEncoding.append(version, to: &text, keepingSlashes: false)
        }
        for (index, qualifier) in qualifiers.enumerated() {
            text += index == 0 ? "?" : "&"
            text += qualifier.key
            text += "="
            PercentEncoding.append(qualifier.value, to: &text, keepingSlashes: false)
        }
        if let subpath {
            text += "#"
            PercentEncoding.append(subpath, to: &text, keepingSlashes: true)
        }
        return text
    }
}
