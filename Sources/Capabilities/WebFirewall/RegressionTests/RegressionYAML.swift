// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Yams

/// What the readers of test files and of overrides share.
enum RegressionYAML {
    /// Parses YAML, with the parser's message in our error.
    static func compose(_ text: String, path: String) throws -> Node {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw RegressionFileError(path: path, line: 0, message: "the file is empty")
            }
            return node
        } catch let error as YamlError {
            throw RegressionFileError(path: path, line: 0, message: "not YAML: \(error)")
        }
    }

    /// The members of a mapping by name; names outside of `known` are errors, with the nearest known name.
    static func members(_ node: Node, of what: String, known: Set<String>, path: String) throws -> [String: Node] {
        guard let mapping = node.mapping else {
            throw RegressionFileError(path: path, line: node.mark?.line ?? 0, message: "\(what) must be a mapping")
        }
        var members: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            guard known.contains(name) else {
                let nearest = NearestName.of(name, in: known).map { "; did you mean \"\($0)\"?" } ?? ""
                throw RegressionFileError(
                    path: path,
                    line: key.mark?.line ?? 0,
                    message: "\(what) has no member \"\(name)\"\(nearest)"
                )
            }
            members[name] = value
        }
        return members
    }
}

extension Node {
    /// Whether nothing stands here, or `null`.
    var isEmptyNode: Bool {
        guard let scalar else {
            return false
        }
        return scalar.style == .plain && (scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null")
    }
}

/// Finds the name that a misspelt one was probably meant to be.
package enum NearestName {
    /// The nearest candidate within two edits; ties go to the first in the alphabet.
    package static func of(_ name: String, in candidates: some Sequence<String>) -> String? {
        var best: (name: String, distance: Int)?
        for candidate in candidates.sorted() {
            let distance = distance(Array(name.utf8.prefix(64)), Array(candidate.utf8.prefix(64)))
            if distance <= 2, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// Levenshtein's distance.
    private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var row = Array(0...second.count)
        for (line, left) in first.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, right) in second.enumerated() {
                let replaced = diagonal + (left == right ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[second.count]
    }
}
