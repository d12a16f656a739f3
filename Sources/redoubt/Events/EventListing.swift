// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import EventBus
import Foundation
import Storage
import WebFirewall

/// Recorded exchanges as a table or as one JSON document.
struct EventListing {
    private let page: EventPage

    init(_ page: EventPage) {
        self.page = page
    }

    /// What a row shows of an event's JSON.
    private struct Exchange: Decodable {
        struct Source: Decodable { var ip: String? }
        struct Location: Decodable { var path: String? }
        struct Request: Decodable {
            var http_method: String?
            var url: Location?
        }
        struct Answer: Decodable { var code: Int? }
        struct Rule: Decodable { var uid: Int }
        struct Details: Decodable {
            var refusal: String?
            var blocked_by: Int?
            var would_block_by: Int?
            var rules: [Rule]?
        }
        var src_endpoint: Source?
        var http_request: Request?
        var http_response: Answer?
        var unmapped: Details?
    }

    var text: String {
        var table = TextTable(
            ["TIME", "CLIENT", "REQUEST", "STATUS", "OUTCOME", "RULES"],
            alignments: [.left, .left, .left, .right]
        )
        for hit in page.hits {
            let exchange = try? JSONDecoder().decode(Exchange.self, from: Data(hit.bytes))
            let request = [exchange?.http_request?.http_method, exchange?.http_request?.url?.path]
            table.add([
                Self.time(hit.facts.time), exchange?.src_endpoint?.ip?.shownInTerminal ?? "?",
                exchange == nil ? "(not read)" : Self.short(request.compactMap { $0 }.joined(separator: " ")),
                exchange?.http_response?.code.map(String.init) ?? "", Self.outcome(exchange?.unmapped),
                Self.rules(exchange?.unmapped),
            ])
        }
        var text = table.isEmpty ? "no events\n" : table.text
        if let cursor = page.cursor {
            text += "more: --cursor \(cursor)\n"
        }
        return text
    }

    /// `{"events":[...],"cursor":"..."}`
    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("events")
        json.beginArray()
        for hit in page.hits { json.raw(hit.bytes) }
        json.endArray()
        json.key("cursor")
        json.stringOrNull(page.cursor)
        json.endObject()
        json.endLine()
        return json.bytes
    }

    private static func time(_ nanoseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(nanoseconds) / 1e9)
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    private static func short(_ text: String) -> String {
        (text.count > 60 ? text.prefix(59) + "…" : text).shownInTerminal
    }

    private static func outcome(_ details: Exchange.Details?) -> String {
        guard let details else { return "passed" }
        if let refusal = details.refusal { return "refused: \(refusal)" }
        if details.blocked_by != nil { return "blocked" }
        return details.would_block_by != nil ? "would be blocked" : "passed"
    }

    private static func rules(_ details: Exchange.Details?) -> String {
        let deciding = details?.blocked_by ?? details?.would_block_by
        var rules = (details?.rules ?? []).map(\.uid).filter { $0 != deciding }
        if let deciding { rules.insert(deciding, at: 0) }
        let shown = rules.prefix(4).map(String.init).joined(separator: " ")
        return rules.count > 4 ? "\(shown) and \(rules.count - 4) more" : shown
    }
}
