// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import Foundation
package import SecLang
internal import Storage

/// Measures how fast kept transactions are replayed, from the encrypted files to the counts.
package struct ReplayBenchmark {
    private let records: [BenchmarkCorpus.Record]
    private let rules: RuleSet
    private let changed: RuleSet

    package struct Figures: Sendable {
        package var replayed = 0
        package var stopped = 0
        /// Of a kept transaction on disk.
        package var diskBytes = 0.0
        package var processors = 0
        /// Transactions that are decrypted and decoded in a second.
        package var readRate = 0.0
        /// Transactions that the change cannot touch.
        package var untouched = 0
        /// Transactions in a second of which it is known what changed rules make of them, reading included.
        package var changeRate = 0.0
        /// The same where each is evaluated on all rules.
        package var replayRate = 0.0
    }

    /// - Parameters:
    ///   - rules: those that have decided about the transactions.
    ///   - changed: those that are tried.
    package init(_ corpus: BenchmarkCorpus, _ rules: RuleSet, changed: RuleSet) {
        records = corpus.records
        self.rules = rules
        self.changed = changed
    }

    private static let start: Int64 = 1_700_000_000_000_000_000

    /// - Parameters:
    ///   - folder: made for this; the caller removes it.
    ///   - transactions: how many are kept.
    package func run(folder: String, transactions: Int) throws -> Figures {
        guard !records.isEmpty else { throw ReplayBenchmarkError(description: "the corpus holds no records") }
        let vault = try PayloadVault(folder: folder, time: Self.start)
        let decided = records.map { transaction($0, number: 0, decidedBy: nil) }.map { kept in
            TransactionReplay(rules).run(kept).endedBy
        }
        for number in 0..<transactions {
            let place = number % records.count
            let kept = transaction(records[place], number: number, decidedBy: decided[place])
            vault.keep(Payload(name: kept.identifier, time: kept.time, bytes: kept.encoded))
            // The vault takes what fits into its memory and drops the rest.
            if number % 500 == 499 { vault.flushNow() }
        }
        vault.close()
        let kept = KeptTransactions(vault)
        let times: ClosedRange<Int64> = 0...(.max)
        var figures = Figures()
        figures.processors = ParallelWork.threads
        let clock = ContinuousClock()
        let reading = try clock.measure {
            _ = try kept.walk(
                in: times,
                start: { 0 },
                progress: { _ in true },
                each: { count, _ in count += 1 },
                finish: { $0 }
            )
        }
        let (replaying, _) = try compare(kept, evaluatesAll: true)
        let (comparing, finding) = try compare(kept, evaluatesAll: false)
        figures.replayed = finding.replayed
        figures.stopped = finding.stoppedThen
        figures.untouched = finding.untouched
        figures.readRate = Double(transactions) / reading.seconds
        figures.replayRate = Double(finding.replayed) / replaying.seconds
        figures.changeRate = Double(finding.replayed) / comparing.seconds
        figures.diskBytes = try Self.size(of: folder) / Double(max(1, transactions))
        return figures
    }

    private func compare(
        _ kept: KeptTransactions,
        evaluatesAll: Bool
    ) throws -> (took: Duration, finding: RuleComparison.Finding) {
        let (rules, changed) = (rules, changed)
        let comparison = RuleComparison(
            kept,
            today: { _ in rules },
            changed: { _ in changed },
            evaluatesAll: evaluatesAll
        )
        var finding: RuleComparison.Finding?
        let took = try ContinuousClock().measure {
            finding = try comparison.run(Scope(.webFirewall), in: 0...(.max), progress: { _ in true })
        }
        guard let finding else { throw ReplayBenchmarkError(description: "the comparison has ended early") }
        return (took, finding)
    }

    private func transaction(_ record: BenchmarkCorpus.Record, number: Int, decidedBy: Int?) -> KeptTransaction {
        let transaction = record.transaction
        return KeptTransaction(
            identifier: Array("1700000000000.\(number)".utf8),
            time: Self.start + Int64(number) * 1_000_000,
            application: "shop",
            connection: transaction.connection,
            request: transaction.request.head,
            body: transaction.request.body,
            response: transaction.response?.head,
            status: transaction.response?.head.status ?? 0,
            decidedBy: decidedBy,
            matches: []
        )
    }

    private static func size(of folder: String) throws -> Double {
        try FileManager.default.contentsOfDirectory(atPath: folder).reduce(0) { sum, name in
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
            return sum + ((attributes[.size] as? NSNumber)?.doubleValue ?? 0)
        }
    }
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}

/// Why nothing can be measured.
struct ReplayBenchmarkError: Error, CustomStringConvertible {
    var description: String
}
