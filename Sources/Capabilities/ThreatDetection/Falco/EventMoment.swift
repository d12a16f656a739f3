// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// When an event in JSON happened.
enum EventMoment {
    /// The time of the first of some members that is there, in nanoseconds since 1970.
    ///
    /// The members' names are looked for as bytes: a name inside of a string would have its quotes escaped.
    static func find(_ members: [String], in document: UnsafeBufferPointer<UInt8>) -> Int64? {
        for member in members {
            let name = Array("\"\(member)\":".utf8)
            guard let place = first(name, in: document) else { continue }
            var rest = document[(place + name.count)...].drop { $0 == 0x20 }
            if rest.first == UInt8(ascii: "\"") {
                rest = rest.dropFirst()
                let text = rest.prefix(while: { $0 != UInt8(ascii: "\"") }).prefix(64)
                if let time = time(String(decoding: text, as: UTF8.self)) { return time }
            } else if let number = Int64(String(decoding: rest.prefix { $0 >= 0x30 && $0 <= 0x39 }, as: UTF8.self)) {
                // Numbers are milliseconds, as GitHub writes them.
                return number.multipliedReportingOverflow(by: 1_000_000).partialValue
            }
        }
        return nil
    }

    private static func first(_ word: [UInt8], in text: UnsafeBufferPointer<UInt8>) -> Int? {
        guard word.count <= text.count else { return nil }
        var place = 0
        while place <= text.count - word.count {
            guard text[place] == word[0] else {
                place += 1
                continue
            }
            if text[place..<(place + word.count)].elementsEqual(word) { return place }
            place += 1
        }
        return nil
    }

    /// RFC 3339, with a fraction of any length, and `2026-01-02 03:04:05 UTC` as GitLab's bodies have it.
    static func time(_ text: String) -> Int64? {
        var text = text.replacingOccurrences(of: " UTC", with: "Z").replacingOccurrences(of: " ", with: "T")
        var fraction = 0.0
        if let point = text.firstIndex(of: ".") {
            let digits = text[text.index(after: point)...].prefix { $0.isNumber }
            fraction = Double("0.\(digits)") ?? 0
            text.removeSubrange(point..<digits.endIndex)
        }
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        return Int64(date.timeIntervalSince1970) * 1_000_000_000 + Int64(fraction * 1e9)
    }
}
