// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
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
