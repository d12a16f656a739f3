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
    /// One that cannot run.
    private struct Broken {
        var settings: OutputSettings
        var error: OutputError
    }

    private struct State {
        var running: [RunningOutput] = []
        /// The end of outputs that were replaced.
        var ending: Task<Void, Never>?
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
    private let logger: Logger
    private let bus: EventBus
    private let producer: EventProducer
    private let state = Mutex(State())
    private let identifiers = Mutex(IdentifierGenerator())
    /// Where decisions and acts become events.
    private let maker = DispatchQueue(label: "outputs")
    private let waitingRecords = Atomic(0)
    private let make: OutputMaker

    private static let mostWaitingRecords = 20_000
    /// How long an output that is not wanted any more may take to end; nobody waits for that but those that replace it.
    private static let patience: Duration = .seconds(5)
    /// How long opening files anew and reading secrets may hold up a reload.
    private static let reloadPatience: Duration = .seconds(1)

    /// - Parameter store: where messages wait; nil where it cannot be opened, so that webhooks cannot run.
    package convenience init(_ store: OutputStore?, version: String, _ logger: Logger) {
        self.init(store, OutputMaker(store, version: version), logger)
    }

    /// - Parameters:
    ///   - make: makes outputs of settings.
    ///   - bus: bears what outputs are to have; it is closed with the hub.
    init(_ store: OutputStore?, _ make: OutputMaker, _ logger: Logger, bus: EventBus = EventBus()) {
        self.store = store
        self.bus = bus
        self.make = make
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
            if case .detection(let row) = event, !send(OCSFRecord(row)) { state.withLock { $0.missedDetections += 1 } }
        }
    }

    /// Sends on a decision that is in the evidence log. The caller, who may have a client waiting, does not wait.
    package func note(_ decision: Decision, leaf: Int) {
        guard isWanted(decision.disposition == .changed ? .changes : .decisions) else { return }
        later { OCSFRecord(decision, leaf: leaf) }
    }

    /// Sends on something that was done to or with accounts.
    package func note(_ act: AccessAct) {
        guard isWanted(.accounts) || isWanted(.signIns) else { return }
        let random = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
        let uid = identifiers.withLock { $0.next(time: act.time, random: random) }
        later { OCSFRecord(act, uid: "\(uid)") }
    }

    /// What running outputs want to be told of findings: choices, and topics of each.
    package var findingChoices: [OutputSelection.FindingChoice: Set<OutputTopic>] {
        state.withLock { state in
            state.running.reduce(into: [:]) { choices, running in
                let topics = running.settings.selection.topics.intersection(OutputTopic.findings)
                if !topics.isEmpty { choices[running.settings.selection.findings, default: []].formUnion(topics) }
            }
        }
    }

    /// Sends on what became of findings.
    ///
    /// - Parameter choice: of the outputs that are to have it.
    package func note(_ notice: FindingNotice, for choice: OutputSelection.FindingChoice) {
        guard isWanted(notice.topic) else { return }
        let random = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
        let uid = identifiers.withLock { $0.next(time: Int64(notice.time) * 1_000_000_000, random: random) }
        later { OCSFRecord(notice, uid: "\(uid)", channel: choice.channel) }
    }

    /// Makes an event on a thread for that, unless too many wait to be made.
    private func later(_ make: @escaping @Sendable () -> OCSFRecord) {
        guard waitingRecords.add(1, ordering: .relaxed).newValue <= Self.mostWaitingRecords else {
            waitingRecords.subtract(1, ordering: .relaxed)
            state.withLock { $0.missedRecords += 1 }
            return
        }
        maker.async { [self] in
            if !send(make()) { state.withLock { $0.missedRecords += 1 } }
            waitingRecords.subtract(1, ordering: .relaxed)
        }
    }

    /// - Returns: whether it is on its way; what is too large, or comes after the end, is not.
    private func send(_ record: OCSFRecord) -> Bool {
        producer.append(record.json, record.facts) == .accepted
    }

    private func isWanted(_ topic: OutputTopic) -> Bool {
        state.withLock { $0.running.contains { $0.settings.selection.topics.contains(topic) } }
    }

    // MARK: Outputs

    /// Runs these outputs from now on. Those that stay as they are go on; the others end by themselves, all at once, and what
    /// waited for them in memory is lost, which is logged. Nobody waits for a receiver here: what takes the place of an
    /// output gathers its events meanwhile.
    ///
    /// - Returns: what is wrong with those that cannot run; the others run.
    @discardableResult
    package func replace(_ wanted: [OutputSettings]) async -> [(name: String, error: OutputError)] {
        guard !state.withLock({ $0.isClosed }) else { return [] }
        let (kept, ended) = state.withLock { state in
            let kept = state.running.filter { wanted.contains($0.settings) }
            state.wanted = wanted
            return (kept, state.running.filter { !wanted.contains($0.settings) })
        }
        // Those that end take events till those are there that take their place: a moment of both rather than of none.
        let areReplaced = EndSignal()
        let ending = ended.isEmpty ? nil : end(ended, after: areReplaced)
        var broken: [Broken] = []
        var running = kept
        for settings in wanted where !kept.contains(where: { $0.settings == settings }) {
            do throws(OutputError) {
                running.append(try start(settings, after: ending))
            } catch {
                logger.error("the output \(settings.name) does not run: \(error)")
                broken.append(Broken(settings: settings, error: error))
            }
        }
        state.withLock { state in
            state.running = running
            state.broken = broken
        }
        areReplaced.come()
        followDetections()
        await reload(kept)
        await buryOrphans(wanted)
        return broken.map { ($0.settings.name, $0.error) }
    }

    /// Lets outputs end that are not wanted any more, and looks after what they leave.
    private func end(_ ended: [RunningOutput], after areReplaced: EndSignal) -> Task<Void, Never> {
        state.withLock { state in
            let before = state.ending
            let task = Task { [bus, logger, weak self] in
                _ = await areReplaced.comes(by: .now + Self.patience)
                await RunningOutput.end(ended, on: bus, within: Self.patience, logger)
                await self?.buryOrphans()
                await before?.value
            }
            state.ending = task
            return task
        }
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

    private func start(
        _ settings: OutputSettings,
        after predecessor: Task<Void, Never>?
    ) throws(OutputError) -> RunningOutput {
        let output = try make.output(settings)
        // A webhook's messages go to disk, where they wait for the predecessor's end by themselves.
        let webhook = output as? WebhookOutput
        webhook?.start(after: predecessor)
        return RunningOutput(settings, output, on: bus, after: webhook == nil ? predecessor : nil)
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
        await reload(state.withLock { $0.running })
    }

    private func reload(_ outputs: [RunningOutput]) async {
        let deadline = ContinuousClock.now + Self.reloadPatience
        let reloads = outputs.map { running in EndSignal.ending { await running.output.reload() } }
        for (reload, running) in zip(reloads, outputs) {
            if await reload.comes(by: deadline) { continue }
            logger.warning("the output \(running.settings.name) is slow to open its file or read its secret anew")
        }
    }

    /// Takes nothing more, sends what waits as far as that is quick, and ends.
    ///
    /// - Parameter limit: for all of it. What has not been sent then waits on disk (webhooks), or is lost, which is logged.
    package func close(within limit: Duration = .seconds(5)) async {
        let begin = ContinuousClock.now
        let ending = state.withLock { state in
            state.isClosed = true
            return state.ending
        }
        await closeSources(by: begin + limit * 0.4)
        _ = await bus.close(within: max(.zero, begin + limit * 0.7 - .now))
        let running = state.withLock { state in
            defer { state.running = [] }
            return state.running
        }
        await RunningOutput.end(running, on: bus, within: max(limit * 0.1, begin + limit - .now), logger)
        guard let ending else { return }
        _ = await EndSignal.ending { await ending.value }.comes(by: begin + limit)
    }

    private func closeSources(by deadline: ContinuousClock.Instant) async {
        let (followers, sources) = state.withLock { state in
            (state.followers + [state.liveFollower].compactMap(\.self), state.sources)
        }
        // What is being made is still sent.
        let making = EndSignal.ending { [maker] in
            await withCheckedContinuation { continuation in maker.async { continuation.resume() } }
        }
        if await !making.comes(by: deadline) {
            let count = waitingRecords.load(ordering: .relaxed)
            logger.warning("\(count) records are not sent: they were not made in time")
        }
        // The bus of the gateway has been closed and its subscriptions end; what is still open is let go.
        for (source, subscription) in sources { source.unsubscribe(subscription) }
        // Detections end with the store's hub; what does not end is not waited for.
        let following = EndSignal.ending { for follower in followers { await follower.value } }
        if await following.comes(by: deadline) { return }
        for follower in followers { follower.cancel() }
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
            Status(settings: running.settings, statistics: running.statistics, error: nil)
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
