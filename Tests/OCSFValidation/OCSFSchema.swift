// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Foundation

/// The part of OCSF that our events are checked against, read from a table of its own form beside this file.
///
/// An event has to have what its class and objects require, nothing that they do not know, values of the right types, and
/// numbers and captions that fit one another. What has no place in OCSF belongs into `unmapped`, which may hold anything.
package struct OCSFSchema: Sendable {
    struct Attribute: Sendable {
        var type: String
        var isArray = false
        var isRequired = false
        /// Captions by value; empty where any value is allowed.
        var captions: [String: String] = [:]
    }

    /// A class, an object or a profile.
    struct Shape: Sendable {
        var name: String
        var attributes: [String: Attribute] = [:]
        var atLeastOne: [[String]] = []
        var justOne: [[String]] = []
        var category = 0
    }

    struct ValueType: Sendable {
        var base: String
        var range: ClosedRange<Int>?
        var maximum: Int?
        var pattern: String?
    }

    package let version = "1.6.0"
    private(set) var classes: [Int: Shape] = [:]
    private(set) var objects: [String: Shape] = [:]
    private(set) var profiles: [String: Shape] = [:]
    private(set) var types: [String: ValueType] = [:]

    /// A table that cannot be read.
    package struct TableError: Error, CustomStringConvertible {
        package var description: String
    }

    package init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("ocsf-1.6.0.txt")
        let text = try String(contentsOf: path, encoding: .utf8)
        var shape: (kind: String, number: Int, shape: Shape)?
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            guard words.count >= 2 else { throw TableError(description: "\(line)") }
            if line.hasPrefix("  ") {
                try Self.read(line.dropFirst(2), into: &shape)
                continue
            }
            keep(shape)
            shape = nil
            switch words[0] {
            case "type": try readType(line)
            case "class":
                guard words.count == 4, let number = Int(words[1]), let category = Int(words[3]) else {
                    throw TableError(description: "\(line)")
                }
                shape = ("class", number, Shape(name: words[2], category: category))
            case "object", "profile": shape = (words[0], 0, Shape(name: words[1]))
            default: throw TableError(description: "\(line)")
            }
        }
        keep(shape)
    }

    private mutating func keep(_ entry: (kind: String, number: Int, shape: Shape)?) {
        guard let entry else { return }
        switch entry.kind {
        case "class": classes[entry.number] = entry.shape
        case "object": objects[entry.shape.name] = entry.shape
        default: profiles[entry.shape.name] = entry.shape
        }
    }

    private mutating func readType(_ line: Substring) throws {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 3 else { throw TableError(description: "\(line)") }
        var type = ValueType(base: words[2])
        for word in words.dropFirst(3) {
            if word.hasPrefix("max=") { type.maximum = Int(word.dropFirst(4)) }
            if word.hasPrefix("range=") {
                let ends = word.dropFirst(6).components(separatedBy: "..").compactMap { Int($0) }
                if ends.count == 2, ends[0] <= ends[1] { type.range = ends[0]...ends[1] }
            }
            if word.hasPrefix("regex="), let start = line.firstRange(of: "regex=") {
                type.pattern = String(line[start.upperBound...])
                break
            }
        }
        types[words[1]] = type
    }

    private static func read(
        _ line: Substring,
        into shape: inout (kind: String, number: Int, shape: Shape)?
    ) throws {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        guard shape != nil, words.count >= 2 else { throw TableError(description: "\(line)") }
        if words[0] == "any" || words[0] == "one" {
            let names = line.split(separator: " ").dropFirst().map(String.init)
            if words[0] == "any" { shape?.shape.atLeastOne.append(names) } else { shape?.shape.justOne.append(names) }
            return
        }
        var attribute = Attribute(type: words[1])
        if attribute.type.hasSuffix("[]") {
            attribute.isArray = true
            attribute.type.removeLast(2)
        }
        attribute.isRequired = words[0].hasSuffix("!")
        for pair in words.count == 3 ? words[2].split(separator: "|") : [] {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw TableError(description: "\(line)") }
            attribute.captions[parts[0]] = parts[1]
        }
        shape?.shape.attributes[attribute.isRequired ? String(words[0].dropLast()) : words[0]] = attribute
    }
}
