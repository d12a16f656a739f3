// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes
internal import Foundation

extension OCSFSchema {
    /// All that is wrong with an event, each with the path of the attribute: `metadata.product: is missing`.
    package func problems(in line: [UInt8]) -> [String] {
        do {
            return problems(in: try JSONReader.read(line))
        } catch {
            return ["no JSON: \(error)"]
        }
    }

    package func problems(in event: JSONValue) -> [String] {
        guard event.members != nil else { return ["no object"] }
        guard let number = event["class_uid"]?.integer else { return ["class_uid: is missing"] }
        guard var shape = classes[number] else { return ["class_uid: \(number) is not in the table"] }
        var problems = problemsOfNumbers(event, number, shape)
        for profile in event["metadata"]?["profiles"]?.elements ?? [] {
            guard let name = profile.text, let more = profiles[name] else {
                problems.append("metadata.profiles: \(profile.text ?? "?") is not in the table")
                continue
            }
            for (name, attribute) in more.attributes {
                // What a profile says of an attribute goes before what the class says.
                let captions = attribute.captions.isEmpty ? shape.attributes[name]?.captions ?? [:] : attribute.captions
                shape.attributes[name] = attribute
                shape.attributes[name]?.captions = captions
            }
        }
        check(event, as: shape, at: "", &problems)
        return problems
    }

    private func problemsOfNumbers(_ event: JSONValue, _ number: Int, _ shape: Shape) -> [String] {
        var problems: [String] = []
        if event["metadata"]?["version"]?.text != version {
            problems.append("metadata.version: is not \(version)")
        }
        if event["category_uid"]?.integer != shape.category {
            problems.append("category_uid: is not \(shape.category)")
        }
        let activity = event["activity_id"]?.integer ?? 0
        if event["type_uid"]?.integer != number * 100 + activity {
            problems.append("type_uid: is not \(number * 100 + activity)")
        }
        return problems
    }

    private func check(_ value: JSONValue, as shape: Shape, at path: String, _ problems: inout [String]) {
        guard let members = value.members else {
            problems.append("\(path): is \(value.kind), not an object (\(shape.name))")
            return
        }
        var seen: Set<String> = []
        for member in members {
            let name = String(decoding: member.name, as: UTF8.self)
            let place = path.isEmpty ? name : "\(path).\(name)"
            if !seen.insert(name).inserted { problems.append("\(place): is there twice") }
            guard let attribute = shape.attributes[name] else {
                problems.append("\(place): \(shape.name) has no such attribute")
                continue
            }
            check(member.value, attribute, name, of: value, in: shape, at: place, &problems)
        }
        for (name, attribute) in shape.attributes where attribute.isRequired && !seen.contains(name) {
            problems.append("\(path.isEmpty ? name : "\(path).\(name)"): is missing")
        }
        let place = path.isEmpty ? shape.name : path
        for names in shape.atLeastOne where seen.isDisjoint(with: names) {
            problems.append("\(place): needs one of \(names.joined(separator: ", "))")
        }
        for names in shape.justOne where seen.intersection(names).count != 1 {
            problems.append("\(place): needs just one of \(names.joined(separator: ", "))")
        }
    }

    private func check(
        _ value: JSONValue,
        _ attribute: Attribute,
        _ name: String,
        of parent: JSONValue,
        in shape: Shape,
        at path: String,
        _ problems: inout [String]
    ) {
        guard attribute.isArray else {
            checkOne(value, attribute, at: path, &problems)
            checkCaption(value, attribute, name, of: parent, in: shape, at: path, &problems)
            return
        }
        guard let elements = value.elements else {
            problems.append("\(path): is \(value.kind), not an array")
            return
        }
        for (index, element) in elements.enumerated() {
            checkOne(element, attribute, at: "\(path)[\(index)]", &problems)
        }
    }

    private func checkOne(_ value: JSONValue, _ attribute: Attribute, at path: String, _ problems: inout [String]) {
        if attribute.type == "object" {
            if value.members == nil { problems.append("\(path): is \(value.kind), not an object") }
        } else if let type = types[attribute.type] {
            if let problem = problem(of: value, type) { problems.append("\(path): \(problem)") }
        } else if let shape = objects[attribute.type] {
            check(value, as: shape, at: path, &problems)
        } else {
            problems.append("\(path): the object \(attribute.type) is not in the table")
        }
        guard !attribute.captions.isEmpty else { return }
        let text = value.integer.map { "\($0)" } ?? value.text ?? ""
        if attribute.captions[text] == nil { problems.append("\(path): \(text) is none of its values") }
    }

    /// The attribute beside `x_id` is `x`, and says in words what the number says.
    private func checkCaption(
        _ value: JSONValue,
        _ attribute: Attribute,
        _ name: String,
        of parent: JSONValue,
        in shape: Shape,
        at path: String,
        _ problems: inout [String]
    ) {
        guard name.hasSuffix("_id"), let number = value.integer, number != 99 else { return }
        let sibling = name == "activity_id" ? "activity_name" : String(name.dropLast(3))
        guard shape.attributes[sibling] != nil, let text = parent[sibling]?.text,
            let caption = attribute.captions["\(number)"], text != caption
        else { return }
        problems.append("\(path): is \(number), \(caption), and \(sibling) says \(text)")
    }

    private func problem(of value: JSONValue, _ type: ValueType) -> String? {
        switch type.base {
        case "json_t": return nil
        case "boolean_t": return value.bool == nil ? "is \(value.kind), not a boolean" : nil
        case "float_t": return value.double == nil ? "is \(value.kind), not a number" : nil
        case "integer_t", "long_t":
            guard let number = value.integer, case .integer = value else { return "is \(value.kind), not an integer" }
            if type.base == "integer_t", Int32(exactly: number) == nil { return "\(number) has more than 32 bits" }
            return type.range?.contains(number) == false ? "\(number) is out of range" : nil
        default:
            guard let bytes = value.bytes else { return "is \(value.kind), not a string" }
            guard let text = String(validating: bytes, as: UTF8.self) else { return "is not UTF-8" }
            if let maximum = type.maximum, text.count > maximum { return "is longer than \(maximum)" }
            guard let pattern = type.pattern else { return nil }
            let isMatch = text.range(of: pattern, options: .regularExpression) != nil
            return isMatch ? nil : "\"\(text)\" does not have the form of its type"
        }
    }
}
