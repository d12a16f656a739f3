// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import EventBus
import Foundation
import NIOCore
import Testing

@testable import Integrations

@Suite struct SyslogTests {
    private static let selection = OutputSelection([.detections])

    private func message(_ record: OCSFRecord, host: String = "gate", version: String = "1") -> String {
        let header = SyslogHeader(facility: 16, host: host, processID: 42, version: version)
        var bytes: [UInt8] = []
        header.append(record.json, record.facts, number: 0, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `a message has the form of RFC 5424`() {
        let record = OCSFRecord(Samples.row())
        let text = message(record)
        let start = "<131>1 2026-11-22T00:14:11.926704Z gate redoubt 42 detections [meta sequenceId=\"1\"]"
        #expect(text.hasPrefix(start + "[origin software=\"Redoubt\" swVersion=\"1\"] {\"activity_id\""))
        #expect(text.hasSuffix(String(decoding: record.json, as: UTF8.self)))
    }

    @Test(arguments: Samples.hostile)
    func `nothing in an event or a name begins another message`(text: String) throws {
        let sent = message(OCSFRecord(Samples.row(text)), host: text, version: text)
        #expect(!sent.utf8.contains { $0 < 0x20 || $0 == 0x7F })
        let words = sent.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: false)
        #expect(words.count == 6 && words[0] == "<131>1" && words[3] == "redoubt" && words[4] == "42")
        let end = try #require(sent.range(of: "\"] {"))
        let json = Array(sent[sent.index(end.upperBound, offsetBy: -1)...].utf8)
        #expect(throws: Never.self) { try JSONReader.read(json) }
    }

    @Test(arguments: EventSeverity.allCases)
    func `severities are those of syslog`(severity: EventSeverity) {
        #expect((2...6).contains(SyslogHeader.severity(severity)))
        #expect(SyslogHeader.severity(.critical) == 2 && SyslogHeader.severity(.info) == 6)
    }

    @Test func `an event that is too large goes without what OCSF does not name, and says so`() throws {
        let event = Samples.exchange(1, padding: 5000)
        let short = try #require(ShortenedEvent.make(event[...], maximum: 6000))
        let json = try JSONReader.read(short)
        #expect(short.count <= 6000 && json["unmapped"] == nil && json["http_request"] != nil)
        #expect(json["metadata"]?["is_truncated"]?.bool == true)
        #expect(json["metadata"]?["untruncated_size"]?.integer == event.count)
        #expect(ShortenedEvent.make(event[...], maximum: 10) == nil)
        #expect(ShortenedEvent.make(Array("nonsense".utf8)[...], maximum: 1000) == nil)
    }

    @Test(arguments: [
        ("udp://h", "udp://h:514"), ("tcp://h:99", "tcp://h:99"), ("tls://siem.example", "tls://siem.example:6514"),
        ("tcp://[2001:db8::1]:6", "tcp://[2001:db8::1]:6"),
    ])
    func `addresses are read`(text: String, shown: String) {
        #expect(SyslogSettings(url: text)?.target == shown)
    }

    @Test(arguments: [
        "", "h", "http://h", "udp://", "tcp://:514", "tcp://h:", "tcp://h:0", "tcp://h:65536", "tcp://h:1x",
        "tcp://a b",
        "tcp://[::1", "tcp://[x]", "tcp://h/path", "tcp://user@h", "TCP://h",
    ])
    func `what is no address is refused`(text: String) {
        #expect(SyslogSettings(url: text) == nil)
    }

    // MARK: On the wire

    /// Longer than any machine is busy: what a test waits for must come, and not because time is over.
    private static let endless = Duration.seconds(36_000)

    private func send(
        _ transport: SyslogSettings.Transport,
        port: Int,
        authorities: String? = nil,
        _ records: [OCSFRecord]
    ) async throws -> SyslogOutput {
        var settings = SyslogSettings(transport, host: transport == .tls ? "localhost" : "127.0.0.1", port: port)
        settings.authorities = authorities
        let output = try SyslogOutput(settings, Self.selection, version: "1", patience: Self.endless)
        await output.take(Samples.batch(records))
        return output
    }

    @Test func `a receiver over UDP gets a datagram for each event`() async throws {
        let receiver = try await DatagramReceiver.start()
        let output = try await send(
            .udp,
            port: receiver.port,
            [OCSFRecord(Samples.row()), OCSFRecord(Samples.row("x"))]
        )
        #expect(try await eventually { receiver.inbox.items.count == 2 })
        #expect(receiver.inbox.items.allSatisfy { $0.hasPrefix("<131>1 ") && $0.hasSuffix("}") })
        #expect(output.statistics.sent == 2)
        await output.close(within: .seconds(5))
        await receiver.stop()
    }

    @Test(arguments: [false, true])
    func `a receiver over TCP, with or without TLS, gets counted messages`(tls: Bool) async throws {
        let folder = try TestFolder()
        let authorities = try folder.write(LocalhostIdentity.certificate, to: "ca.pem")
        let receiver = try await StreamReceiver.start(tls: tls)
        let records = Samples.hostile.map { OCSFRecord(Samples.row($0)) }
        let output = try await send(
            tls ? .tls : .tcp,
            port: receiver.port,
            authorities: tls ? authorities : nil,
            records
        )
        #expect(try await eventually { receiver.messages?.count == records.count })
        for message in receiver.messages ?? [] {
            #expect(message.hasPrefix("<131>1 ") && message.hasSuffix("}"))
        }
        #expect(try await output.test(OCSFRecord.test(uid: "1", time: 0).json).hasPrefix("taken by"))
        await output.close(within: .seconds(5))
        await receiver.stop()
    }

    @Test func `a certificate that is not trusted is refused`() async throws {
        let receiver = try await StreamReceiver.start(tls: true)
        var settings = SyslogSettings(.tls, host: "localhost", port: receiver.port)
        settings.authorities = nil
        let output = try SyslogOutput(settings, Self.selection, version: "1")
        await #expect(throws: OutputError.self) { try await output.test(Array("{}".utf8)) }
        #expect(receiver.messages == [])
        await output.close(within: .seconds(5))
        await receiver.stop()
    }

    @Test func `what could not be sent is sent once the receiver is back`() async throws {
        let first = try await StreamReceiver.start()
        let port = first.port
        let output = try await send(.tcp, port: port, [OCSFRecord(Samples.row())])
        #expect(try await eventually { first.messages?.count == 1 })
        await first.stop()
        // The system may still take some for the connection that is gone; then there is an error, and a new connection.
        let sending = Task {
            for number in 0..<50 where output.statistics.failures == 0 {
                await output.take(Samples.batch([OCSFRecord(Samples.row("\(number)"))]))
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        #expect(try await eventually { output.statistics.failures > 0 })
        let second = try await StreamReceiver.start(port: port)
        await sending.value
        #expect(try await eventually { (second.messages?.count ?? 0) > 0 })
        #expect(output.statistics.lastFailure == nil && output.statistics.lostEvents == 0)
        await output.close(within: .seconds(5))
        await second.stop()
    }

    @Test func `an output that ends counts what it could not send`() async throws {
        let gone = try await StreamReceiver.start()
        let port = gone.port
        await gone.stop()
        let output = try SyslogOutput(SyslogSettings(.tcp, host: "127.0.0.1", port: port), Self.selection, version: "1")
        let sending = Task { await output.take(Samples.batch([OCSFRecord(Samples.row())])) }
        #expect(try await eventually { output.statistics.failures > 0 })
        await output.close(within: .seconds(5))
        await sending.value
        #expect(output.statistics.lost == [.ended: 1])
    }

    /// A receiver that does not read: what is delivered fills all that lies between, and waits.
    private func deliverToDeaf(
        _ receiver: StreamReceiver,
        patience: Duration
    ) throws -> (SyslogOutput, Task<Void, Never>) {
        let settings = SyslogSettings(.tcp, host: "127.0.0.1", port: receiver.port)
        let output = try SyslogOutput(settings, Self.selection, version: "1", patience: patience)
        let record = OCSFRecord(Samples.row(String(repeating: "x", count: 4000)))
        let batch = Samples.batch(Array(repeating: record, count: 3000))
        return (output, Task { await output.take(batch) })
    }

    @Test(.timeLimit(.minutes(20))) func `a test does not wait for a delivery, and does not break it`() async throws {
        let receiver = try await StreamReceiver.start(reads: false)
        let (output, delivery) = try deliverToDeaf(receiver, patience: Self.endless)
        #expect(try await eventually { receiver.connections == 1 })
        for _ in 0..<3 { #expect(try await output.test(Array("{}".utf8)).hasPrefix("taken by")) }
        // Each over a connection of its own, and the delivery's is still there.
        #expect(try await eventually { receiver.connections == 4 })
        #expect(output.statistics.waiting == 3000 && output.statistics.failures == 0)
        await output.close(within: .zero)
        await delivery.value
        #expect(output.statistics.lost == [.ended: 3000])
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(20))) func `tests and deliveries side by side leave each message whole`() async throws {
        let receiver = try await StreamReceiver.start()
        let settings = SyslogSettings(.tcp, host: "127.0.0.1", port: receiver.port)
        let output = try SyslogOutput(settings, Self.selection, version: "1", patience: Self.endless)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                let batch = Samples.batch(Samples.hostile.map { OCSFRecord(Samples.row($0)) })
                for _ in 0..<40 { await output.take(batch) }
            }
            for _ in 0..<40 { group.addTask { _ = try? await output.test(Array("{}".utf8)) } }
            group.addTask { for _ in 0..<40 { await output.reload() } }
        }
        let count = 40 * (Samples.hostile.count + 1)
        #expect(try await eventually { receiver.messages?.count == count })
        #expect(receiver.messages?.allSatisfy { $0.hasPrefix("<1") && $0.hasSuffix("}") } == true)
        #expect(output.statistics.sent == count && output.statistics.failures == 0)
        await output.close(within: .seconds(5))
        await receiver.stop()
    }

    /// A receiver that takes connections and never speaks TLS: nothing but the end can end the wait for it.
    @Test(.timeLimit(.minutes(20)), arguments: [SyslogSettings.Transport.tcp, .tls])
    func `a receiver that is dead does not hold up the end`(transport: SyslogSettings.Transport) async throws {
        let receiver = try await StreamReceiver.start(reads: false)
        let settings = SyslogSettings(transport, host: "127.0.0.1", port: receiver.port)
        let output = try SyslogOutput(settings, Self.selection, version: "1", patience: Self.endless)
        let record = OCSFRecord(Samples.row(String(repeating: "x", count: 4000)))
        let delivery = Task { await output.take(Samples.batch(Array(repeating: record, count: 3000))) }
        #expect(try await eventually { receiver.connections == 1 })
        await output.close(within: .milliseconds(10))
        await delivery.value
        #expect(output.statistics.lost == [.ended: 3000] && output.statistics.waiting == 0)
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(20))) func `a link has one user at a time`() async throws {
        let receiver = try await StreamReceiver.start(reads: false)
        let settings = SyslogSettings(.tcp, host: "127.0.0.1", port: receiver.port)
        let link = try SyslogLink(settings, patience: Self.endless)
        let large = ByteBuffer(repeating: 0x20, count: 32 << 20)
        let first = Task { await link.send([large]) }
        #expect(try await eventually { receiver.connections == 1 })
        let second = await link.send([ByteBuffer(string: "1 x")])
        #expect(second.sent == 0 && second.error != nil)
        first.cancel()
        let outcome = await first.value
        #expect(outcome.sent == 0 && outcome.error != nil)
        link.close()
        await receiver.stop()
    }
}
