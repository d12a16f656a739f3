// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the firewall made of one transaction.
package struct TransactionResult: Sendable {
    package enum Verdict: String, Sendable {
        case pass, deny, drop, redirect
    }

    /// A verdict with what belongs to it.
    package struct Outcome: Sendable, Equatable {
        package var verdict: Verdict
        /// The status that the client is answered.
        package var status: Int
        /// Where a redirection leads.
        package var location: [UInt8]?
        /// The rule that decided; nil for `pass` and for refusals of the HTTP parser.
        package var rule: Int?
        /// The phase of that rule, 1 to 5.
        package var phase: Int?

        package init(
            verdict: Verdict,
            status: Int,
            location: [UInt8]? = nil,
            rule: Int? = nil,
            phase: Int? = nil
        ) {
            self.verdict = verdict
            self.status = status
            self.location = location
            self.rule = rule
            self.phase = phase
        }
    }

    /// One logged match of a rule.
    package struct Match: Sendable {
        package var rule: Int
        package var phase: Int
        package var message: [UInt8]
        package var data: [UInt8]
        /// 0 (emergency) to 7 (debug); nil where the rule has none.
        package var severity: Int?
        package var tags: [String]
        /// `ARGS:x`
        package var variable: [UInt8]
        /// The value that matched, after transformations.
        package var value: [UInt8]

        package init(
            rule: Int,
            phase: Int,
            message: [UInt8],
            data: [UInt8],
            severity: Int?,
            tags: [String],
            variable: [UInt8],
            value: [UInt8]
        ) {
            self.rule = rule
            self.phase = phase
            self.message = message
            self.data = data
            self.severity = severity
            self.tags = tags
            self.variable = variable
            self.value = value
        }
    }

    package var outcome: Outcome
    /// In mode `observe`: what `enforce` would have answered.
    package var would: Outcome?
    package var matches: [Match]
    /// Error-log lines in ModSecurity's form.
    package var errorLog: [[UInt8]]
    /// The JSON audit-log record, one line; nil where the rules' audit settings want none.
    package var auditLog: [UInt8]?
    /// Debug-log lines, only when asked for.
    package var debugLog: [[UInt8]]
    /// `file:line:column: message` where the transaction's own rules do not load.
    package var error: String?

    package init(
        outcome: Outcome,
        would: Outcome? = nil,
        matches: [Match] = [],
        errorLog: [[UInt8]] = [],
        auditLog: [UInt8]? = nil,
        debugLog: [[UInt8]] = [],
        error: String? = nil
    ) {
        self.outcome = outcome
        self.would = would
        self.matches = matches
        self.errorLog = errorLog
        self.auditLog = auditLog
        self.debugLog = debugLog
        self.error = error
    }
}
