// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import HTTPTypes
internal import Incidents

/// Why something was detected or decided: what was recorded of it, and what rules say of the transaction when they are asked
/// again.
struct Explanation: Sendable {
    var transaction: String
    var detection: DetectionRow?
    var decision: KeptDecision?
    /// Nil where the transaction was not kept, or is not any more.
    var explained: ExplainedTransaction?
    /// Why rules were not asked, where that was not for the transaction.
    var refusal: String?

    /// What rules match, the one that tells most first.
    var matches: [ExplainedTransaction.Match] {
        guard let explained else { return [] }
        let telling = explained.matches.filter { isTelling($0) }
        return telling + explained.matches.filter { !isTelling($0) }
    }

    private func isTelling(_ match: ExplainedTransaction.Match) -> Bool {
        match.rule == detection?.rule && (detection?.target == nil || match.target == detection?.target)
    }

    /// What can be done, in words.
    var next: [String] {
        guard let detection else { return [] }
        var next: [String] = []
        let place = PlaceText.route(detection.route, application: detection.application)
        let target = detection.target.map { " --target '\($0)'" } ?? ""
        let location = place.isEmpty ? "" : " --place '\(place)'"
        next.append(
            "it was no attack: redoubt exceptions add --rules \(detection.rule)\(target)\(location) --because TEXT"
        )
        if let client = detection.client {
            next.append("it was an attack: redoubt block add '\(client)' --because TEXT")
        }
        if !detection.application.isEmpty {
            next.append("before enforcing: redoubt rehearse waf/app:\(detection.application)")
        }
        return next
    }

    // MARK: Loading

    /// - Parameter subject: a detection's, a decision's or a transaction's identifier.
    static func load(_ subject: String, _ exchange: Exchange) async throws -> Explanation {
        let insight = exchange.services.insight
        if let id = try? Identifier(parsing: subject) {
            if let detail = try await insight.detection(id) { return try await load(detail.row, exchange) }
            guard let decision = try await insight.decision(id) else { throw unknown }
            guard let name = transaction(of: decision.decision) else {
                return Explanation(transaction: "", decision: decision)
            }
            let row = try await insight.detections(ofTransaction: name).first
            var explanation = try await load(name, row, around: decision.decision.time, exchange)
            explanation.decision = decision
            return explanation
        }
        guard isName(subject) else { throw unknown }
        let row = try await insight.detections(ofTransaction: subject).first
        // A name without a time would have all that is kept decrypted.
        guard row != nil || TransactionName.time(of: subject) != nil else { throw unknown }
        let explanation = try await load(subject, row, around: row?.time ?? TransactionName.time(of: subject), exchange)
        guard explanation.detection != nil || explanation.explained != nil else { throw unknown }
        return explanation
    }

    /// For the page of a detection, which has more to tell: that too many ask, or that the look cannot be recorded, is told in
    /// the place of what the rules say.
    static func load(_ row: DetectionRow, _ exchange: Exchange) async throws -> Explanation {
        guard let name = row.transaction else { return Explanation(transaction: "", detection: row) }
        do {
            return try await load(name, row, around: row.time, exchange)
        } catch let problem as Problem where problem.status == .tooManyRequests {
            return Explanation(transaction: name, detection: row, refusal: problem.detail)
        } catch let error as AccessError where error.code == .unrecorded {
            return Explanation(transaction: name, detection: row, refusal: error.message)
        }
    }

    private static func load(
        _ name: String,
        _ row: DetectionRow?,
        around time: Int64?,
        _ exchange: Exchange
    ) async throws -> Explanation {
        var explanation = Explanation(transaction: name, detection: row)
        guard let trials = exchange.services.trials else { return explanation }
        // The name tells when it began; a decision was made later.
        let began = TransactionName.time(of: name) ?? time
        let principal = try exchange.principal
        let desk = exchange.services.explanations
        explanation.explained = try await desk.run(for: principal) { try trials.explain(name, began) }
        // What a rule matched is of what somebody sent: a look at it is evidence before it is shown.
        if explanation.explained != nil, !desk.hasSeen(name, principal, at: exchange.now) {
            let access = exchange.services.access
            try await access.recordLook(into: name, as: "explanation", by: principal, at: exchange.now)
            desk.note(name, principal, at: exchange.now)
        }
        return explanation
    }

    /// A kept transaction for somebody's eyes, each time evidence before it is shown.
    static func look(_ exchange: Exchange) async throws -> ExplainedTransaction {
        let name = exchange.parameters["transaction"] ?? ""
        let trials = try TrialActions.trials(exchange)
        let principal = try exchange.principal
        guard isName(name), let time = TransactionName.time(of: name),
            let found = try await exchange.services.explanations.run(
                for: principal,
                { try trials.explain(name, time) }
            )
        else {
            throw Problem.notFound("transaction of this identifier that is still kept")
        }
        try await exchange.services.access.recordLook(into: name, as: "transaction", by: principal, at: exchange.now)
        return found
    }

    private static var unknown: Problem {
        .notFound("detection, decision or kept transaction of this identifier")
    }

    /// Decisions about requests say which in their message: `incident 1700000000000.000001: ...`.
    private static func transaction(of decision: Decision) -> String? {
        guard decision.message.hasPrefix("incident ") else { return nil }
        let name = decision.message.dropFirst(9).prefix { $0 != ":" }
        return isName(String(name)) ? String(name) : nil
    }

    private static func isName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
