// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import Policy
internal import SecLang

/// One exchange under the web firewall's eyes.
final class FirewallExchange: HTTPFilterExchange {
    private let filter: FirewallFilter
    private var transaction: Transaction
    let identifier: String
    private let client: IPAddress?
    private var refusal: HTTPRefusal?
    private var hasEvaluatedRequestBody = false
    private var response: HTTPResponseHead?
    /// Nil until the request's head is known.
    private var judgement: Judgement?
    /// What a block or a limit does to the request, whatever the rules say.
    private var policyAct: Ruling?
    /// Whether the rules are off for this request.
    private var isOff = false
    /// What the client was answered, once the exchange is over.
    private var status = 0
    private var isTransactionFinished = false
    /// Of what is done to the exchange, or would be, once it is known.
    private var decided: (ruling: Ruling, identifier: Identifier)?

    init(filter: FirewallFilter, connection: HTTPConnectionInfo, context: TransactionContext) {
        self.filter = filter
        identifier = String(decoding: context.identifier, as: UTF8.self)
        client = IPAddress(connection.clientAddress)
        transaction = Transaction(rules: filter.rules, context: context)
        transaction.connection(connection)
    }

    var delayMilliseconds: Int { transaction.pauseMilliseconds }

    func requestHead(_ head: HTTPRequestHead, refusal: HTTPRefusal?) -> HTTPVerdict {
        transaction.requestHead(head)
        let judgement = filter.judge(head, from: client)
        self.judgement = judgement
        let canAct = filter.canAct
        isOff = judgement.stance.mode == .off
        if let act = judgement.refusal, act.disposition.isAct, canAct {
            policyAct = act
            isOff = true
        }
        if !isOff {
            restrict(by: judgement, canAct)
            transaction.evaluateRequestHeaders()
        }
        if let refusal {
            note(refusal)
        }
        return verdict
    }

    private func restrict(by judgement: Judgement, _ canAct: Bool) {
        let stance = judgement.stance
        var mayIntervene: (@Sendable (Int) -> Bool)?
        if stance.hasRuleModes, canAct {
            mayIntervene = { judgement.mayIntervene($0) }
        }
        transaction.restrict(observesOnly: !(stance.mayAct && canAct), mayIntervene: mayIntervene)
        let exclusions = filter.exclusions(for: judgement)
        if !exclusions.isEmpty {
            transaction.exclude(exclusions)
        }
    }

    func requestRefused(_ refusal: HTTPRefusal) {
        note(refusal)
    }

    /// Nobody will answer the request, but what it carries is worth knowing: the rules for arguments run too. A part
    /// of a body is no body, and is left alone.
    private func note(_ refusal: HTTPRefusal) {
        self.refusal = refusal
        guard transaction.intervention == nil, !hasEvaluatedRequestBody, !isOff else {
            return
        }
        transaction.discardRequestBody()
        transaction.evaluateRequestBody()
    }

    func requestBodyInspection() -> BodyInspection {
        guard !isOff, transaction.wantsRequestBody else {
            return .none
        }
        return .buffered(
            limit: transaction.requestBodyInspectionLimit,
            rejectsOverLimit: transaction.rejectsRequestBodyOverLimit
        )
    }

    func requestBody(_ bytes: UnsafeBufferPointer<UInt8>) {
        _ = transaction.appendRequestBody(bytes)
    }

    func requestEnd(isTruncated: Bool) -> HTTPVerdict {
        if isTruncated {
            transaction.noteRequestBodyOverLimit()
        }
        hasEvaluatedRequestBody = true
        if !isOff {
            transaction.evaluateRequestBody()
        }
        return verdict
    }

    func responseHead(_ head: HTTPResponseHead) -> HTTPVerdict {
        if !isOff {
            transaction.responseHead(head)
        }
        response = head
        return verdict
    }

    func responseBodyInspection() -> BodyInspection {
        guard !isOff, transaction.wantsResponseBody() else {
            return .none
        }
        return .buffered(
            limit: transaction.responseBodyInspectionLimit,
            rejectsOverLimit: transaction.rejectsResponseBodyOverLimit
        )
    }

    func responseBody(_ bytes: UnsafeBufferPointer<UInt8>) {
        _ = transaction.appendResponseBody(bytes)
    }

    func responseEnd(isTruncated: Bool) -> HTTPVerdict {
        if isTruncated {
            transaction.noteResponseBodyOverLimit()
        }
        transaction.evaluateResponseBody()
        return verdict
    }

    func recordVerdict(done: @escaping @Sendable (_ isRecorded: Bool) -> Void) -> Bool {
        guard let recorder = filter.decisions, let decision = decision() else {
            return false
        }
        recorder.record(decision, done: done)
        // While the disk is waited for.
        finishTransaction()
        return true
    }

