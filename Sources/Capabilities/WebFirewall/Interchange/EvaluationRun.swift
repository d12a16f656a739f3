// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Answers transactions line by line: the loop behind `redoubt waf eval`.
package struct EvaluationRun {
    /// What came of a whole input.
    package struct Summary: Sendable, Equatable {
        /// Lines that were evaluated.
        package var answered = 0
        /// Lines that were not, because they are malformed or their rules do not load.
        package var failed = 0

        package init() {}
    }

    private let decoder: TransactionDecoder
    private let evaluate: (RecordedTransaction) -> TransactionResult
    private var encoder = ResultEncoder()
    /// What came of the lines so far.
    package private(set) var summary = Summary()
    private var line = 0

    package init(
        decoder: TransactionDecoder,
        evaluate: @escaping (RecordedTransaction) -> TransactionResult
    ) {
        self.decoder = decoder
        self.evaluate = evaluate
    }

    /// The answer to the next line, with its line feed; nil for an empty line, which asks nothing.
    package mutating func answer(_ item: LineReader.Item) -> [UInt8]? {
        line += 1
        switch item {
        case .tooLong:
            summary.failed += 1
            return encoder.encode(failure: "line \(line): the line is too long", id: nil)
        case .line(let bytes):
            guard bytes.contains(where: { $0 != 0x20 && $0 != 0x09 }) else {
                return nil
            }
            return answer(bytes)
        }
    }

    private mutating func answer(_ bytes: [UInt8]) -> [UInt8] {
        let transaction: RecordedTransaction
        do throws(TransactionDecodingError) {
            transaction = try decoder.decode(bytes, line: line)
        } catch {
            summary.failed += 1
            return encoder.encode(failure: error.description, id: error.id)
        }
        let result = evaluate(transaction)
        if result.error == nil {
            summary.answered += 1
        } else {
            summary.failed += 1
        }
        return encoder.encode(result, id: transaction.id)
    }
}
