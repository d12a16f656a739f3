// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import HTTPTypes
internal import Policy

/// The part of the API that tells what leaves Redoubt, and how it is used.
enum OutputRoutes {
    static let all: [Route] = outputs + usage

    /// Whatever is done here is recorded with who did it; a reason may be given.
    static let choice = [
        InputField("id", .text(maximum: 64), "One message, by its identifier."),
        InputField("output", .text(maximum: 64), "All of one output."),
        InputField("all", .flag, "All of them."),
    ]
    static let output = InputField("output", .text(maximum: 64), "Those of one output.")

    private static let outputs: [Route] = [
        .operation(
            .get,
            "/outputs",
            .granted(.see),
            id: "listOutputs",
            "Where events go, and how that works.",
            tag: "Outputs",
            answers: .shape("OutputList")
        ) { exchange in
            let states = try await exchange.services.outputs.list()
            return .json(.object(["items": .array(states.map(OutputShapes.output.json))]))
        },
        .operation(
            .post,
            "/outputs/{name}/test",
            .granted(.administer),
            id: "testOutput",
            "Sends a test to an output, now.",
            tag: "Outputs",
            body: [],
            answers: .shape("OutputTest")
        ) { exchange in
            let name = exchange.parameters["name"] ?? ""
            let result = try await exchange.services.outputs.test(name)
            return .json(.object(["output": .text(name), "result": .text(result)]))
        },
        .operation(
            .get,
            "/outputs/dead-letters",
            .granted(.see),
            id: "listDeadLetters",
            "Messages that no receiver took, newest first.",
            tag: "Outputs",
            query: [output] + Cursors.fields,
            answers: .shape("DeadLetterPage")
        ) { exchange in
            let (messages, next) = try await page(exchange)
            return .json(OutputShapes.message.page(messages, next: next))
        },
        .operation(
            .post,
            "/outputs/dead-letters/retry",
            .granted(.administer),
            id: "retryDeadLetters",
            "Sends messages again that were given up.",
            tag: "Outputs",
            body: choice,
            answers: .shape("DeadLetterCount")
        ) { exchange in
            .json(.object(["count": .integer(try await retry(exchange))]))
        },
        .operation(
            .post,
            "/outputs/dead-letters/drop",
            .granted(.administer),
            id: "dropDeadLetters",
            "Removes messages for good that were given up.",
            tag: "Outputs",
            body: choice,
            answers: .shape("DeadLetterCount")
        ) { exchange in
            .json(.object(["count": .integer(try await drop(exchange))]))
        },
    ]

    private static let usage: [Route] = [
        .operation(
            .get,
            "/usage",
            .granted(.see),
            id: "showUsage",
            "How Redoubt was used, counted on this machine.",
            tag: "Usage",
            query: [InputField("days", .integer(1...400), "How many days; 7 where it is left out.")],
            answers: .shape("Usage")
        ) { exchange in
            .json(
                OutputShapes.usage.json(try await exchange.services.usage.report(exchange.query.integer("days") ?? 7))
            )
        },
        .operation(
            .get,
            "/usage/preview",
            .granted(.see),
            id: "previewUsage",
            "The exact document that would be sent.",
            tag: "Usage",
            answers: .anything
        ) { exchange in
            Reply(type: "application/json", try await exchange.services.usage.preview())
        },
        change("/usage/enable", "enableUsage", "Lets reports be sent.") { services, author in
            try await services.usage.enable(true, author)
        },
        change("/usage/disable", "disableUsage", "Lets no report be sent.") { services, author in
            try await services.usage.enable(false, author)
        },
        change("/usage/reset", "resetUsage", "Forgets what was counted, and takes another identifier.") {
            services,
            author in try await services.usage.reset(author)
        },
    ]

    private static func change(
        _ path: String,
        _ id: String,
        _ summary: String,
        _ change: @escaping @Sendable (ConsoleServices, Authorship) async throws -> Void
    ) -> Route {
        .operation(
            .post,
            path,
            .granted(.administer),
            id: id,
            summary,
            tag: "Usage",
            body: [],
            answers: .shape("Usage")
        ) { exchange in
            try await change(exchange.services, try author(exchange))
            return .json(OutputShapes.usage.json(try await exchange.services.usage.report(7)))
        }
    }

    // MARK: Work that pages share

    static func page(_ exchange: Exchange) async throws -> (messages: [UndeliveredMessage], next: String?) {
        let cursors = Cursors(exchange)
        let place = try cursors.number()
        let limit = cursors.limit
        var messages = try await exchange.services.outputs.deadLetters(exchange.query["output"], place, limit + 1)
        guard messages.count > limit else { return (messages, nil) }
        messages = Array(messages.prefix(limit))
        return (messages, messages.last.flatMap { cursors.seal(number: $0.number) })
    }

    static func retry(_ exchange: Exchange) async throws -> Int {
        let choice = try choose(exchange)
        return try checked(try await exchange.services.outputs.retry(choice, try author(exchange)), choice)
    }

