// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Suggests the known name that a misspelt one is closest to.
enum NearestName {
    /// `did you mean ARGS?`, or nil where nothing is close.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        let word = Array(name.lowercased().utf8.prefix(64))
        let limit = max(1, word.count / 3)
        let nearest =
            candidates
            .map { (name: $0, distance: distance(word, Array($0.lowercased().utf8.prefix(64)))) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return nearest.map { "did you mean \($0.name)?" }
    }

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
