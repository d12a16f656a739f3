// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import SecLang

/// One exchange under the web firewall's eyes.
final class FirewallExchange: HTTPFilterExchange {
    private let filter: FirewallFilter
    private var transaction: Transaction
    let identifier: String
    private var refusal: HTTPRefusal?

    init(filter: FirewallFilter, connection: HTTPConnectionInfo, context: TransactionContext) {
        self.filter = filter
        identifier = String(decoding: context.identifier, as: UTF8.self)
        transaction = Transaction(rules: filter.rules, context: context)
        transaction.connection(connection)
    }

    func requestHead(_ head: HTTPRequestHead, refusal: HTTPRefusal?) -> HTTPVerdict {
        transaction.requestHead(head)
        transaction.evaluateRequestHeaders()
        if let refusal {
            // Nobody will answer it, but what it carries is worth knowing: the rules for arguments run too.
            self.refusal = refusal
            if transaction.intervention == nil {
                transaction.evaluateRequestBody()
            }
        }
        return verdict
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

    func finish(status: Int) {
        transaction.finish()
        writeErrorLog(status: status)
        if filter.logs.keepsAuditRecords, refusal != nil || transaction.wantsAuditLog(status: status) {
            filter.logs.writeAudit(transaction.auditRecord(status: status))
        }
    }

    private func writeErrorLog(status: Int) {
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
