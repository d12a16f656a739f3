// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus
internal import Logging

/// An output that runs: what hands it the batches of its queue.
struct RunningOutput: Sendable {
    let settings: OutputSettings
    let output: any Output
    let subscription: EventSubscription
    private let task: Task<Void, Never>

    /// - Parameter predecessor: what is to end before it takes the first batch. Its queue fills meanwhile.
    init(_ settings: OutputSettings, _ output: any Output, on bus: EventBus, after predecessor: Task<Void, Never>?) {
        var queue = EventSubscription.Settings()
        queue.queueBytes = settings.queueBytes
        queue.exertsPressure = false
        let subscription = bus.subscribe(settings.name, queue)
        self.settings = settings
        self.output = output
        self.subscription = subscription
        task = Task {
            await predecessor?.value
            while let batch = await subscription.next() { await output.take(batch) }
        }
    }

    var statistics: OutputStatistics {
        var statistics = output.statistics
        statistics.add(subscription.statistics)
        return statistics
    }

    /// Ends outputs, all at once. Nobody waits for those that have not ended in time.
    static func end(_ outputs: [RunningOutput], on bus: EventBus, within limit: Duration, _ logger: Logger) async {
        let deadline = ContinuousClock.now + limit
        let endings = outputs.map { running in
            bus.unsubscribe(running.subscription)
            return EndSignal.ending {
                // The batch that it is at goes its way where nothing stands in it.
                let taking = EndSignal.ending { await running.task.value }
                _ = await taking.comes(by: .now + limit / 4)
                // The rest is for what the output does about the end.
                await running.output.close(within: limit / 4)
                await running.task.value
            }
        }
        for (running, ending) in zip(outputs, endings) {
            running.tellEnd(await ending.comes(by: deadline), logger)
        }
    }

    /// Says what is lost.
    private func tellEnd(_ hasEnded: Bool, _ logger: Logger) {
        let lost = statistics.lost[.ended] ?? 0
        if !hasEnded {
            let all = lost + output.unsaved
            logger.warning("the output \(settings.name) does not end in time; \(all) events for it are lost")
        } else if lost > 0 {
            logger.warning("\(lost) events are lost: the output \(settings.name) ended before they were sent")
        }
    }
}

/// Makes outputs of settings.
struct OutputMaker: Sendable {
    private let make: @Sendable (OutputSettings) throws -> any Output

    /// - Parameter store: where messages wait; nil where it cannot be opened.
    init(_ store: OutputStore?, version: String) {
        make = { settings in
            switch settings.destination {
            case .file(let file): return FileOutput(file, settings.selection)
            case .syslog(let syslog): return try SyslogOutput(syslog, settings.selection, version: version)
            case .webhook(let webhook):
                guard let store else {
                    throw OutputError(.store, "outputs.sqlite cannot be opened, so that no message can wait there")
                }
                return try WebhookOutput(settings.name, webhook, settings.selection, store, version: version)
            }
        }
    }

    /// - Parameter make: throws ``OutputError``.
    init(_ make: @escaping @Sendable (OutputSettings) throws -> any Output) {
        self.make = make
    }

    func output(_ settings: OutputSettings) throws(OutputError) -> any Output {
        do {
            return try make(settings)
        } catch {
            throw error as? OutputError ?? OutputError(.unknown, "\(error)")
        }
    }
}
