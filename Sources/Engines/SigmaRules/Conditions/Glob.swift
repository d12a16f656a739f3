// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Names with `*` for any run of characters.
enum Glob {
    static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (place, at) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while place < text.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, place)
                at += 1
            } else if at < pattern.count, pattern[at] == text[place] {
                at += 1
                place += 1
            } else if let last = star {
                // The last star takes one character more; earlier ones need not be looked at again.
                star = (last.pattern, last.text + 1)
                at = last.pattern + 1
                place = last.text + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

enum NearestIdentifier {
    static func suggestion(for word: String, among names: [String]) -> String {
        NearestName.of(word, in: Set(names)).map { "; did you mean \"\($0)\"?" } ?? ""
    }
}
