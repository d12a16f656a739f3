// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import ReportFormats
import Yams

/// Formats of reports that users describe: `*.yaml` of `mappings` in the data folder, and files that are named.
enum ReportMappings {
    private static let largest = 256 * 1024
    /// Aliases stand for their whole text each time, so what they grow to is bounded.
    private static let mostValues = 20_000

    /// Those of a folder, in the order of their names; none where there is no folder.
    ///
    /// - Throws: ``CommandFailure`` where one cannot be read: a report would else be taken for another format's.
    static func inFolder(_ folder: String) throws -> [ReportMapping] {
        let path = folder + "/mappings"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw CommandFailure.couldNotRun("\(path) cannot be read: \(error.localizedDescription)")
        }
        return try names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.map { try read("\(path)/\($0)") }
    }

    /// - Throws: ``CommandFailure`` with what is wrong, and where in the mapping.
    static func read(_ path: String) throws -> ReportMapping {
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            data = try handle.read(upToCount: largest + 1) ?? Data()
        } catch {
            throw CommandFailure.badInput("\(path) cannot be read")
        }
        guard data.count <= largest, let text = String(validating: data, as: UTF8.self) else {
            throw CommandFailure.badInput("\(path) is no mapping: it wants UTF-8 text of at most \(largest) bytes")
        }
        if let line = YAMLNesting.tooDeep(in: text) {
            throw CommandFailure.badInput("\(path):\(line): nested deeper than any mapping is")
        }
        do {
            var rest = mostValues
            guard let root = try Yams.compose(yaml: text) else {
                throw CommandFailure.badInput("\(path) is empty")
            }
            return try ReportMapping(try value(root, &rest, path))
        } catch let error as ReportError {
            throw CommandFailure.badInput("\(path): \(error)")
        } catch let error as YamlError {
            throw CommandFailure.badInput("\(path): not YAML: \(error)")
        }
    }

    /// Every scalar is the text that stands there; a mapping has no use for YAML's types.
    private static func value(_ node: Node, _ rest: inout Int, _ path: String) throws -> JSONValue {
        rest -= 1
        guard rest >= 0 else { throw CommandFailure.badInput("\(path) has more than \(mostValues) values") }
        switch node {
        case .scalar(let scalar): return .string(Array(scalar.string.utf8))
        case .sequence(let nodes): return .array(try nodes.map { try value($0, &rest, path) })
        case .mapping(let members):
            return .object(
                try members.map { key, node in
                    guard let name = key.scalar?.string else {
                        throw CommandFailure.badInput("\(path): a name is wanted where a list or a mapping is one")
                    }
                    return JSONMember(name: Array(name.utf8), value: try value(node, &rest, path))
                }
            )
        case .alias: throw CommandFailure.badInput("\(path) has an alias to what is not there")
        }
    }
}

/// The option that names mappings.
struct MappingOptions: ParsableArguments {
    @Option(
        name: .customLong("mapping"),
        help: ArgumentHelp(
            "A format of your own, described in YAML; may be given several times.",
            discussion: "Those in the folder mappings beside the database are always used.",
            valueName: "file"
        )
    )
    var files: [String] = []

    /// Those that are named, before those of a folder.
    func mappings(folder: String?) throws -> [ReportMapping] {
        try files.map { try ReportMappings.read($0) } + (folder.map { try ReportMappings.inFolder($0) } ?? [])
    }
}
