// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import EventBus
internal import HTTPTypes
internal import Storage

/// The part of the API that gives all that was recorded, and what happens now.
struct EventRoutes {
    let meters: ConsoleMeters
    /// How long a search may take.
    let deadline: Duration

    static let fields = [
        InputField("q", .text(maximum: 200), "A text that is somewhere in the event."),
        InputField("since", .start, "Not before; the last 24 hours where it is left out."),
        InputField("until", .start, "Before: a time, or how long ago."),
        InputField("severity", .choice(Severity.allCases.map(\.rawValue)), "This severity and above."),
        InputField("entity", .text(maximum: 300), "An entity that it concerns."),
        Cursors.limit,
        InputField("cursor", .text(maximum: 600), "Where the last page ended."),
    ]

    var all: [Route] {
        [
            .operation(
                .get,
                "/events",
                .granted(.see),
                id: "searchEvents",
                "Events as they were recorded (OCSF), newest first. A search that takes too long ends with a 503.",
                tag: "Events",
                query: Self.fields,
                answers: .shape("EventPage")
            ) { exchange in
                let page = try await search(exchange)
                return Reply(type: "application/json", Self.json(page.page, next: page.next))
            },
            .operation(
                .get,
                "/events/stream",
                .granted(.see),
                id: "streamEvents",
                "Events as they happen (server-sent events): each `event` has one in OCSF; `lost` says how many were too "
                    + "much for this client.",
                tag: "Events",
                answers: .text(),
                type: "text/event-stream"
            ) { exchange in
                let subscription = exchange.services.events.subscribe("console")
                return try LiveFeed.reply(meters) { put in
                    while let batch = await subscription.next() {
                        for index in 0..<batch.count { put(LiveFeed.event("event", batch.event(at: index))) }
                    }
                } end: {
                    exchange.services.events.unsubscribe(subscription)
                    subscription.cancel()
                }
            },
            .operation(
                .get,
                "/events/{transaction}",
                .granted(.see),
                id: "showEvent",
                "The event of an exchange, by the identifier that block pages and logs give.",
                tag: "Events",
                answers: .anything
            ) { exchange in
                Reply(type: "application/json", try await one(exchange))
            },
        ]
    }

    static let shapes = [
        DescribedShape(
            name: "EventPage",
            json: .object([
                "type": "object",
                "properties": .object([
                    "items": Schema.list(.anything).json, "next": Schema.nullable(.text()).json,
                    "damaged_blocks": Schema.integer.json,
                ]),
                "required": .array([.text("items"), .text("next"), .text("damaged_blocks")]),
            ])
        )
    ]

    /// The cursor of the store belongs to a stretch of time, so that ours carries it.
    func search(_ exchange: Exchange) async throws -> (page: EventPage, next: String?) {
        let input = exchange.query
        var query = EventQuery(
            from: input.start("since") ?? exchange.now - Times.day,
            to: input.start("until") ?? exchange.now + Times.minute,
            needles: input["q"].map { [Array($0.utf8)] } ?? [],
            severity: input["severity"].flatMap { EventSeverity($0) } ?? .unknown,
            entity: try input.value(Entity.self, "entity").map { EntityKey($0) },
            limit: input.integer("limit") ?? 50
        )
        if let text = input["cursor"] {
            let parts = text.split(separator: "~", maxSplits: 1)
            guard parts.count == 2 else {
                throw Problem(.badRequest, "bad_cursor", "the cursor is not one of this list")
            }
            let range = try exchange.services.cursors.open(String(parts[0]), list: Self.list, count: 2)
            (query.from, query.to, query.cursor) = (range[0], range[1], String(parts[1]))
        }
        let asked = query
        let page = try await meters.search {
            try await Deadline.run(deadline) { try await exchange.services.events.search(asked) }
        }
        let next = page.cursor.map {
            exchange.services.cursors.seal([asked.from, asked.to], list: Self.list) + "~" + $0
        }
        return (page, next)
    }

    private static let list = Array("events".utf8)

    private static func json(_ page: EventPage, next: String?) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: page.hits.reduce(64) { $0 + $1.bytes.count + 1 })
        json.beginObject()
        json.key("items")
        json.beginArray()
        for hit in page.hits { json.raw(hit.bytes) }
        json.endArray()
        json.key("next")
        json.stringOrNull(next)
        json.key("damaged_blocks")
        json.number(page.progress.damagedBlocks)
        json.endObject()
        return json.bytes
    }

    /// The event of a transaction. Its identifier begins with its time, so that little is searched.
    func one(_ exchange: Exchange) async throws -> [UInt8] {
        let name = exchange.parameters["transaction"] ?? ""
        guard (1...128).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C })
        else { throw Problem.notFound("event of this identifier") }
        var query = EventQuery(needles: [Array("\"uid\":\"\(name)\"".utf8)], limit: 1)
        if let time = TransactionName.time(of: name) {
            query.from = time - Times.minute
            query.to = time + Times.hour
        }
        let asked = query
        let page = try await meters.search {
            try await Deadline.run(deadline) { try await exchange.services.events.search(asked) }
        }
        guard let hit = page.hits.first else { throw Problem.notFound("event of this identifier that is still kept") }
        return hit.bytes
    }
}

extension EventSeverity {
    init(_ name: String) {
        self =
            switch name {
            case "low": .low
            case "medium": .medium
            case "high": .high
            case "critical": .critical
            default: .info
            }
    }
}

/// What block pages and logs call a transaction.
enum TransactionName {
    /// Of the year 2255: what is later is no time of a transaction, and would not fit into nanoseconds.
    private static let latest: Int64 = 900_000_000_000

    /// The time that it begins with, in hundredths of a second; what follows before the dot is a counter.
    ///
    /// - Returns: nanoseconds since 1970; nil for a name that others gave.
    static func time(of name: String) -> Int64? {
        let digits = name.utf8.prefix { $0 != UInt8(ascii: ".") }
        guard (12...18).contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let hundredths = Int64(name.prefix(12)), hundredths < latest
        else { return nil }
        return hundredths * 10_000_000
    }
}
