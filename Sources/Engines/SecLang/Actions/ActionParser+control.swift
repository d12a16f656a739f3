// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching

extension ActionParser {
    /// `ctl:name=value`
    func control(_ piece: Piece) throws(SyntaxError) -> Control {
        let bytes = try value(piece)
        guard let separator = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            throw SyntaxError("ctl expects option=value", at: piece.valueStart)
        }
        let name = String(decoding: bytes[..<separator], as: UTF8.self).trimmingBlanks()
        let value = Self.unquoted(bytes[(separator + 1)...])
        let start = piece.valueStart
        switch name.lowercased() {
        case "ruleremovebyid", "ruleremovebytag", "ruleremovebymsg":
            return .removeRules(try selection(name.lowercased(), value, at: start))
        case "ruleremovetargetbyid", "ruleremovetargetbytag", "ruleremovetargetbymsg":
            return try targetRemoval(name.lowercased(), value, at: start)
        case "auditlogparts":
            return .auditLogParts(try Self.auditParts(value, at: start))
        case "debugloglevel":
            return .debugLogLevel(try Self.wholeNumber(value, at: start))
        case "requestbodylimit":
            return .requestBodyLimit(try Self.wholeNumber(value, at: start))
        case "responsebodylimit":
            return .responseBodyLimit(try Self.wholeNumber(value, at: start))
        default:
            return try switchControl(name, value.lossyText, at: start)
        }
    }

    /// The value in `ctl:ruleRemoveById='40'` without its quotes.
    private static func unquoted(_ value: ArraySlice<UInt8>) -> [UInt8] {
        let quote = UInt8(ascii: "'")
        guard value.count >= 2, value.first == quote, value.last == quote else {
            return Array(value)
        }
        return Array(value.dropFirst().dropLast())
    }

    private func switchControl(_ name: String, _ value: String, at start: Int) throws(SyntaxError) -> Control {
        switch name.lowercased() {
        case "auditengine":
            return .auditEngine(try Self.auditEngine(value, at: start))
        case "ruleengine":
            return .ruleEngine(try Self.ruleEngine(value, at: start))
        case "requestbodyaccess":
            return .requestBodyAccess(try Self.onOff(value, at: start))
        case "responsebodyaccess":
            return .responseBodyAccess(try Self.onOff(value, at: start))
        case "forcerequestbodyvariable":
            return .forceRequestBodyVariable(try Self.onOff(value, at: start))
        case "forceresponsebodyvariable":
            return .forceResponseBodyVariable(try Self.onOff(value, at: start))
        case "requestbodyprocessor":
            guard let processor = RequestBodyProcessor(rawValue: value.uppercased()) else {
                throw SyntaxError("unknown body processor \(value): URLENCODED, MULTIPART, XML, JSON or RAW", at: start)
            }
            return .requestBodyProcessor(processor)
        case "hashengine", "hashenforcement":
            throw SyntaxError("ctl:\(name) is not available: responses are not rewritten with hashes", at: start)
        case "responsebodyprocessor":
            throw SyntaxError("ctl:\(name) is not available: response bodies are not taken apart", at: start)
        default:
            throw SyntaxError(
                "unknown ctl option \(name)",
                at: start,
                hint: NearestName.hint(for: name, among: Self.controlNames)
            )
        }
    }

    private static let controlNames = [
        "auditEngine", "auditLogParts", "debugLogLevel", "forceRequestBodyVariable", "forceResponseBodyVariable",
        "requestBodyAccess", "requestBodyLimit", "requestBodyProcessor", "responseBodyAccess", "responseBodyLimit",
        "ruleEngine", "ruleRemoveById", "ruleRemoveByMsg", "ruleRemoveByTag", "ruleRemoveTargetById",
        "ruleRemoveTargetByMsg", "ruleRemoveTargetByTag",
    ]

    private func targetRemoval(_ name: String, _ value: [UInt8], at start: Int) throws(SyntaxError) -> Control {
        guard let separator = value.firstIndex(of: UInt8(ascii: ";")) else {
            throw SyntaxError("ctl:\(name) expects RULES;VARIABLE", at: start)
        }
        let selected = try selection(name, Array(value[..<separator]), at: start)
        let list = try TargetParser.parse(Array(value[(separator + 1)...]), slots: slots)
        let targets = list.targets + list.exclusions
        guard let target = targets.first, targets.count == 1 else {
            throw SyntaxError("ctl:\(name) takes one variable after `;`; write one ctl for each", at: start)
        }
        return .removeTarget(selected, target)
    }

    private func selection(_ name: String, _ value: [UInt8], at start: Int) throws(SyntaxError) -> RuleSelection {
        if name.hasSuffix("byid") {
            return .ids(try Self.idRanges(value.lossyText, at: start))
        }
        do {
            let regex = try Regex(value, options: [.dotMatchesLineEnds, .dollarMatchesEndOnly])
            return name.hasSuffix("bytag") ? .tag(regex) : .message(regex)
        } catch {
            throw SyntaxError("the pattern does not compile: \(error)", at: start)
        }
    }

    /// `1`, `1-5`, several of them with commas or blanks between.
    static func idRanges(_ text: String, at start: Int) throws(SyntaxError) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for word in text.split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }) {
            let bounds = word.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            switch (bounds.count, bounds.first ?? nil, bounds.last ?? nil) {
            case (1, let id?, _):
                ranges.append(id...id)
            case (2, let first?, let last?) where first <= last:
                ranges.append(first...last)
            default:
                throw SyntaxError("\(word) is neither a rule's id nor a range of ids", at: start)
            }
        }
        guard !ranges.isEmpty else {
            throw SyntaxError("expected the id of a rule or a range of ids", at: start)
        }
        return ranges
    }

    // MARK: Words shared with directives

    static func onOff(_ text: String, at start: Int = 0) throws(SyntaxError) -> Bool {
        switch text.lowercased() {
        case "on": return true
        case "off": return false
        default: throw SyntaxError("expected On or Off, got \(text)", at: start)
        }
    }

    static func ruleEngine(_ text: String, at start: Int = 0) throws(SyntaxError) -> RuleEngineMode {
        switch text.lowercased() {
        case "on": return .on
        case "off": return .off
        case "detectiononly": return .detectionOnly
        default: throw SyntaxError("expected On, Off or DetectionOnly, got \(text)", at: start)
        }
    }

    static func auditEngine(_ text: String, at start: Int = 0) throws(SyntaxError) -> AuditEngine {
        switch text.lowercased() {
        case "on": return .on
        case "off": return .off
        case "relevantonly": return .relevantOnly
        default: throw SyntaxError("expected On, Off or RelevantOnly, got \(text)", at: start)
        }
    }

    static func wholeNumber(_ value: [UInt8], at start: Int = 0) throws(SyntaxError) -> Int {
        guard let number = Int(value.lossyText), number >= 0 else {
            throw SyntaxError("expected a whole number, got \(value.lossyText)", at: start)
        }
        return number
    }

    static func auditParts(_ value: [UInt8], at start: Int = 0) throws(SyntaxError) -> AuditPartsChange {
        let sign = value.first
        let isChange = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
        let parts = (isChange ? Array(value.dropFirst()) : value).map { (0x61...0x7A).contains($0) ? $0 & 0xDF : $0 }
        guard !parts.isEmpty, parts.allSatisfy({ (0x41...0x4B).contains($0) || $0 == 0x5A }) else {
            throw SyntaxError("audit log parts are the letters A to K and Z, got \(value.lossyText)", at: start)
        }
        switch sign {
        case UInt8(ascii: "+"): return .add(parts)
        case UInt8(ascii: "-"): return .remove(parts)
        default: return .replace(parts)
        }
    }
}
