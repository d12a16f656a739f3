// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import ArgumentParser
import Bytes

/// `redoubt purl`: package URLs.
struct PURLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purl",
        abstract: "Read package URLs.",
        subcommands: [PURLParse.self]
    )
}

/// `redoubt purl parse`.
struct PURLParse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Take package URLs apart, one JSON object a line.",
        discussion: """
            {"purl": .., "type": .., "namespace": .., "name": .., "version": .., "qualifiers": {..}, "subpath": ..}, where \
            "purl" is the canonical text; what is no package URL gets {"error": ..}.
            """
    )

    @Argument(help: "Package URLs; without any, those of standard input, one a line.")
    var purls: [String] = []

    func run() throws {
        guard purls.isEmpty else {
            StandardOutput.write(purls.map { Self.parts(Array($0.utf8)) + "\n" }.joined())
            return
        }
        try InputLines.answer(tooLong: #"{"error":"the line is too long"}"#, Self.parts)
    }

    private static func parts(_ text: [UInt8]) -> String {
        var json = JSONWriter()
        json.beginObject()
        do {
            let purl = try PackageURL(parsing: text.span)
            json.key("purl")
            json.string(purl.description)
            json.key("type")
            json.string(purl.type)
            json.key("namespace")
            json.stringOrNull(purl.namespace)
            json.key("name")
            json.string(purl.name)
            json.key("version")
            json.stringOrNull(purl.version)
            json.key("qualifiers")
            json.beginObject()
            for qualifier in purl.qualifiers {
                json.key(qualifier.key)
                json.string(qualifier.value)
            }
            json.endObject()
            json.key("subpath")
            json.stringOrNull(purl.subpath)
        } catch {
            json.key("error")
            json.string("\(error)")
        }
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
