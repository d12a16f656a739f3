// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel
internal import Foundation
package import SecLang

/// How recorded transactions are judged.
package struct EvaluationOptions: Sendable {
    /// In `observe` nothing is denied and the result's `would` tells what `enforce` had answered.
    package var mode: Mode
    /// Whether results carry the debug log.
    package var debugLog: Bool
    package var compileOptions: CompileOptions
    /// Where the compiled patterns of the rules come from; nil for running every rule by itself. Transactions' own
    /// rules always run so.
    package var patterns: PatternCache?
    /// Runs the programs that rules name; nil where rules may not start any.
    package var programs: ProgramLauncher?

    package init(
        mode: Mode = .enforce,
        debugLog: Bool = false,
        compileOptions: CompileOptions = CompileOptions(),
        patterns: PatternCache? = nil,
        programs: ProgramLauncher? = nil
    ) {
        self.mode = mode
        self.debugLog = debugLog
        self.compileOptions = compileOptions
        self.compileOptions.programs = programs?.access
        self.programs = programs
        self.patterns = patterns
    }
}

/// Judges recorded transactions, one after the other.
///
/// Rules are compiled once per distinct text. Transactions that bring rules of their own start with empty
/// persistent collections; all others share theirs.
package final class TransactionEvaluator {
    /// The rules without any transaction's own.
    package let rules: RuleSet
    /// Takes what the rules cost; transactions' own rules are not measured.
    package var costs: RuleCosts?
    private let sources: RuleSources
    private let options: EvaluationOptions
    private let programs: ProgramRunner?
    private let collections = PersistentCollections()
    private var compiled: [String: Result<RuleSet, SecLangError>] = [:]
    private var sequence = 0
    private let environment = ProcessInfo.processInfo.environment
    private let timeZoneOffset = TimeZone.current.secondsFromGMT()

    /// How many rule sets of transactions' own rules are kept.
    private static let maximumCompiled = 64

    /// - Throws: ``SecLang/SecLangError`` when the rules do not load.
    package init(rules sources: RuleSources, options: EvaluationOptions = EvaluationOptions()) throws(SecLangError) {
        self.sources = sources
        self.options = options
        programs = options.programs?.runner
        rules = try sources.compile(options: options.compileOptions)
        if let patterns = options.patterns {
            rules.use(patterns.library(for: rules).library)
        }
    }

    /// Judges one transaction.
    package func evaluate(_ transaction: RecordedTransaction) -> TransactionResult {
        guard options.mode != .off else {
            return TransactionResult(outcome: Self.pass(transaction))
        }
        guard let own = transaction.rules else {
            return run(transaction, rules: rules, collections: collections)
        }
        switch compile(own) {
        case .success(let rules):
            return run(transaction, rules: rules, collections: PersistentCollections(capacity: 1_024))
        case .failure(let error):
            let place = error.first.map { "\($0.location): \($0.message)" }
            return TransactionResult(outcome: Self.pass(transaction), error: place ?? error.description)
        }
    }

    private func compile(_ text: String) -> Result<RuleSet, SecLangError> {
        if let known = compiled[text] {
            return known
        }
        if compiled.count >= Self.maximumCompiled {
            compiled.removeAll(keepingCapacity: true)
        }
        var all = sources
        all.texts.append(RuleSources.RuleText(name: "rules", text: text))
        let result: Result<RuleSet, SecLangError>
        do {
            result = .success(try all.compile(options: options.compileOptions))
        } catch {
            result = .failure(error)
        }
        compiled[text] = result
        return result
    }

    /// Judges one transaction by the rules in force and makes the lines for the error log, as a web server would have
    /// it: what ``evaluate(_:)`` tells besides is for people who study rules.
    ///
    /// - Returns: whether it was denied, and the lines.
    package func judge(_ recorded: RecordedTransaction) -> (isDenied: Bool, lines: [[UInt8]]) {
        var transaction = Transaction(rules: rules, context: context(collections: collections))
        Self.feed(recorded, to: &transaction)
        transaction.finish()
        let record = transaction.record
        let lines = transaction.loggableMatches.filter(\.isInErrorLog).map { $0.errorLogLine(of: record) }
        return (transaction.intervention != nil, lines)
    }

    private func run(
        _ recorded: RecordedTransaction,
        rules: RuleSet,
        collections: PersistentCollections
    ) -> TransactionResult {
        var context = context(collections: collections)
        context.costs = recorded.rules == nil ? costs : nil
        var transaction = Transaction(rules: rules, context: context)
        Self.feed(recorded, to: &transaction)
        transaction.finish()
        return Self.result(of: transaction, recorded)
    }

    private func context(collections: PersistentCollections) -> TransactionContext {
        sequence += 1
        var context = TransactionContext(
            identifier: TransactionIdentifier.make(sequence: sequence),
            now: { SystemClock.nanoseconds },
            timeZoneOffset: timeZoneOffset,
            collections: collections,
            environment: environment,
            observesOnly: options.mode == .observe,
            collectsDebugLog: options.debugLog
        )
        context.programs = programs
        return context
    }

    /// Shows a transaction what was recorded, phase by phase, until it intervenes.
    static func feed(_ recorded: RecordedTransaction, to transaction: inout Transaction) {
        transaction.connection(recorded.connection)
        transaction.requestHead(recorded.request.head)
        transaction.evaluateRequestHeaders()
        guard transaction.intervention == nil else {
            return
        }
        let fits = recorded.request.body.withUnsafeBufferPointer { transaction.appendRequestBody($0) }
        if !fits, transaction.rejectsRequestBodyOverLimit {
            transaction.denyRequestBodyOverLimit()
        } else {
            transaction.evaluateRequestBody()
        }
        // A request that the parser refused is looked at as far as it was understood, but nobody answers it.
        guard transaction.intervention == nil, recorded.request.refusal == nil, let response = recorded.response else {
            return
        }
        transaction.responseHead(response.head)
        guard transaction.intervention == nil else {
            return
        }
        if transaction.wantsResponseBody() {
            let fits = response.body.withUnsafeBufferPointer { transaction.appendResponseBody($0) }
            if !fits, transaction.rejectsResponseBodyOverLimit {
                transaction.denyResponseBodyOverLimit()
                return
            }
        }
        transaction.evaluateResponseBody()
    }

    // MARK: Results

    private static func pass(_ recorded: RecordedTransaction) -> TransactionResult.Outcome {
        if let refusal = recorded.request.refusal {
            return TransactionResult.Outcome(verdict: .deny, status: refusal.status)
        }
        return TransactionResult.Outcome(verdict: .pass, status: recorded.response?.head.status ?? 200)
    }

    private static func result(
        of transaction: borrowing Transaction,
        _ recorded: RecordedTransaction
    ) -> TransactionResult {
        let decided = recorded.request.refusal == nil ? transaction.intervention.map { Self.outcome($0) } : nil
        let outcome = decided ?? pass(recorded)
        let matches = transaction.loggableMatches
        let record = transaction.record
        return TransactionResult(
            outcome: outcome,
            would: transaction.would.map { Self.outcome($0) },
            matches: matches.filter { $0.isInErrorLog || $0.isInAuditLog }.map { Self.match($0) },
            errorLog: matches.filter(\.isInErrorLog).map { $0.errorLogLine(of: record) },
            auditLog: transaction.wantsAuditLog(status: outcome.status)
                ? transaction.auditRecord(status: outcome.status) : nil,
            debugLog: transaction.debugLog
        )
    }

    static func outcome(_ intervention: Intervention) -> TransactionResult.Outcome {
        let verdict: TransactionResult.Verdict
        var location: [UInt8]?
        switch intervention.kind {
        case .deny:
            verdict = .deny
        case .drop:
            verdict = .drop
        case .redirect(let target):
            verdict = .redirect
            location = target
        }
        return TransactionResult.Outcome(
            verdict: verdict,
            status: intervention.status,
            location: location,
            rule: intervention.rule,
            phase: intervention.phase
        )
    }

    private static func match(_ match: RuleMatch) -> TransactionResult.Match {
        TransactionResult.Match(
            rule: match.rule,
            phase: match.phase,
            message: match.message,
            data: match.data,
            severity: match.severity,
            tags: match.tags.map { String(decoding: $0, as: UTF8.self) },
            variable: match.variable,
            value: match.value
        )
    }
}
