// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import Incidents
internal import Policy

/// The objects of the API that are about jobs and what they find.
enum JobShapes {
    static let job = Shape<Job>(
        name: "Job",
        members: [
            .always("id", .identifier) { .text("\($0.id)") },
            .always("kind", .choice(Job.Kind.allCases.map(\.rawValue))) { .text($0.kind.rawValue) },
            .always("subject", .text(), "What it is about, such as waf/app:shop.") { .text($0.subject) },
            .always("owner", .text(), "Who asked for it.") { .text($0.owner) },
            .always("made", .time) { .time($0.made) },
            .sometimes("ended", .time) { $0.ended.map { .time($0) } },
            .always("state", .choice(Job.State.allCases.map(\.rawValue))) { .text($0.state.rawValue) },
            .always("progress", .number, "From 0 to 1.") { .number($0.progress) },
            .sometimes("failure", .text(), "Why it failed.") { $0.failure.map { .text($0) } },
            .sometimes("exceptions", .shape("ExceptionProposal"), "What a job of this kind found.") {
                if case .exceptions(let found)? = $0.result { proposal.json(found) } else { nil }
            },
            .sometimes("defaults", .list(.shape("DefaultProposal")), "What a job of this kind found.") {
                if case .defaults(let found)? = $0.result {
                    .array(found.findings.map(defaultProposal.json))
                } else {
                    nil
                }
            },
            .sometimes("comparison", .shape("RulesComparison"), "What a job of this kind found.") {
                if case .comparison(let found)? = $0.result { comparison.json(found) } else { nil }
            },
        ]
    )

    static let draft = Shape<ExceptionProposal.Draft>(
        name: "ExceptionDraft",
        members: [
            .always("rules", .text()) { .text($0.rules.description) },
            .sometimes("target", .text()) { $0.target.map { .text($0.description) } },
            .always("place", .text(), "Empty for everywhere.") { .text($0.place.description) },
            .sometimes("content_type", .text(), "Only of bodies of this type.") {
                $0.contentType.map { .text($0.description) }
            },
            .always("message", .text(), "What the rule says.") { .text($0.message) },
            .always("needs", .integer, "How many of those that should pass the rule would stop.") {
                .integer($0.needs)
            },
        ]
    )

    static let sample = Shape<TransactionSample>(
        name: "TransactionSample",
        members: [
            .always("transaction", .text()) { .text($0.transaction) },
            .always("time", .time) { .time($0.time) },
            .always("client", .text()) { .text($0.client) },
            .sometimes("application", .text()) { $0.application.map { .text($0) } },
            .always("method", .text()) { .text($0.method) },
            .always("path", .text()) { .text($0.path) },
            .always("status", .integer) { .integer($0.status) },
            .always("rules", .list(.text()), "Those that matched.") { .array($0.rules.map { .text($0) }) },
        ]
    )

    static let proposal = Shape<ExceptionProposal>(
        name: "ExceptionProposal",
        members: [
            .always("exceptions", .list(.shape("ExceptionDraft"))) { .array($0.drafts.map(draft.json)) },
            .always("looked", .integer, "The kept transactions of the scope.") { .integer($0.looked) },
            .always("ended", .integer, "Those of them that rules stopped, or would have.") { .integer($0.ended) },
            .always("wanted", .integer, "Those that should pass, and that rules would stop today.") {
                .integer($0.wanted)
            },
            .always("still_stopped", .integer, "Of those, the ones that no exception helps.") {
                .integer($0.stillEnded)
            },
            .always("others", .integer, "The others that the exceptions could touch.") { .integer($0.others) },
            .always("also_passing", .integer, "Of the others, those that would pass as well.") {
                .integer($0.alsoPassingCount)
            },
            .always("also_passing_examples", .list(.shape("TransactionSample"))) {
                .array($0.alsoPassing.map(sample.json))
            },
            .always("examples", .list(.shape("TransactionSample")), "Some of those that should pass.") {
                .array($0.examples.map(sample.json))
            },
            .always("skipped", .integer, "Those that were too many to look at.") { .integer($0.skipped) },
            .always("without_rules", .integer) { .integer($0.withoutRules) },
            .always("damaged", .integer, "What could not be read.") { .integer($0.damaged) },
        ]
    )

    static let defaultProposal = Shape<DefaultsProposal.Finding>(
        name: "DefaultProposal",
        members: [
            .always("subject", .text(), "Such as content type.") { .text($0.subject) },
            .always("value", .text()) { .text($0.value) },
            .sometimes("application", .text()) { $0.application.map { .text($0) } },
            .always("routes", .list(.text()), "Where it was seen, the most frequent first.") {
                .array($0.routes.map { .text($0) })
            },
            .always("count", .integer) { .integer($0.count) },
            .always("clients", .integer) { .integer($0.clients) },
            .always("succeeded", .integer) { .integer($0.answered) },
            .always("list", .text(), "The list that it is missing in.") { .text($0.list) },
            .always("exception", .shape("ExceptionDraft"), "What lets it pass.") { draft.json($0.draft) },
        ]
    )

