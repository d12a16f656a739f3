// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension VersionRangeSpecifier: CustomStringConvertible {
    /// Reads a range.
    ///
    /// - Parameters:
    ///   - text: the range, ASCII.
    ///   - rules: strict rules refuse whatever is not canonical; lenient ones sort.
    /// - Throws: ``AdvisoryError`` with code `badRange` and where possible the offset of the fault.
    public init(parsing text: String, rules: Rules = .strict) throws(AdvisoryError) {
        guard text.utf8.count <= VersionRangeSpecifier.longestText else {
            throw AdvisoryError(.tooLarge, "the range is longer than \(VersionRangeSpecifier.longestText) bytes")
        }
        let text = rules == .lenient ? text.filter { !$0.isWhitespace } : text
        let bytes = Array(text.utf8)
        if let index = bytes.firstIndex(where: { $0 <= 0x20 || $0 >= 0x7F }) {
            throw VersionRangeSpecifier.error("white space and other than ASCII characters are not allowed", at: index)
        }
        let scheme = "vers:"
        let prefix = text.prefix(scheme.count)
        guard prefix == scheme || (rules == .lenient && prefix.lowercased() == scheme) else {
            throw VersionRangeSpecifier.error("the text does not start with \"vers:\"", at: 0)
        }
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else {
            throw VersionRangeSpecifier.error("a \"/\" between type and constraints is missing", at: bytes.count)
        }
        let type = String(decoding: bytes[scheme.count..<slash], as: UTF8.self)
        guard rules == .lenient || type == type.lowercased() else {
            throw VersionRangeSpecifier.error("the type must be in lower case", at: scheme.count)
        }
        let constraints = try VersionRangeSpecifier.constraints(bytes, from: slash + 1, rules)
        try self.init(type: type, constraints: constraints)
        guard rules == .strict else {
            return
        }
        if self.constraints != constraints {
            throw VersionRangeSpecifier.error("the constraints are not sorted by version")
        }
        if let violation {
            throw VersionRangeSpecifier.error(violation)
        }
        if type == "datetime" {
            try requireTimestamps()
        }
    }

    private func requireTimestamps() throws(AdvisoryError) {
        for constraint in constraints where constraint.comparator != .any {
            guard Timestamp(constraint.version.utf8.span) != nil, constraint.version == constraint.version.uppercased()
            else {
                throw VersionRangeSpecifier.error("\"\(constraint.version)\" is not a canonical timestamp")
            }
        }
    }

    private static func constraints(
        _ bytes: [UInt8],
        from start: Int,
        _ rules: Rules
    ) throws(AdvisoryError)
        -> [Constraint]
    {
        guard start < bytes.count else {
            throw error("there are no constraints", at: start)
        }
        var constraints: [Constraint] = []
        var index = start
        while index <= bytes.count {
            let end = bytes[index...].firstIndex(of: UInt8(ascii: "|")) ?? bytes.count
            if index == end {
                guard rules == .lenient else {
                    throw error("a pipe stands at an end or beside another", at: index)
                }
            } else {
                constraints.append(try constraint(bytes, index..<end, rules))
            }
            index = end + 1
        }
        return constraints
    }

    private static func constraint(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ rules: Rules
    ) throws(AdvisoryError)
        -> Constraint
    {
        let text = bytes[range]
        if text.elementsEqual("*".utf8) {
            return Constraint(.any, "")
        }
        var comparator = Comparator.equal
        var length = 0
        for known in [Comparator.greaterOrEqual, .lessOrEqual, .notEqual, .less, .greater]
        where text.starts(with: known.rawValue.utf8) {
            comparator = known
            length = known.rawValue.utf8.count
            break
        }
        if length == 0, text.first == UInt8(ascii: "=") {
            guard rules == .lenient else {
                throw error("a single version takes no \"=\"", at: range.lowerBound)
            }
            length = 1
        }
        let version = (range.lowerBound + length)..<range.upperBound
        guard !version.isEmpty else {
            throw error("a version is missing", at: range.lowerBound)
        }
        return Constraint(comparator, try self.version(bytes, version, rules))
    }

    private static func version(_ bytes: [UInt8], _ range: Range<Int>, _ rules: Rules) throws(AdvisoryError) -> String {
        for index in range where isReserved(bytes[index]) && bytes[index] != UInt8(ascii: "%") {
            throw error("\"\(Character(Unicode.Scalar(bytes[index])))\" must be percent-encoded", at: index)
        }
        let decoded = try PercentEncoding.decoded(bytes.span, range, as: .badRange)
        guard decoded.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw error("a version holds printable ASCII alone", at: range.lowerBound)
        }
        if rules == .strict {
            try requireCanonicalTriplets(bytes, range)
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Triplets are in upper case and stand for characters that may not stand for themselves.
    private static func requireCanonicalTriplets(_ bytes: [UInt8], _ range: Range<Int>) throws(AdvisoryError) {
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "%") else {
                index += 1
                continue
            }
            let digits = bytes[(index + 1)...(index + 2)]
            let value = digits.reduce(UInt8(0)) { $0 << 4 | (PercentEncoding.hexValue($1) ?? 0) }
            let isPlain =
                VersionText.isAlphanumeric(value) || ".-_~:".utf8.contains(value)
            guard !digits.contains(where: VersionText.isLowercase), !isPlain else {
                throw error("the percent-encoding is not canonical", at: index)
            }
            index += 3
        }
    }

    /// Characters that have a meaning in a range and must be encoded inside a version.
    private static func isReserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "*"),
            UInt8(ascii: "|"), UInt8(ascii: "%"):
            true
        default: false
        }
    }

    /// The text in canonical form.
    public var description: String {
        "vers:\(type)/" + constraints.map(\.description).joined(separator: "|")
    }

    static func encoded(_ version: String) -> String {
        guard version.utf8.contains(where: { isReserved($0) || $0 <= 0x20 || $0 >= 0x7F }) else {
            return version
        }
        var text = ""
        for byte in version.utf8 {
            if isReserved(byte) || byte <= 0x20 || byte >= 0x7F {
                PercentEncoding.appendTriplet(byte, to: &text)
            } else {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return text
    }
}

extension VersionRangeSpecifier.Constraint: CustomStringConvertible {
    /// The constraint as it stands in a range.
    public var description: String {
        switch comparator {
        case .any: "*"
        case .equal: VersionRangeSpecifier.encoded(version)
        default: comparator.rawValue + VersionRangeSpecifier.encoded(version)
        }
    }
}
