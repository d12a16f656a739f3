// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import EventBus
internal import Storage
internal import Synchronization

/// Sends events as signed messages, each at least once.
///
/// A message is on disk before it is sent, and until the receiver has answered with a 2xx. It is sent again after longer
/// and longer times; after the last it is a dead letter, which people send again or drop. Whoever gets a message twice
/// knows it by its `webhook-id`.
final class WebhookOutput: Output {
    private let name: String
    private let settings: WebhookSettings
    private let selection: OutputSelection
    private let store: OutputStore
    private let sender: WebhookSender
    private let secret: Mutex<WebhookSecret>
    private let counter = OutputCounter()
    private let end = EndSignal()
    /// For those who hand over messages: they shall not take the sender's wake-ups.
    private let takingEnd = EndSignal()
    private let work = Mutex<Task<Void, Never>?>(nil)
    /// The messages that are being sent; where they are cut off they stay on disk as they are.
    private let sending = Attempt()
    /// Events that are being brought to disk.
    private let taking = Atomic(0)
    private let backoff: Backoff

    /// Messages that are sent side by side.
    private static let atOnce = 4
    /// The longest that nothing is looked for; a message that comes wakes the sender.
    private static let longestPause: Duration = .seconds(60)

    /// - Throws: ``OutputError`` where the secret or the certificates cannot be read.
    init(
        _ name: String,
        _ settings: WebhookSettings,
        _ selection: OutputSelection,
        _ store: OutputStore,
        version: String,
        sender: WebhookSender? = nil
    ) throws(OutputError) {
        self.name = name
        self.settings = settings
        self.selection = selection
        self.store = store
        secret = Mutex(try WebhookSecret.read(settings.secret))
        self.sender = if let sender { sender } else { try WebhookSender(settings, version: version) }
        backoff = Backoff(first: settings.firstDelay, longest: settings.longestDelay)
    }

    /// Begins to send what waits.
    ///
    /// - Parameter predecessor: what is to end first, such as an output of the same name.
    func start(after predecessor: Task<Void, Never>? = nil) {
        let task = Task {
            await predecessor?.value
            await run()
        }
        work.withLock { $0 = task }
    }

    var statistics: OutputStatistics { counter.statistics }

    var unsaved: Int { taking.load(ordering: .relaxed) }

    /// Looks for messages at once, such as those that somebody has revived.
    func wake() { end.wake() }

    func reload() async {
        do throws(OutputError) {
            let fresh = try WebhookSecret.read(settings.secret)
            secret.withLock { $0 = fresh }
        } catch {
            // The one that is known goes on being used.
            counter.failed(error.message)
        }
        end.wake()
    }

    func close(within grace: Duration) async {
        end.come()
        takingEnd.come()
        await sending.end(within: grace)
        await work.withLock { $0 }?.value
        sender.close()
    }

    // MARK: Taking

    func take(_ batch: EventBatch) async {
        let messages = batch.selected(selection).map { place in
            let facts = batch.headers[place].facts
            let topic = OutputTopic(facts)
            return OutputStore.Message(
                uid: store.identifier(),
                topic: topic,
                body: Self.body(batch.event(at: place), topic, time: facts.time)
            )
        }
        guard !messages.isEmpty else { return }
        taking.store(messages.count, ordering: .relaxed)
        defer { taking.store(0, ordering: .relaxed) }
        var failures = 0
        // On disk, or in the queue where it is counted. What comes at the very end is brought to disk too.
        repeat {
            do throws(StorageError) {
                let lost = try await store.add(messages, to: name, now: Clocks.now)
                counter.lost(lost, .queueFull)
                counter.addWaiting(messages.count - lost)
                end.wake()
                return
            } catch {
                failures += 1
                counter.failed("\(error)")
                let pause = Backoff(first: .seconds(1), longest: .seconds(30)).delay(after: failures)
                await takingEnd.wait(atMost: pause)
            }
        } while !end.hasCome
        counter.lost(messages.count, .ended)
    }

