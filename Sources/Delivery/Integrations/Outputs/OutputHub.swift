// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Access
package import DefenseModel
internal import Dispatch
package import EventBus
package import Incidents
package import Logging
internal import Storage
internal import Synchronization

/// Everything that leaves Redoubt goes through here: to each output what it is to have.
///
/// It has a bus of its own, onto which the gateway's exchanges are handed on, and which bears what is made here: findings,
/// decisions, acts. Each output has a queue there; who does not keep up loses events, counted, and nobody waits for it.
///
/// ```swift
/// let hub = OutputHub(store, version: "0.1.0", logger)
/// await hub.replace([settings])
/// hub.follow(gatewayBus)
/// hub.follow(insight.live)
/// hub.note(decision, leaf: 7)
/// ```
package final class OutputHub: Sendable {
    /// An output that runs.
    private struct Running {
        var settings: OutputSettings
        var output: any Output
        var subscription: EventSubscription
        var task: Task<Void, Never>
    }

    /// One that cannot run.
    private struct Broken {
        var settings: OutputSettings
        var error: OutputError
    }

    private struct State {
        var running: [Running] = []
        var broken: [Broken] = []
        /// All that are configured; nil till that is known.
        var wanted: [OutputSettings]?
        /// What follows other sources.
        var followers: [Task<Void, Never>] = []
        var sources: [(EventBus, EventSubscription)] = []
        /// Where detections come from, and what follows them while an output wants them.
        var live: LiveHub?
        var liveFollower: Task<Void, Never>?
        /// Detections that nobody was told of as too many came at once.
        var missedDetections = 0
        var missedRecords = 0
        var isClosed = false
    }

    private let store: OutputStore?
    private let version: String
    private let logger: Logger
    private let bus = EventBus()
    private let producer: EventProducer
    private let state = Mutex(State())
    private let identifiers = Mutex(IdentifierGenerator())
    /// Where decisions and acts become events.
    private let maker = DispatchQueue(label: "outputs")
    private let waitingRecords = Atomic(0)

    private static let mostWaitingRecords = 20_000

    /// - Parameter store: where messages wait; nil where it cannot be opened, so that webhooks cannot run.
    package init(_ store: OutputStore?, version: String, _ logger: Logger) {
        self.store = store
        self.version = version
        self.logger = logger
        producer = bus.producer(source: 2, epoch: UInt32(truncatingIfNeeded: Clocks.now / 1_000_000_000))
    }

    // MARK: Sources

    /// Hands on the exchanges that a gateway records from now on.
    ///
    /// - Parameter seen: is called with each batch, for what counts.
    package func follow(_ source: EventBus, seen: @escaping @Sendable (EventBatch) -> Void = { _ in }) {
        var settings = EventSubscription.Settings()
        // What is sent on is never worth to hold up what comes in.
        settings.exertsPressure = false
        let subscription = source.subscribe("outputs", settings)
        let task = Task { [bus] in
            while let batch = await subscription.next() {
                seen(batch)
                bus.forward(batch)
            }
        }
        state.withLock { state in
            state.sources.append((source, subscription))
            state.followers.append(task)
        }
    }

    /// Sends on the detections that are kept, from when an output wants them.
    package func follow(_ live: LiveHub) {
        state.withLock { $0.live = live }
        followDetections()
    }

    /// Whoever is told of detections makes their keeper work, so that nobody is while no output wants them.
    private func followDetections() {
        let isWanted = isWanted(.detections)
        let ended = state.withLock { state -> Task<Void, Never>? in
            guard isWanted, let live = state.live, !state.isClosed else {
                defer { state.liveFollower = nil }
                return state.liveFollower
            }
            guard state.liveFollower == nil else { return nil }
            let watch = live.watch(buffer: 10_000)
            state.liveFollower = Task { [weak self] in
                while let (events, missed) = await watch.next() {
                    self?.take(events, missed: missed)
                }
            }
            return nil
        }
        ended?.cancel()
    }

    private func take(_ events: [LiveEvent], missed: Int) {
        if missed > 0 { state.withLock { $0.missedDetections += missed } }
        guard isWanted(.detections) else { return }
        for event in events {
            if case .detection(let row) = event { send(OCSFRecord(row)) }
        }
    }

    /// Sends on a decision that is in the evidence log. The caller, who may have a client waiting, does not wait.
    package func note(_ decision: Decision, leaf: Int) {
        guard isWanted(decision.disposition == .changed ? .changes : .decisions) else { return }
        later { [weak self] in self?.send(OCSFRecord(decision, leaf: leaf)) }
    }

    /// Sends on something that was done to or with accounts.
    package func note(_ act: AccessAct) {
        guard isWanted(.accounts) || isWanted(.signIns) else { return }
        let random = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
        let uid = identifiers.withLock { $0.next(time: act.time, random: random) }
        later { [weak self] in self?.send(OCSFRecord(act, uid: "\(uid)")) }
    }

    /// Makes an event on a thread for that, unless too many wait to be made.
    private func later(_ make: @escaping @Sendable () -> Void) {
        guard waitingRecords.add(1, ordering: .relaxed).newValue <= Self.mostWaitingRecords else {
            waitingRecords.subtract(1, ordering: .relaxed)
            state.withLock { $0.missedRecords += 1 }
            return
        }
        maker.async { [self] in
            make()
            waitingRecords.subtract(1, ordering: .relaxed)
        }
    }

    private func send(_ record: OCSFRecord) {
        producer.append(record.json, record.facts)
    }

    private func isWanted(_ topic: OutputTopic) -> Bool {
        state.withLock { $0.running.contains { $0.settings.selection.topics.contains(topic) } }
    }

    // MARK: Outputs

    /// Runs these outputs from now on. Those that stay as they are go on; the others end, and what waited for them in
    /// memory is lost.
    ///
    /// - Returns: what is wrong with those that cannot run; the others run.
    @discardableResult
    package func replace(_ wanted: [OutputSettings]) async -> [(name: String, error: OutputError)] {
        let (kept, ended) = state.withLock { state in
            let kept = state.running.filter { wanted.contains($0.settings) }
            let ended = state.running.filter { !wanted.contains($0.settings) }
            state.running = kept
            state.broken = []
            state.wanted = wanted
            return (kept, ended)
        }
        for running in ended { await end(running) }
        for running in kept { await running.output.reload() }
        var problems: [(name: String, error: OutputError)] = []
        for settings in wanted where !kept.contains(where: { $0.settings == settings }) {
            do throws(OutputError) {
                let running = try start(settings)
                state.withLock { $0.running.append(running) }
            } catch {
                logger.error("the output \(settings.name) does not run: \(error)")
                state.withLock { $0.broken.append(Broken(settings: settings, error: error)) }
                problems.append((settings.name, error))
            }
        }
        followDetections()
        await buryOrphans(wanted)
        return problems
    }

    /// The names of all outputs that are configured, those that cannot run too; nil till that is known.
    package var names: Set<String>? {
        state.withLock { state in state.wanted.map { wanted in Set(wanted.map(\.name)) } }
    }

    /// Messages that were revived for outputs that are not there any more become dead letters again.
    package func buryOrphans() async {
        guard let wanted = state.withLock({ $0.wanted }) else { return }
        await buryOrphans(wanted)
    }

    /// Messages of outputs that are not there any more become dead letters.
    private func buryOrphans(_ wanted: [OutputSettings]) async {
        guard let store else { return }
        do throws(StorageError) {
            let count = try await store.buryOrphans(except: Set(wanted.map(\.name)), now: Clocks.now)
            if count > 0 {
                logger.warning("\(count) messages waited for outputs that are gone, and are dead letters now")
            }
        } catch {
            logger.warning("messages of outputs that are gone cannot be looked for: \(error)")
        }
    }

    private func start(_ settings: OutputSettings) throws(OutputError) -> Running {
        let output = try make(settings)
        var queue = EventSubscription.Settings()
        queue.queueBytes = settings.queueBytes
        queue.exertsPressure = false
        let subscription = bus.subscribe(settings.name, queue)
        let task = Task {
            while let batch = await subscription.next() { await output.take(batch) }
        }
        return Running(settings: settings, output: output, subscription: subscription, task: task)
    }

    private func make(_ settings: OutputSettings) throws(OutputError) -> any Output {
        switch settings.destination {
        case .file(let file): return FileOutput(file, settings.selection)
        case .syslog(let syslog): return try SyslogOutput(syslog, settings.selection, version: version)
        case .webhook(let webhook):
            guard let store else {
                throw OutputError(.store, "outputs.sqlite cannot be opened, so that no message can wait there")
            }
            let output = try WebhookOutput(settings.name, webhook, settings.selection, store, version: version)
            output.start()
            return output
        }
    }

    private func end(_ running: Running) async {
        bus.unsubscribe(running.subscription)
        await running.output.close()
        await running.task.value
    }

    /// Sends a message that says it is a test to one output, now.
    ///
    /// - Returns: what came of it.
    /// - Throws: ``OutputError``.
    package func test(_ name: String) async throws(OutputError) -> String {
        let (output, broken) = state.withLock { state in
            (
                state.running.first { $0.settings.name == name }?.output,
                state.broken.first { $0.settings.name == name }?.error
            )
        }
        if let broken { throw broken }
        guard let output else { throw OutputError(.unknown, "there is no output \"\(name)\"") }
        return try await output.test(OCSFRecord.test(uid: testIdentifier, time: Clocks.now).json)
    }

    private var testIdentifier: String {
        let random = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
        return "\(identifiers.withLock { $0.next(time: Clocks.now, random: random) })"
    }

    /// Looks for messages that somebody has revived.
    package func wake() {
        for running in state.withLock({ $0.running }) { (running.output as? WebhookOutput)?.wake() }
    }

    /// Opens files anew and reads secrets again.
    package func reload() async {
        for running in state.withLock({ $0.running }) { await running.output.reload() }
    }

    /// Takes nothing more, sends what waits as far as that is quick, and ends.
    package func close(within limit: Duration = .seconds(3)) async {
        let (followers, sources) = state.withLock { state in
            state.isClosed = true
            return (state.followers + [state.liveFollower].compactMap(\.self), state.sources)
        }
        // What is being made is still sent.
        await withCheckedContinuation { continuation in maker.async { continuation.resume() } }
        // The bus of the gateway has been closed and its subscriptions end; what is still open is let go.
        for (source, subscription) in sources { source.unsubscribe(subscription) }
        // Detections end with the store's hub; what does not end is not waited for.
        let alarm = Task {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            for follower in followers { follower.cancel() }
        }
        for follower in followers { await follower.value }
        alarm.cancel()
        _ = await bus.close(within: limit)
        let running = state.withLock { state in
            defer { state.running = [] }
            return state.running
        }
        for running in running { await end(running) }
    }

    // MARK: What it does

    /// An output as pages and commands show it.
    package struct Status: Sendable {
        package var settings: OutputSettings
        package var statistics: OutputStatistics
        /// Why it does not run; nil where it does.
        package var error: OutputError?
    }

    package var statuses: [Status] {
        let (running, broken) = state.withLock { ($0.running, $0.broken) }
        return running.map { running in
            var statistics = running.output.statistics
            statistics.add(running.subscription.statistics)
            return Status(settings: running.settings, statistics: statistics, error: nil)
        } + broken.map { Status(settings: $0.settings, statistics: OutputStatistics(), error: $0.error) }
    }

    /// Exchanges that no output was told of, because too many came at once.
    package var missedExchanges: Int {
        state.withLock { $0.sources.reduce(0) { $0 + $1.1.statistics.drops.queueFull } }
    }

    /// Decisions and acts that no output was told of, because too many came at once.
    package var missedRecords: Int { state.withLock { $0.missedRecords } }

    /// Detections that no output was told of, because too many came at once.
    package var missedDetections: Int { state.withLock { $0.missedDetections } }
}
