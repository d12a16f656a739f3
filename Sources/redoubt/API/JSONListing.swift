// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import WebFirewall

/// A list that the API gave, as a table, as the document itself, or a line for each of its elements.
struct JSONListing {
    /// What a column shows of an element.
    struct Column {
        var title: String
        var value: (JSONValue) -> String

        init(_ title: String, _ value: @escaping (JSONValue) -> String) {
            self.title = title
            self.value = value
        }

        /// The text of a member.
        init(_ title: String, _ member: String) {
            self.init(title) { $0.text(at: member) }
        }
    }

    var document: JSONValue
    var columns: [Column]
    /// What is said where there is nothing.
    var none: String

    private var elements: [JSONValue] { document["items"]?.elements ?? document.elements ?? [] }

    func write(_ format: OutputFormat) {
        switch format {
        case .text: StandardOutput.write(text)
        case .json: StandardOutput.write(document.line)
        case .ndjson: StandardOutput.write(elements.flatMap(\.line))
        }
    }

    private var text: String {
        guard !elements.isEmpty else { return none + "\n" }
        var table = TextTable(columns.map(\.title))
        for element in elements {
            table.add(columns.map { $0.value(element).shownInTerminal })
        }
        return table.text + (document["next"]?.text.map { "more: --cursor \($0)\n" } ?? "")
    }
}

extension JSONValue {
    init(_ text: String) {
        self = .string(Array(text.utf8))
    }

    /// The value as a line of JSON.
    var line: [UInt8] {
        var json = JSONWriter()
        json.value(self)
        json.endLine()
        return json.bytes
    }

    /// A member in words; empty where it is not there.
    func text(at member: String) -> String {
        guard let value = self[member] else { return "" }
        if let text = value.text { return text }
        if let number = value.integer { return String(number) }
        if let number = value.double { return String(format: "%.2f", number) }
        if let truth = value.bool { return truth ? "yes" : "no" }
        return value.elements.map { $0.compactMap(\.text).joined(separator: ", ") } ?? ""
    }

    /// All members of an object, a line each.
    var details: String {
        (members ?? []).filter { !$0.value.isNull }.map { member in
            let name = String(decoding: member.name, as: UTF8.self)
            let text: String
            if member.value.members != nil || member.value.elements?.contains(where: { $0.members != nil }) == true {
                text = String(decoding: member.value.line.dropLast(), as: UTF8.self)
            } else {
                text = self.text(at: name)
            }
            return
                "\(name.padding(toLength: max(name.count, 14), withPad: " ", startingAt: 0)) \(text.shownInTerminal)\n"
        }.joined()
    }
}

extension String {
    /// Without what would steer a terminal, or make text look as if it were somewhere else.
    var shownInTerminal: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: "\u{FFFD}"
                    default: scalar
                    }
                }
            )
        )
    }
}