    static func drop(_ exchange: Exchange) async throws -> Int {
        let choice = try choose(exchange)
        return try checked(try await exchange.services.outputs.drop(choice, try author(exchange)), choice)
    }

    private static func checked(_ count: Int, _ choice: UndeliveredChoice) throws(Problem) -> Int {
        if case .one = choice, count == 0 { throw .notFound("message of this identifier that was given up") }
        return count
    }

    private static func choose(_ exchange: Exchange) throws(Problem) -> UndeliveredChoice {
        let body = exchange.body
        switch (body["id"], body["output"], body.flag("all")) {
        case (let id?, nil, false): return .one(id: id)
        case (nil, let output?, false): return .output(output)
        case (nil, nil, true): return .all
        default: throw .invalid("expected one of id, output, or all")
        }
    }

    static func author(_ exchange: Exchange) throws -> Authorship {
        Authorship(try exchange.principal.name, because: "asked for", at: exchange.now)
    }
}

enum OutputShapes {
    static let output = Shape<OutputState>(
        name: "Output",
        members: [
            .always("name", .text()) { .text($0.name) },
            .always("kind", .choice(["file", "syslog", "webhook"])) { .text($0.kind) },
            .always("target", .text(), "Where events go, without what may be secret.") { .text($0.target) },
            .always("events", .list(.text()), "What is sent.") { .array($0.topics.map { .text($0) }) },
            .always("running", .boolean) { .bool($0.isRunning) },
            .always("sent", .integer) { .integer($0.sent) },
            .always("failures", .integer, "Attempts that failed.") { .integer($0.failures) },
            .always("waiting", .integer) { .integer($0.waiting) },
            .always("dead", .integer, "Messages that were given up.") { .integer($0.dead) },
            .always("lost", .integer, "Events that will never arrive.") { .integer($0.lostEvents) },
            .sometimes("failure", .text(), "What is the matter.") { $0.failure.map { .text($0) } },
        ]
    )

    static let message = Shape<UndeliveredMessage>(
        name: "DeadLetter",
        members: [
            .always("id", .identifier, "What the receiver knows it by: webhook-id.") { .text($0.id) },
            .always("output", .text()) { .text($0.output) },
            .always("events", .text(), "What it tells of.") { .text($0.topic) },
            .always("made", .time) { .time($0.made) },
            .always("given_up", .time) { .time($0.ended) },
            .always("attempts", .integer) { .integer($0.attempts) },
            .sometimes("status", .integer, "What the receiver answered last.") { $0.status.map { .integer($0) } },
            .always("error", .text()) { .text($0.error) },
            .always("bytes", .integer) { .integer($0.bytes) },
        ]
    )

    static let counter = Shape<UsageView.Counter>(
        name: "UsageCounter",
        members: [
            .always("capability", .text()) { .text($0.capability) },
            .always("name", .text()) { .text($0.name) },
            .always("title", .text()) { .text($0.title) },
            .always("count", .integer) { .integer($0.count) },
        ]
    )

    static let usage = Shape<UsageView>(
        name: "Usage",
        members: [
            .always("enabled", .boolean, "Whether reports may be sent.") { .bool($0.isEnabled) },
            .always("installation", .text(), "Random.") { .text($0.installation) },
            .always("since", .time) { .time($0.since) },
            .sometimes("sent", .time, "When a report was sent last.") { $0.sent.map { .time($0) } },
            .sometimes("failure", .text()) { $0.failure.map { .text($0) } },
            .sometimes("target", .text(), "Where reports would go.") { $0.target.map { .text($0) } },
            .always("days", .integer) { .integer($0.days) },
            .always("until", .text()) { .text($0.until) },
            .always("counters", .list(.shape("UsageCounter"))) { .array($0.counters.map(counter.json)) },
        ]
    )

    static var all: [DescribedShape] {
        [
            output.described, message.described, .page(of: "DeadLetter"), counter.described, usage.described,
            object("OutputList", ["items": Schema.list(.shape("Output"))]),
            object("OutputTest", ["output": .text(), "result": .text()]),
            object("DeadLetterCount", ["count": .integer]),
        ]
    }

    private static func object(_ name: String, _ members: KeyValuePairs<String, Schema>) -> DescribedShape {
        DescribedShape(
            name: name,
            json: .object([
                "type": "object", "additionalProperties": .bool(false),
                "properties": .object(members.map { JSONMember(name: Array($0.key.utf8), value: $0.value.json) }),
                "required": .array(members.map { .text($0.key) }),
            ])
        )
    }
}

extension Problem {
    init(output error: OutputFailure) {
        switch error.code {
        case .notFound: self.init(.notFound, error.code.rawValue, error.message)
        case .refused: self.init(.badGateway, error.code.rawValue, error.message)
        case .unavailable:
            self.init(.serviceUnavailable, error.code.rawValue, error.message)
            retryAfterSeconds = 5
        }
    }
}