    /// The body that the Standard Webhooks specification recommends: type, time and data.
    static func body(_ event: some Collection<UInt8>, _ topic: OutputTopic, time: Int64) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: event.count + 128)
        json.beginObject()
        json.key("type")
        json.string("redoubt.\(topic.name)")
        json.key("timestamp")
        json.string(Clocks.text(time))
        json.key("data")
        json.raw(Array(event))
        json.endObject()
        return json.bytes
    }

    func test(_ event: [UInt8]) async throws(OutputError) -> String {
        let body = Self.body(event, .detections, time: Clocks.now)
        let key = secret.withLock { $0 }
        switch await sender.send(body, id: store.identifier(), secret: key, now: Clocks.now) {
        case .taken:
            counter.sent(1)
            return "taken by \(settings.target)"
        case .refused(_, let error, _):
            counter.failed(error)
            throw OutputError(.refused, "\(settings.target): \(error)")
        case .gone(let status):
            throw OutputError(.refused, "\(settings.target): answered \(status), which means never again")
        }
    }

    // MARK: Sending

    private func run() async {
        var failures = 0
        while !end.hasCome {
            do throws(StorageError) {
                let pause = try await round()
                failures = 0
                if let pause { await end.wait(atMost: pause) }
            } catch {
                failures += 1
                counter.failed("\(error)")
                await end.wait(atMost: Backoff(first: .seconds(1), longest: .seconds(60)).delay(after: failures))
            }
        }
    }

    /// Sends what is due.
    ///
    /// - Returns: how long nothing will be due; nil where more is due at once.
    private func round() async throws(StorageError) -> Duration? {
        let now = Clocks.now
        try await store.pullForward(
            name,
            now: now,
            longest: 2 * max(settings.longestDelay.nanoseconds, 86_400_000_000_000)
        )
        let due = try await store.due(name, now: now, limit: Self.atOnce)
        if !due.isEmpty {
            let results = await send(due)
            counter.lost(try await store.note(results, of: name, now: Clocks.now), .forgotten)
        }
        let state = try await store.state(name)
        counter.waiting(state.waiting)
        counter.dead(state.dead)
        guard let next = state.next else { return Self.longestPause }
        let wait = next - Clocks.now
        return wait <= 0 ? nil : min(.nanoseconds(wait), Self.longestPause)
    }

    private func send(_ due: [OutputStore.Delivery]) async -> [(OutputStore.Delivery, OutputStore.Result)] {
        let key = secret.withLock { $0 }
        let sender = sender
        let answers = await sending.run {
            await withTaskGroup(of: (OutputStore.Delivery, WebhookSender.Answer)?.self) { group in
                for delivery in due {
                    group.addTask {
                        let answer = await sender.send(delivery.body, id: delivery.uid, secret: key, now: Clocks.now)
                        // Who was cut off has not failed, and says nothing of the receiver.
                        return answer != .taken && Task.isCancelled ? nil : (delivery, answer)
                    }
                }
                return await group.reduce(into: [(OutputStore.Delivery, WebhookSender.Answer)]()) { answers, answer in
                    if let answer { answers.append(answer) }
                }
            }
        }
        return answers.map { ($0, result(of: $1, for: $0)) }
    }

    private func result(of answer: WebhookSender.Answer, for delivery: OutputStore.Delivery) -> OutputStore.Result {
        switch answer {
        case .taken:
            counter.sent(1)
            return .delivered
        case .gone(let status):
            let error = "answered \(status): the receiver wants no more"
            counter.failed(error)
            return .dead(status: status, error: error)
        case .refused(let status, let error, let retryAfter):
            counter.failed(error)
            let failures = delivery.attempts + 1
            guard failures < settings.attempts else { return .dead(status: status, error: error) }
            var delay = backoff.delay(after: failures)
            if let retryAfter { delay = max(delay, .seconds(retryAfter)) }
            return .postponed(due: Clocks.now + delay.nanoseconds, status: status, error: error)
        }
    }
}
