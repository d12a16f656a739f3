// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import HTTPTypes
internal import Policy

/// The part of the API for what takes its time: jobs, what they are asked for, and taking what they propose.
enum JobRoutes {
    static let all: [Route] = [
        .operation(
            .get,
            "/jobs",
            .granted(.see),
            id: "listJobs",
            "Your jobs, newest first; those of all for administrators.",
            tag: "Jobs",
            query: Cursors.fields,
            answers: .shape("JobPage")
        ) { exchange in
            let (part, next) = try Cursors(exchange).page(of: exchange.services.jobs.jobs(for: try exchange.principal))
            return .json(JobShapes.job.page(part, next: next))
        },
        .operation(
            .get,
            "/jobs/{id}",
            .granted(.see),
            id: "showJob",
            "How far a job is, and what it found. A job of somebody else is answered as one that is not there.",
            tag: "Jobs",
            answers: .shape("Job")
        ) { exchange in
            .json(JobShapes.job.json(try TrialActions.job(exchange)))
        },
        .operation(
            .delete,
            "/jobs/{id}",
            .granted(.see),
            id: "removeJob",
            "Cancels a job that is under way; forgets one that is over.",
            tag: "Jobs",
            answers: nil
        ) { exchange in
            try TrialActions.remove(exchange)
            return Reply(.noContent)
        },
        .operation(
            .post,
            "/jobs/{id}/take",
            .granted(.respond),
            id: "takeProposal",
            "Makes exceptions of what a job proposes, as one decision.",
            tag: "Jobs",
            body: TrialActions.take,
            answers: .shape("Change"),
            status: 201,
            hasRevision: true
        ) { exchange in
            let made = try await TrialActions.take(exchange)
            var reply = Reply.json(PolicyShapes.change.json(made), revision: made.change.revision)
            reply.status = .created
            return reply
        },
        ask(
            "/exceptions/suggestions",
            .respond,
            "suggestExceptions",
            "Looks for the fewest exceptions that let people at work pass; a job.",
            "Exceptions",
            TrialActions.suggest
        ) { try TrialActions.suggest($0) },
        ask(
            "/exceptions/defaults",
            .respond,
            "suggestDefaults",
            "Looks for what applications take and rules refuse by a list, such as content types; a job.",
            "Exceptions",
            TrialActions.defaults
        ) { try TrialActions.defaults($0) },
        ask(
            "/rehearsal/comparisons",
            .administer,
            "compareRules",
            "Replays kept transactions on rules as they would be; a job.",
            "Policy",
            TrialActions.compare
        ) { try TrialActions.compare($0) },
        .operation(
            .get,
            "/explanations/{subject}",
            .granted(.see),
            id: "explain",
            "Why a detection or decision was made: what rules match in the transaction, masked. A look at it is recorded as evidence.",
            tag: "Detections",
            answers: .shape("Explanation"),
            refusals: [tooManyExplanations]
        ) { exchange in
            .json(
                JobShapes.explanation.json(try await Explanation.load(exchange.parameters["subject"] ?? "", exchange))
            )
        },
        .operation(
            .get,
            "/transactions/{transaction}",
            .granted(.triage),
            id: "showTransaction",
            "A kept transaction, masked. Each look at it is recorded as evidence.",
            tag: "Events",
            answers: .shape("MaskedTransaction"),
            refusals: [tooManyExplanations]
        ) { exchange in
            .json(JobShapes.transaction.json(try await Explanation.look(exchange)))
        },
    ]

    private static let tooManyExplanations = Operation.Answer.problem(
        429,
        """
        More than \(ExplanationDesk.mostOfOne) are asked for at once, or more than \(ExplanationDesk.most) by all; the code \
        is `too_many_explanations`, and `Retry-After` says when.
        """
    )

    /// A POST that is answered by 202 and the address of a job.
    private static func ask(
        _ path: String,
        _ permission: Permission,
        _ id: String,
        _ summary: String,
        _ tag: String,
        _ fields: [InputField],
        _ start: @escaping @Sendable (Exchange) throws -> Job
    ) -> Route {
        .operation(
            .post,
            path,
            .granted(permission),
            id: id,
            summary,
            tag: tag,
            body: fields,
            answers: .shape("Job"),
            status: 202,
            refusals: [.problem(429, "Too many jobs wait; the code is `too_many_jobs`, and `Retry-After` says when.")]
        ) { exchange in
            let job = try start(exchange)
            var reply = Reply.json(JobShapes.job.json(job), .accepted)
            reply.headers[.location] = "/api/v1/jobs/\(job.id)"
            return reply
        }
    }
}
