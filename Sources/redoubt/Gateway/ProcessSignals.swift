// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Dispatch
import Glibc

/// What happens to a running program from outside.
enum ProgramEvent: Sendable {
    /// SIGHUP: take up the changed configuration.
    case reload
    /// SIGTERM or SIGINT: finish what runs and end.
    case terminate(signal: String)
    /// The sample shop is gone.
    case sampleShopEnded(status: Int32)
}

/// Turns signals into a stream of events, in place of what they do by default.
///
/// A signal handler could do next to nothing safely; a dispatch source delivers signals to ordinary code. The sources
/// are made once and only cancelled, so any thread may hold this.
final class ProcessSignals: @unchecked Sendable {
    let events: AsyncStream<ProgramEvent>
    private let continuation: AsyncStream<ProgramEvent>.Continuation
    private let sources: [any DispatchSourceSignal]

    init() {
        let (events, continuation) = AsyncStream.makeStream(of: ProgramEvent.self)
        self.events = events
        self.continuation = continuation
        // A client or a log's reader that has gone away is an error to handle, not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        let queue = DispatchQueue(label: "redoubt.signals")
        let signals: [(number: Int32, event: ProgramEvent)] = [
            (SIGHUP, .reload), (SIGTERM, .terminate(signal: "SIGTERM")), (SIGINT, .terminate(signal: "SIGINT")),
        ]
        sources = signals.map { item in
            let source = DispatchSource.makeSignalSource(signal: item.number, queue: queue)
            let event = item.event
            source.setEventHandler { continuation.yield(event) }
            source.resume()
            return source
        }
    }

    /// Adds an event that is no signal.
    func send(_ event: ProgramEvent) {
        continuation.yield(event)
    }

    deinit {
        for source in sources {
            source.cancel()
        }
        continuation.finish()
    }
}
