// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Yams

/// Turns YAML records into the JSON values that the readers take.
enum YAMLRecords {
    static func read(_ bytes: [UInt8]) throws -> JSONValue {
        guard let node = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self)) else {
            return .null
        }
        return value(node)
    }

    /// Scalars stay text, whatever they look like: a version such as `1.10` is no number.
    private static func value(_ node: Node) -> JSONValue {
        switch node {
        case .scalar(let scalar):
            return .string(Array(scalar.string.utf8))
        case .sequence(let sequence):
            return .array(sequence.map(value))
        case .mapping(let mapping):
            return .object(mapping.map { JSONMember(name: Array(($0.string ?? "").utf8), value: value($1)) })
        case .alias:
            return .null
        }
    }
}
