// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Yams

/// Reading values of YAML items, with errors that say which item of which file they are about.
struct RuleItem {
    let node: Node
    let context: LoadContext

    subscript(key: String) -> Node? {
        guard case .mapping(let mapping) = node else { return nil }
        for (name, value) in mapping where name.scalar?.string == key {
            return value
        }
        return nil
    }

    func has(_ key: String) -> Bool { self[key] != nil }

    /// A scalar that must be there.
    func text(_ key: String) throws(LoadError) -> String {
        guard let text = try optionalText(key) else {
            throw LoadError(.yamlValidate, "Item has no mapping for key '\(key)'", context)
        }
        return text
    }

    func optionalText(_ key: String) throws(LoadError) -> String? {
        guard let value = self[key] else { return nil }
        guard !value.isNothing else {
            throw LoadError(.yamlValidate, "Mapping for key '\(key)' is empty", context)
        }
        let inner = context.inner(.valueFor, key, value.mark)
        guard case .scalar(let scalar) = value else {
            throw LoadError(.yamlValidate, "Value is not a scalar value", inner)
        }
        guard !scalar.string.isEmpty else {
            throw LoadError(.yamlValidate, "Value must be non-empty", inner)
        }
        return scalar.string
    }

    func optionalBool(_ key: String) throws(LoadError) -> Bool? {
        guard let text = try optionalText(key) else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on", "y": return true
        case "false", "no", "off", "n": return false
        default:
            throw LoadError(
                .yamlValidate,
                "Can't decode YAML scalar value",
                context.inner(.valueFor, key, self[key]?.mark)
            )
        }
    }

    func optionalNumber(_ key: String) throws(LoadError) -> Int? {
        guard let text = try optionalText(key) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw LoadError(
                .yamlValidate,
                "Can't decode YAML scalar value",
                context.inner(.valueFor, key, self[key]?.mark)
            )
        }
        return number
    }

    func optionalTexts(_ key: String) throws(LoadError) -> [String]? {
        guard let value = self[key] else { return nil }
        let inner = context.inner(.valueFor, key, value.mark)
        guard case .sequence(let sequence) = value else {
            throw LoadError(.yamlValidate, "Value is not a sequence", inner)
        }
        var texts: [String] = []
        texts.reserveCapacity(sequence.count)
        for item in sequence {
            guard case .scalar(let scalar) = item else {
                throw LoadError(.yamlValidate, "sequence value is not scalar", inner.inner(.listItem, "", item.mark))
            }
            texts.append(scalar.string)
        }
        return texts
    }

    func texts(_ key: String) throws(LoadError) -> [String] {
        guard let texts = try optionalTexts(key) else {
            throw LoadError(.yamlValidate, "Item has no mapping for key '\(key)'", context)
        }
        return texts
    }

    /// A priority that must be there.
    func priority() throws(LoadError) -> RulePriority {
        let text = try text("priority")
        guard let priority = RulePriority(name: text) else {
            throw LoadError(
                .yamlValidate,
                "Invalid priority",
                context.inner(.rulePriority, "", self["priority"]?.mark)
            )
        }
        return priority
    }

    /// The names of all keys.
    var keys: [(name: String, mark: Mark?)] {
        guard case .mapping(let mapping) = node else { return [] }
        return mapping.map { ($0.key.scalar?.string ?? "", $0.key.mark) }
    }
}

extension Node {
    /// Whether nothing stands here, or one of YAML's words for it.
    var isNothing: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}

/// What is to be said of YAML before it is given to the parser, which recurses.
enum YAMLNesting {
    /// How far the text may nest.
    static let maximumDepth = 500
    /// The largest file.
    static let maximumSize = 16 << 20

    /// The offset at which the text may nest deeper than allowed; nil where it surely does not.
    ///
    /// Each level of a block is indented further than the one around it or stands behind one more dash; each level of
    /// a flow has a bracket. Brackets in texts count too, which only makes the bound narrower.
    static func offsetOfExcess(in text: [UInt8]) -> Int? {
        var brackets = 0
        var isAtLineStart = true
        var indentation = 0
        for (offset, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"):
                isAtLineStart = true
                indentation = 0
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets = max(0, brackets - 1)
            default: break
            }
            if isAtLineStart {
                switch byte {
                case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: "\t"):
                    indentation += 1
                default:
                    isAtLineStart = false
                }
            }
            if brackets > maximumDepth || indentation > maximumDepth {
                return offset
            }
        }
        return nil
    }
}
