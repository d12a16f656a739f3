// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What was seen of one stage of a regression test.
package struct StageObservation: Sendable {
    /// The status of the answer; nil where there was none.
    package var status: Int?
    /// Whether the HTTP parser refused the request.
    package var isRefused: Bool
    /// The error-log lines of this request.
    package var log: [[UInt8]]
    /// The body of the answer.
    package var body: [UInt8]

    package init(status: Int?, isRefused: Bool = false, log: [[UInt8]] = [], body: [UInt8] = []) {
        self.status = status
        self.isRefused = isRefused
        self.log = log
        self.body = body
    }
}

/// Compares what was seen of a stage with what is expected.
package struct RegressionJudge {
    private var patterns: [String: LogPattern] = [:]

    package init() {}

    /// The ways in which a stage disappoints; empty where it passes.
    package mutating func failures(of observation: StageObservation, expected: RegressionTest.Output) -> [String] {
        if expected.expectsError == true {
            return observation.status == nil || observation.isRefused
                ? [] : ["no proper answer was expected, but status \(describe(observation.status)) came"]
        }
        var failures: [String] = []
        if observation.status == nil {
            failures.append("the server gave no answer")
        }
        if !isStatusFine(observation, expected: expected) {
            let wanted = expected.status.map { String($0) }.joined(separator: " or ")
            failures.append("status \(wanted) was expected, \(describe(observation.status)) came")
        }
        failures += idFailures(of: observation, expected: expected)
        failures += patternFailures(of: observation, expected: expected)
        return failures
    }

    /// 400 and 403 without an expectation about the log mean that the HTTP parser refuses the request, with
    /// whatever status it deems right.
    private func isStatusFine(_ observation: StageObservation, expected: RegressionTest.Output) -> Bool {
        guard !expected.status.isEmpty else {
            return true
        }
        if let status = observation.status, expected.status.contains(status) {
            return true
        }
        let meansRefusal = expected.status.contains(400) || expected.status.contains(403)
        return meansRefusal && observation.isRefused && !expected.judgesLog
    }

    private func idFailures(of observation: StageObservation, expected: RegressionTest.Output) -> [String] {
        guard expected.isIsolated || !expected.expectedIDs.isEmpty || !expected.unexpectedIDs.isEmpty else {
            return []
        }
        let found = Set(observation.log.flatMap { LogIDs.all(in: $0) })
        var failures = expected.expectedIDs.filter { !found.contains($0) }.map { "rule \($0) is not in the log" }
        failures += expected.unexpectedIDs.filter { found.contains($0) }.map { "rule \($0) is in the log" }
        if expected.isIsolated {
            let others = found.subtracting(expected.expectedIDs).sorted().map { String($0) }
            if !others.isEmpty {
                failures.append("rules \(others.joined(separator: ", ")) are in the log of an isolated test")
            }
        }
        return failures
    }

    private mutating func patternFailures(
        of observation: StageObservation,
        expected: RegressionTest.Output
    ) -> [String] {
        var failures: [String] = []
        if let pattern = expected.logContains {
            failures += check(pattern, in: observation.log, wanted: true, place: "the log")
        }
        if let pattern = expected.noLogContains {
            failures += check(pattern, in: observation.log, wanted: false, place: "the log")
        }
        if let pattern = expected.responseContains {
            failures += check(pattern, in: [observation.body], wanted: true, place: "the response")
        }
        return failures
    }

    private mutating func check(_ text: String, in lines: [[UInt8]], wanted: Bool, place: String) -> [String] {
        let pattern: LogPattern
        do {
            pattern = try patterns[text] ?? LogPattern(text)
        } catch {
            return ["the pattern /\(text)/ is not a regular expression: \(error)"]
        }
        patterns[text] = pattern
        guard lines.contains(where: { pattern.matches($0) }) != wanted else {
            return []
        }
        return [wanted ? "/\(text)/ is not in \(place)" : "/\(text)/ is in \(place)"]
    }

    private func describe(_ status: Int?) -> String {
        status.map { String($0) } ?? "none"
    }
}

/// Finds the rule ids in a line of an error log: `[id "942100"]`, or `"id":942100` in JSON.
package enum LogIDs {
    package static func all(in line: [UInt8]) -> [Int] {
        var ids: [Int] = []
        for marker in markers {
            var index = 0
            while let start = ByteSearch.firstIndex(of: marker, in: line, from: index) {
                index = start + marker.count
                var number = 0
                var digits = 0
                if index < line.count, line[index] == UInt8(ascii: "\"") {
                    index += 1
                }
                while index < line.count, digits < 15, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(line[index]) {
                    number = number * 10 + Int(line[index] - UInt8(ascii: "0"))
                    digits += 1
                    index += 1
                }
                if digits > 0 {
                    ids.append(number)
                }
            }
        }
        return ids
    }

    private static let markers: [[UInt8]] = ["[id ", "\"id\":", "\"ruleId\":"].map { Array($0.utf8) }
}

/// Looks for bytes in bytes.
enum ByteSearch {
    /// The first place of `needle`, which must not be empty, at or behind `start`.
    static func firstIndex(of needle: [UInt8], in haystack: [UInt8], from start: Int = 0) -> Int? {
        guard let first = needle.first, haystack.count >= needle.count, start >= 0 else {
            return nil
        }
        return haystack.withUnsafeBufferPointer { bytes in
            var index = start
            while index <= bytes.count - needle.count {
                if bytes[index] == first, bytes[index..<(index + needle.count)].elementsEqual(needle) {
                    return index
                }
                index += 1
            }
            return nil
        }
    }
}

/// A regular expression over log lines; one without special characters is searched for as plain bytes.
struct LogPattern {
    private enum Kind {
        case literal([UInt8])
        case expression(Regex<AnyRegexOutput>)
    }

    private let kind: Kind

    init(_ text: String) throws {
        if text.utf8.contains(where: { Self.special.contains($0) }) || text.isEmpty {
            kind = .expression(try Regex(text).matchingSemantics(.unicodeScalar))
        } else {
            kind = .literal(Array(text.utf8))
        }
    }

    func matches(_ line: [UInt8]) -> Bool {
        switch kind {
        case .literal(let literal):
            ByteSearch.firstIndex(of: literal, in: line) != nil
        case .expression(let expression):
            String(decoding: line, as: UTF8.self).firstMatch(of: expression) != nil
        }
    }

    private static let special = Set("\\^$.|?*+()[]{}".utf8)
}
