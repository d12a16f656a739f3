// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus

/// A place that events go to. One task hands it batches, one after another; while it takes one, others wait in a bounded
/// queue.
protocol Output: Sendable {
    /// Takes the events of a batch that are selected. Returns when the next batch may come.
    func take(_ batch: EventBatch) async
    /// Sends one message that says it is a test, now.
    ///
    /// - Returns: what the receiver said.
    /// - Throws: ``OutputError``.
    func test(_ event: [UInt8]) async throws(OutputError) -> String
    /// What it has done, but for what its queue knows.
    var statistics: OutputStatistics { get }
    /// Events that it holds in memory alone: they are lost where it cannot be waited for.
    var unsaved: Int { get }
    /// Opens its file anew, or reads its secret again.
    func reload() async
    /// Ends. What is under way may go on for as long as the grace, then it is cut off and counted; nothing new begins.
    func close(within grace: Duration) async
}

/// Why an output does not work.
package struct OutputError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case settings, connection, refused, tooLarge, store, unknown
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

extension EventBatch {
    /// The places of the events that a selection takes.
    func selected(_ selection: OutputSelection) -> [Int] {
        headers.indices.filter { selection.takes(headers[$0].facts) }
    }
}