    /// Runs the rules of the last phase, once.
    private func finishTransaction() {
        guard !isTransactionFinished else { return }
        isTransactionFinished = true
        transaction.finish()
    }

    /// The record of what is done to the exchange; nil where nothing is.
    private func decision() -> Decision? {
        guard policyAct != nil || transaction.intervention != nil, let (ruling, identifier) = rule() else {
            return nil
        }
        var decision = ruling.decision(identifier, at: SystemClock.time)
        decision.message = "incident \(self.identifier): \(decision.message)"
        return decision
    }

    /// What the policy made of the exchange; nil where there was nothing to decide.
    private func rule() -> (ruling: Ruling, identifier: Identifier)? {
        guard decided == nil, let judgement else {
            return decided
        }
        if let refusal = policyAct {
            decided = (refusal, filter.makeIdentifier())
        } else if let intervention = transaction.intervention ?? transaction.would {
            let match = transaction.loggableMatches.last { $0.rule == intervention.rule }
            let identifier = filter.makeIdentifier()
            decided = (judgement.ruling(intervention, match, identifier), identifier)
        } else if let refusal = judgement.refusal {
            decided = (refusal, filter.makeIdentifier())
        }
        return decided
    }

    func finish(status: Int) {
        self.status = status
        finishTransaction()
        if let judgement, refusal == nil {
            filter.policy.counts.note(
                client,
                judgement.stance,
                isBlocked: transaction.intervention != nil,
                status: status
            )
        }
        // Beyond some refusals a second, those that no rule matched are only counted.
        let isRefusalTold = refusal.map { filter.logs.admitsRefusal($0.reason) } ?? false
        writeErrorLog(isRefusalTold ? refusal : nil)
        if isRefusalTold || transaction.wantsAuditLog(status: status) {
            writeAudit(status: status)
        }
        if let debug = filter.ruleLogs?.debug, !transaction.debugLog.isEmpty {
            debug.write(transaction.debugLogLines, lines: transaction.debugLog.count)
        }
    }

    func settle() {
        if let recorder = filter.recorder {
            recorder.record(event(status: status), from: client)
        }
        keep(status: status)
    }

    /// Keeps the transaction for trying changed rules on it. What the parser refused is not one that rules can change.
    private func keep(status: Int) {
        guard let keeper = filter.keeper, refusal == nil, !isOff, let request = transaction.record.request,
            keeper.wants(hasDetection: transaction.matches.contains { $0.isInErrorLog || $0.isInAuditLog })
        else {
            return
        }
        keeper.keep(
            KeptTransaction(
                identifier: transaction.record.identifier,
                time: Int64(clamping: transaction.record.startTime),
                application: filter.application,
                connection: transaction.record.connection,
                request: request,
                body: transaction.inspectedRequestBody,
                response: response,
                status: status,
                decidedBy: (transaction.intervention ?? transaction.would)?.rule,
                matches: transaction.matches.map {
                    KeptTransaction.Match(rule: $0.rule, target: String(decoding: $0.variable, as: UTF8.self))
                }
            )
        )
    }

    private func event(status: Int) -> TransactionEvent {
        TransactionEvent(
            entities: judgement?.facts.entities ?? [],
            application: filter.application,
            status: status,
            refusal: refusal,
            record: transaction.record,
            matches: transaction.loggableMatches,
            intervention: transaction.intervention,
            would: transaction.would,
            decided: rule()
        )
    }

    private func writeAudit(status: Int) {
        if filter.logs.keepsAuditRecords {
            filter.logs.writeAudit(transaction.auditRecord(status: status))
        } else if let audit = filter.ruleLogs?.audit {
            audit.write(transaction, status: status)
        }
    }

    private func writeErrorLog(_ refusal: HTTPRefusal?) {
        let record = transaction.record
        var lines: [[UInt8]] = []
        if let refusal {
            lines.append(RefusalLine.make(refusal, record: record))
        }
        for match in transaction.loggableMatches where match.isInErrorLog {
            lines.append(match.errorLogLine(of: record))
        }
        if let would = transaction.would {
            lines.append(ObservationLine.make(would, record: record))
        }
        if let policyAct {
            lines.append(PolicyLine.make(policyAct, record: record))
        }
        filter.logs.writeErrors(lines)
    }

    private var verdict: HTTPVerdict {
        if let policyAct {
            return .deny(status: policyAct.disposition == .limited ? 429 : 403)
        }
        guard let intervention = transaction.intervention else {
            return .pass
        }
        switch intervention.kind {
        case .deny: return .deny(status: intervention.status)
        case .drop: return .drop
        case .redirect(let location): return .redirect(location: location, status: intervention.status)
        }
    }
}
