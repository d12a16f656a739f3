// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus
internal import Foundation
internal import NIOCore
internal import Synchronization

/// Sends events to a receiver of syslog.
///
/// What is being sent when a connection breaks is sent again over the next one; the receiver may have had it already. What
/// comes meanwhile waits in the output's queue. With UDP nothing tells whether anybody listens.
final class SyslogOutput: Output {
    private let settings: SyslogSettings
    private let selection: OutputSelection
    private let patience: Duration
    private let header: SyslogHeader
    private let counter = OutputCounter()
    /// For what is delivered; tests have one of their own.
    private let link: SyslogLink
    private let delivery = Attempt()
    private let number = Atomic<UInt64>(0)
    private let end = EndSignal()
    private let backoff = Backoff(first: .seconds(1), longest: .seconds(60))

    /// - Parameter patience: the longest that the receiver may take for a connection, or for what it is sent.
    /// - Throws: ``OutputError`` where the certificates cannot be read.
    init(
        _ settings: SyslogSettings,
        _ selection: OutputSelection,
        version: String,
        patience: Duration = .seconds(30)
    ) throws(OutputError) {
        self.settings = settings
        self.patience = patience
        self.selection = selection
        let process = ProcessInfo.processInfo
        header = SyslogHeader(
            facility: settings.facility,
            host: process.hostName,
            processID: process.processIdentifier,
            version: version
        )
        link = try SyslogLink(settings, patience: patience)
    }

    var statistics: OutputStatistics { counter.statistics }

    var unsaved: Int { counter.statistics.waiting }

    func take(_ batch: EventBatch) async {
        let places = batch.selected(selection)
        guard !places.isEmpty else { return }
        var messages: [ByteBuffer] = []
        for place in places {
            guard let message = message(batch.event(at: place), batch.headers[place].facts) else {
                counter.lost(1, .tooLarge)
                continue
            }
            messages.append(message)
        }
        guard !messages.isEmpty else { return }
        await deliver(messages)
    }

    /// Tries till it works or the output ends.
    private func deliver(_ messages: [ByteBuffer]) async {
        var failures = 0
        counter.waiting(messages.count)
        defer { counter.waiting(0) }
        var rest = messages[...]
        while !end.hasCome {
            let (link, tried) = (link, rest)
            let outcome = await delivery.run { await link.send(tried) }
            rest = rest.dropFirst(outcome.sent)
            if outcome.sent > 0 { counter.sent(outcome.sent) }
            counter.waiting(rest.count)
            guard let error = outcome.error else { return }
            failures += 1
            counter.failed(error.message)
            await end.wait(atMost: backoff.delay(after: failures))
        }
        counter.lost(rest.count, .ended)
    }

    /// - Returns: the message, framed; nil where it is too large in any form.
    private func message(_ event: ArraySlice<UInt8>, _ facts: EventFacts) -> ByteBuffer? {
        var event = event
        // The header is far shorter than that.
        let room = settings.transport.maximumMessage - 512
        if event.count > room {
            guard let shortened = ShortenedEvent.make(event, maximum: room) else { return nil }
            event = shortened[...]
        }
        var message: [UInt8] = []
        message.reserveCapacity(event.count + 256)
        let number = number.wrappingAdd(1, ordering: .relaxed).oldValue
        header.append(event, facts, number: number, to: &message)
        guard settings.transport != .udp else { return ByteBuffer(bytes: message) }
        // RFC 6587, section 3.4.1, and RFC 5425, section 4.3: the length, a space, the message.
        var framed = ByteBuffer()
        framed.reserveCapacity(message.count + 8)
        framed.writeString("\(message.count) ")
        framed.writeBytes(message)
        return framed
    }

    func test(_ event: [UInt8]) async throws(OutputError) -> String {
        let facts = EventFacts(time: Clocks.now, eventClass: .detectionFinding, stream: OutputTopic.detections.rawValue)
        guard let message = message(event[...], facts) else {
            throw OutputError(.tooLarge, "the test does not fit into a message")
        }
        // What is being delivered is not touched, and need not end before.
        let link = try SyslogLink(settings, patience: patience)
        let outcome = await link.send([message])
        link.close()
        if let error = outcome.error {
            counter.failed(error.message)
            throw error
        }
        counter.sent(1)
        return settings.transport == .udp
            ? "sent to \(settings.target); UDP does not tell whether it arrived" : "taken by \(settings.target)"
    }

    func reload() async {
        // The name may stand for another address now.
        link.renew()
    }

    func close(within grace: Duration) async {
        end.come()
        await delivery.end(within: grace)
        link.close()
    }
}
