// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension CPEName: CustomStringConvertible {
    /// The longest text that is read as a name.
    static let longestText = 4 * 1024

    /// Reads a formatted string (`cpe:2.3:...`) or a URI (`cpe:/...`).
    ///
    /// - Throws: ``AdvisoryError`` with code `badCPE` and the offset of the fault.
    public init(parsing text: String) throws(AdvisoryError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= CPEName.longestText else {
            throw CPEName.error("the name is longer than \(CPEName.longestText) bytes")
        }
        if let index = bytes.firstIndex(where: { $0 <= 0x20 || $0 >= 0x7F }) {
            throw CPEName.error("a name holds printable ASCII alone", at: index)
        }
        let lower = text.prefix(8).lowercased()
        if lower == "cpe:2.3:" {
            try self.init(formatted: bytes, from: 8)
        } else if lower.hasPrefix("cpe:/") {
            try self.init(uri: bytes, from: 5)
        } else {
            throw CPEName.error("the text starts neither with \"cpe:2.3:\" nor with \"cpe:/\"", at: 0)
        }
        if case .text(let part) = self[.part], ![[0x61], [0x68], [0x6F]].contains(part.bytes) {
            throw CPEName.error("the part must be a, h or o")
        }
    }

    static func error(_ message: String, at offset: Int? = nil) -> AdvisoryError {
        AdvisoryError(.badCPE, message, offset: offset)
    }

    // MARK: Formatted strings

    private init(formatted bytes: [UInt8], from start: Int) throws(AdvisoryError) {
        var values: [Value] = []
        var field: Range<Int> = start..<start
        var index = start
        while index <= bytes.count {
            if index == bytes.count || bytes[index] == UInt8(ascii: ":") {
                field = field.lowerBound..<index
                values.append(try CPEName.value(bytes, field))
                field = (index + 1)..<(index + 1)
            } else if bytes[index] == UInt8(ascii: "\\") {
                index += 1
            }
            index += 1
        }
        guard values.count == Attribute.allCases.count else {
            throw CPEName.error(
                "a name has \(Attribute.allCases.count) attributes, not \(values.count)",
                at: bytes.count
            )
        }
        self.init(values: values)
    }

    private static func value(_ bytes: [UInt8], _ field: Range<Int>) throws(AdvisoryError) -> Value {
        switch field.count {
        case 0: throw error("an attribute is empty", at: field.lowerBound)
        case 1 where bytes[field.lowerBound] == UInt8(ascii: "*"): return .any
        case 1 where bytes[field.lowerBound] == UInt8(ascii: "-"): return .notApplicable
        default: return .text(try text(bytes, field))
        }
    }

    /// Wildcards stand at the ends alone; a backslash takes the meaning of what follows it.
    private static func text(_ bytes: [UInt8], _ field: Range<Int>) throws(AdvisoryError) -> CPEText {
        var start = field.lowerBound
        let before = wildcard(bytes, &start, field.upperBound)
        var text: [UInt8] = []
        var index = start
        while index < field.upperBound, bytes[index] != UInt8(ascii: "*"), bytes[index] != UInt8(ascii: "?") {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 1
                guard index < field.upperBound else {
                    throw error("a backslash quotes nothing", at: index - 1)
                }
            }
            text.append(bytes[index])
            index += 1
        }
        let behind = wildcard(bytes, &index, field.upperBound)
        guard index == field.upperBound, !text.isEmpty else {
            throw error("a wildcard stands inside an attribute", at: index)
        }
        return CPEText(text, before: before, behind: behind)
    }

    private static func wildcard(_ bytes: [UInt8], _ index: inout Int, _ end: Int) -> CPEText.Wildcard {
        if index < end, bytes[index] == UInt8(ascii: "*") {
            index += 1
            return .unlimited
        }
        let start = index
        while index < end, bytes[index] == UInt8(ascii: "?") {
            index += 1
        }
        return .upTo(index - start)
    }

    // MARK: URIs

    /// Up to seven fields; an edition that starts with `~` holds five.
    private init(uri bytes: [UInt8], from start: Int) throws(AdvisoryError) {
        let fields = bytes[start...].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard fields.count <= 7 else {
            throw CPEName.error("a URI has at most 7 fields", at: start)
        }
        var values = [Value](repeating: .any, count: Attribute.allCases.count)
        for (index, field) in fields.enumerated() {
            if index == Attribute.edition.rawValue, field.first == UInt8(ascii: "~") {
                let packed = field.dropFirst().split(separator: UInt8(ascii: "~"), omittingEmptySubsequences: false)
                let targets: [Attribute] = [.edition, .softwareEdition, .targetSoftware, .targetHardware, .other]
                for (target, value) in zip(targets, packed) {
                    values[target.rawValue] = try CPEName.value(uriField: value)
                }
            } else {
                values[index] = try CPEName.value(uriField: field)
            }
        }
        self.init(values: values)
    }

    /// `%01` and `%02` are the wildcards `?` and `*`.
    private static func value(uriField field: ArraySlice<UInt8>) throws(AdvisoryError) -> Value {
        if field.isEmpty {
            return .any
        }
        if field.elementsEqual("-".utf8) {
            return .notApplicable
        }
        let bytes = Array(field)
        var decoded = try PercentEncoding.decoded(bytes.span, 0..<bytes.count, as: .badCPE)[...]
        let before = uriWildcard(&decoded, atEnd: false)
        let behind = uriWildcard(&decoded, atEnd: true)
        guard !decoded.isEmpty, decoded.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw error("a wildcard or a control character stands inside an attribute", at: field.startIndex)
        }
        return .text(CPEText(Array(decoded), before: before, behind: behind))
    }

    private static func uriWildcard(_ text: inout ArraySlice<UInt8>, atEnd: Bool) -> CPEText.Wildcard {
        func edge() -> UInt8? { atEnd ? text.last : text.first }
        if edge() == 0x02 {
            text = atEnd ? text.dropLast() : text.dropFirst()
            return .unlimited
        }
        var count = 0
        while edge() == 0x01 {
            text = atEnd ? text.dropLast() : text.dropFirst()
            count += 1
        }
        return .upTo(count)
    }

    /// The name as a formatted string.
    public var description: String {
        "cpe:2.3:" + values.map(CPEName.formatted).joined(separator: ":")
    }

    private static func formatted(_ value: Value) -> String {
        switch value {
        case .any: return "*"
        case .notApplicable: return "-"
        case .text(let text):
            var result = sign(text.before)
            for byte in text.bytes {
                let isPlain =
                    VersionText.isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
                    || (byte == UInt8(ascii: "-") && text.bytes.count > 1)
                result += isPlain ? "" : "\\"
                result.unicodeScalars.append(Unicode.Scalar(byte))
            }
            return result + sign(text.behind)
        }
    }

    private static func sign(_ wildcard: CPEText.Wildcard) -> String {
        switch wildcard {
        case .unlimited: "*"
        case .upTo(let count): String(repeating: "?", count: count)
        }
    }
}
