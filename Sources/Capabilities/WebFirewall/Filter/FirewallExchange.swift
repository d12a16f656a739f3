// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import SecLang

/// One exchange under the web firewall's eyes.
final class FirewallExchange: HTTPFilterExchange {
    private let filter: FirewallFilter
    private var transaction: Transaction
    let identifier: String
    private let client: IPAddress?
    private var refusal: HTTPRefusal?
    private var hasEvaluatedRequestBody = false

    init(filter: FirewallFilter, connection: HTTPConnectionInfo, context: TransactionContext) {
        self.filter = filter
        identifier = String(decoding: context.identifier, as: UTF8.self)
        client = filter.decisions == nil ? nil : IPAddress(connection.clientAddress)
        transaction = Transaction(rules: filter.rules, context: context)
        transaction.connection(connection)
    }

    var delayMilliseconds: Int { transaction.pauseMilliseconds }

    func requestHead(_ head: HTTPRequestHead, refusal: HTTPRefusal?) -> HTTPVerdict {
        transaction.requestHead(head)
        transaction.evaluateRequestHeaders()
        if let refusal {
            note(refusal)
        }
        return verdict
    }

    func requestRefused(_ refusal: HTTPRefusal) {
        note(refusal)
    }

    /// Nobody will answer the request, but what it carries is worth knowing: the rules for arguments run too. A part
    /// of a body is no body, and is left alone.
    private func note(_ refusal: HTTPRefusal) {
        self.refusal = refusal
        guard transaction.intervention == nil, !hasEvaluatedRequestBody else {
            return
        }
        transaction.discardRequestBody()
        transaction.evaluateRequestBody()
    }

    func requestBodyInspection() -> BodyInspection {
        guard transaction.wantsRequestBody else {
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
        transaction.evaluateRequestBody()
        return verdict
    }

    func responseHead(_ head: HTTPResponseHead) -> HTTPVerdict {
        transaction.responseHead(head)
        return verdict
    }

    func responseBodyInspection() -> BodyInspection {
        guard transaction.wantsResponseBody() else {
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
        guard let recorder = filter.decisions, let intervention = transaction.intervention else {
            return false
        }
        recorder.record(decision(intervention, recorder), done: done)
        return true
    }

    private func decision(_ intervention: Intervention, _ recorder: DecisionRecorder) -> Decision {
        let time = SystemClock.time
        let match = transaction.loggableMatches.last { $0.rule == intervention.rule }
        let message = match.map { String(decoding: $0.message, as: UTF8.self) } ?? ""
        return Decision(
            id: recorder.makeIdentifier(at: time),
            time: time,
            control: .webFirewall,
            disposition: .blocked,
            reason: .enforced,
            mode: .enforce,
            scope: filter.scope,
            revision: 0,
            subject: client.map { Entity($0) },
            rule: RuleID(intervention.rule),
            message: "incident \(identifier): \(message.isEmpty ? "the rules ended the exchange" : message)",
            maker: "configuration"
        )
    }

    func finish(status: Int) {
        transaction.finish()
        // Beyond some refusals a second, those that no rule matched are only counted.
        let isRefusalTold = refusal.map { filter.logs.admitsRefusal($0.reason) } ?? false
        writeErrorLog(isRefusalTold ? refusal : nil)
        if isRefusalTold || transaction.wantsAuditLog(status: status) {
            writeAudit(status: status)
        }
        if let debug = filter.ruleLogs?.debug, !transaction.debugLog.isEmpty {
            debug.write(transaction.debugLogLines, lines: transaction.debugLog.count)
        }
        if let recorder = filter.recorder {
            recorder.record(event(status: status))
        }
    }

    private func event(status: Int) -> TransactionEvent {
        TransactionEvent(
            application: filter.application,
            status: status,
            refusal: refusal,
            record: transaction.record,
            matches: transaction.loggableMatches,
            intervention: transaction.intervention,
            would: transaction.would
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
        filter.logs.writeErrors(lines)
    }

    private var verdict: HTTPVerdict {
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