    static let part = Shape<RulesComparison.Part>(
        name: "ComparisonPart",
        members: [
            .always("name", .text()) { .text($0.name) },
            .sometimes("note", .text()) { $0.note.map { .text($0) } },
            .always("more", .integer) { .integer($0.more) },
            .always("fewer", .integer) { .integer($0.fewer) },
        ]
    )

    static let comparison = Shape<RulesComparison>(
        name: "RulesComparison",
        members: [
            .always("replayed", .integer) { .integer($0.replayed) },
            .always(
                "untouched",
                .integer,
                "Those among them that meet none of the rules that differ, and count as they were decided then."
            ) { .integer($0.untouched) },
            .always("seconds", .number) { .number($0.seconds) },
            .always("stopped_today", .integer) { .integer($0.stoppedToday) },
            .always("stopped_then", .integer) { .integer($0.stoppedThen) },
            .always("more", .integer, "Stopped then and not today.") { .integer($0.more) },
            .always("fewer", .integer, "Stopped today and not then.") { .integer($0.fewer) },
            .always(
                "drifted",
                .integer,
                "Those that the rules of today decide otherwise than when they were recorded; not the change's doing."
            ) { .integer($0.drifted) },
            .always("by_rule", .list(.shape("ComparisonPart"))) { .array($0.byRule.map(part.json)) },
            .always("by_route", .list(.shape("ComparisonPart"))) { .array($0.byRoute.map(part.json)) },
            .always("more_examples", .list(.shape("TransactionSample"))) { .array($0.moreExamples.map(sample.json)) },
            .always("fewer_examples", .list(.shape("TransactionSample"))) { .array($0.fewerExamples.map(sample.json)) },
            .always("without_rules", .integer) { .integer($0.withoutRules) },
            .always("damaged", .integer) { .integer($0.damaged) },
        ]
    )

    static let piece = Shape<ShownText.Piece>(
        name: "TextPiece",
        members: [
            .always("text", .text()) { .text($0.text) },
            .always("matched", .boolean) { .bool($0.isMarked) },
        ]
    )

    static let match = Shape<ExplainedTransaction.Match>(
        name: "ExplainedMatch",
        members: [
            .always("rule", .text()) { .text($0.rule) },
            .always("message", .text()) { .text($0.message) },
            .always("target", .text()) { .text($0.target) },
            .always("value", .list(.shape("TextPiece")), "After all transformations, masked.") {
                .array($0.value.pieces.map(piece.json))
            },
            .always("transformations", .list(.text()), "In the order in which they were applied.") {
                .array($0.transformations.map { .text($0) })
            },
            .always("condition", .text()) { .text($0.condition) },
            .always("file", .text()) { .text($0.file) },
            .always("line", .integer) { .integer($0.line) },
            .always("decides", .boolean, "Whether it is this rule that would stop it.") { .bool($0.decides) },
        ]
    )

    static let explanation = Shape<Explanation>(
        name: "Explanation",
        members: [
            .always("transaction", .text()) { .text($0.transaction) },
            .always("kept", .boolean, "Whether the transaction is kept, so that rules could be asked again.") {
                .bool($0.explained != nil)
            },
            .sometimes("detection", .shape("Detection")) { $0.detection.map(Shapes.detection.json) },
            .sometimes("decision", .shape("Decision")) { $0.decision.map(Shapes.decision.json) },
            .sometimes("request", .shape("TransactionSample")) { $0.explained.map { sample.json($0.sample) } },
            .sometimes("stopped_by", .text(), "The rule that would stop it today.") {
                $0.explained?.endedBy.map { .text($0) }
            },
            .always("matches", .list(.shape("ExplainedMatch")), "What rules match in it today, the telling one first.")
            {
                .array($0.matches.map(match.json))
            },
            .always("more_matches", .integer) { .integer($0.explained?.moreMatches ?? 0) },
            .always("next", .list(.text()), "What can be done.") { .array($0.next.map { .text($0) }) },
        ]
    )

    static let field = Shape<ExplainedTransaction.Field>(
        name: "MaskedField",
        members: [
            .always("name", .text()) { .text($0.name) },
            .always("value", .text(), "Masked.") { .text($0.value.text) },
        ]
    )

    static let transaction = Shape<ExplainedTransaction>(
        name: "MaskedTransaction",
        members: [
            .always("request", .shape("TransactionSample")) { sample.json($0.sample) },
            .always("version", .text()) { .text($0.version) },
            .always("query", .list(.shape("MaskedField"))) { .array($0.query.map(field.json)) },
            .always("headers", .list(.shape("MaskedField"))) { .array($0.headers.map(field.json)) },
            .always("body", .list(.shape("MaskedField")), "The values of a form or of JSON.") {
                .array($0.body.map(field.json))
            },
            .sometimes("body_text", .text(), "A body of another kind, masked.") {
                $0.bodyText.map { .text($0.text) }
            },
            .always("body_length", .integer) { .integer($0.bodyLength) },
        ]
    )

    static var all: [DescribedShape] {
        [
            job.described, .page(of: "Job"), draft.described, sample.described, proposal.described,
            defaultProposal.described, part.described, comparison.described, piece.described, match.described,
            explanation.described, field.described, transaction.described,
        ]
    }
}
