// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
import Gateway
import Glibc
import SecLang
import WebFirewall

/// `redoubt waf eval`: judges transactions from standard input, one answer per line.
struct WAFEval: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Judge recorded transactions: NDJSON in, NDJSON out.",
        discussion: """
            Each input line is a JSON object with "id", "request" (or "raw", the base64 of a request's bytes), and \
            optionally "client", "server", "response" and "rules" (SecLang text added after the --rules files). \
            One answer is written and flushed per line. A line that cannot be read gets an answer with "error"; \
            the exit code is 2 then.
            """
    )

    @OptionGroup var rules: RuleOptions

    @Option(help: "How far the rules may go; in \"observe\" the answer says under \"would\" what enforce had done.")
    var mode: Mode = .enforce

    @Flag(help: "Add the debug log of level 9 to the answers.")
    var debugLog = false

    func run() throws {
        let evaluate: (RecordedTransaction) -> TransactionResult
        var loadError: SecLangError?
        do {
            let options = EvaluationOptions(mode: mode, debugLog: debugLog, programs: rules.programs.launcher)
            let evaluator = try TransactionEvaluator(rules: rules.named, options: options)
            evaluate = evaluator.evaluate
        } catch {
            // Every line is still answered, so that a caller that waits for answers is not left waiting.
            let text = error.diagnostics.first { $0.severity == .error }.map(Self.describe) ?? "the rules do not load"
            evaluate = { _ in TransactionResult(outcome: .init(verdict: .pass, status: 0), error: text) }
            StandardError.write(DiagnosticReport(error.diagnostics).text)
            loadError = error
        }
        var run = EvaluationRun(
            decoder: TransactionDecoder(parseRawRequest: parseRawRequest),
            evaluate: evaluate
        )
        var reader = LineReader(descriptor: STDIN_FILENO)
        do {
            while let item = try reader.next() {
                if let answer = run.answer(item) {
                    StandardOutput.write(answer)
                }
            }
        } catch {
            throw CommandFailure.badInput("standard input: \(error)")
        }
        if run.summary.failed > 0 || loadError != nil {
            throw ExitCode.badInput
        }
    }

    /// `file:line:column: message`
    private static func describe(_ diagnostic: Diagnostic) -> String {
        "\(diagnostic.location): \(diagnostic.message)"
    }
}
