// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Suggests the known name that a misspelt one is closest to.
package enum NearestName {
    /// The nearest candidate, upper and lower case being alike; ties go to the first in the alphabet.
    ///
    /// - Returns: nil where every candidate is more than a third of the name away.
    package static func of(_ name: String, in candidates: some Sequence<String>) -> String? {
        let word = Array(name.lowercased().utf8.prefix(longest))
        let limit = max(1, (word.count + 2) / 3)
        return
            candidates
            .map { (name: $0, distance: distance(word, Array($0.lowercased().utf8.prefix(longest)))) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?
            .name
    }

    /// `did you mean ARGS?`, or nil where nothing is close.
    package static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        of(name, in: candidates).map { "did you mean \($0)?" }
    }

    /// Longer names are compared by their beginnings: the comparison takes the product of both lengths.
    private static let longest = 64

    /// Levenshtein's distance, one row at a time.
    private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var row = Array(0...second.count)
        for (i, a) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in second.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
                diagonal = above
            }
        }
        return row[second.count]
    }
}
