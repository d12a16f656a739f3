// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Crypto
import EventBus
import Foundation
import Storage
import Synchronization
import Testing

@testable import Integrations

@Suite struct WebhookTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let selection = OutputSelection([.detections])
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    // MARK: Signing

    /// The example of the specification's own libraries (github.com/standard-webhooks/standard-webhooks).
    @Test func `signs as the Standard Webhooks specification says`() throws {
        let secret = try WebhookSecret(Self.secret)
        let signature = secret.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            time: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8)
        )
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `signs with both secrets while one takes the place of the other`() throws {
        let other = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()
        let both = try WebhookSecret("\(Self.secret)\n\(other)\n").signature(id: "a", time: 1, body: [])
        let one = try WebhookSecret(other).signature(id: "a", time: 1, body: [])
        #expect(both.split(separator: " ").count == 2 && both.hasSuffix(one))
    }

    @Test(arguments: [
        "", "secret", "whsec_", "whsec_AAAA", "whsec_!!!!", "a b c d", "whsec_" + String(repeating: "A", count: 200),
    ])
    func `a secret that is none is refused, and not repeated`(text: String) {
        let error = #expect(throws: OutputError.self) { try WebhookSecret(text) }
        if text.count > 8 { #expect(error?.message.contains(text) == false) }
    }

    @Test func `a secret comes from a file or a variable`() throws {
        let file = try folder.write(Self.secret + "\n", to: "secret")
        #expect(throws: Never.self) { try WebhookSecret.read(.file(file)) }
        #expect(throws: Never.self) { try WebhookSecret.read(.environment("HOOK"), environment: ["HOOK": Self.secret]) }
        #expect(throws: OutputError.self) { try WebhookSecret.read(.environment("HOOK"), environment: [:]) }
        #expect(throws: OutputError.self) { try WebhookSecret.read(.file(file + "x")) }
    }

    // MARK: Addresses

    @Test(arguments: [
        "https://hooks.example.com/a?b=c", "http://localhost:8080/x", "https://[2001:db8::1]:8443/", "http://10.0.0.7/",
        "https://Hooks.Example.com:8443", "http://[::1]:80/", "http://100.100.100.201/", "http://[64:ff9b::a00:7]/",
        "http://[64:ff9b:1::a00:7]/", "http://[64:ff9b:1:a00:0:700::]/", "http://[fd00:1::7]/", "http://2130706433/",
    ])
    func `addresses of receivers are taken`(url: String) throws {
        #expect(try WebhookAddress(url).url == url)
    }

    @Test(arguments: [
        "", "ftp://h/", "https://", "https:///x", "https://user:word@h/", "https://h/#x", "https://h/ a",
        "https://h\n/",
        "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://0.0.0.0/", "http://224.0.0.1/",
        "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/", "http://[::]/", "http://[64:ff9b::a9fe:a9fe]/",
        "http://100.100.100.200/", "http://192.0.0.192/", "http://168.63.129.16/", "http://[::ffff:6464:64c8]/",
        "http://[64:ff9b::c000:c0]/", "http://[64:ff9b:1::a9fe:a9fe]/", "http://[64:ff9b:1:a9fe:a9:fe00::]/",
        "http://[2002:a9fe:a9fe::1]/", "http://[::169.254.169.254]/", "http://[::ffff:0:a9fe:a9fe]/",
        "http://[fd20:ce::254]/",
        "https://h:0/", "https://h:99999/", "javascript:alert(1)", "https://" + String(repeating: "h", count: 3000),
    ])
    func `what nothing is sent to is refused`(url: String) {
        #expect(throws: OutputError.self) { try WebhookAddress(url) }
    }

    @Test func `an address is shown without what may be secret`() throws {
        #expect(try WebhookAddress("https://h.example:1/T0/secret?key=1").shown == "https://h.example:1/\u{2026}")
        #expect(try WebhookAddress("https://h.example").shown == "https://h.example")
    }

    // MARK: Sending

    private func settings(_ port: Int, _ change: (inout WebhookSettings) -> Void = { _ in }) throws -> WebhookSettings {
        let file = try folder.write(Self.secret, to: "secret")
        var settings = WebhookSettings(try WebhookAddress("http://127.0.0.1:\(port)/hook"), secret: .file(file))
        settings.firstDelay = .milliseconds(10)
        settings.longestDelay = .milliseconds(50)
        change(&settings)
        return settings
    }

    private func store() throws -> OutputStore {
        try OutputStore(path: folder.path + "/outputs.sqlite")
    }

    private func output(_ settings: WebhookSettings, _ store: OutputStore) throws -> WebhookOutput {
        let output = try WebhookOutput("hook", settings, Self.selection, store, version: "1")
        output.start()
        return output
    }

    @Test func `a receiver gets each event once, signed`() async throws {
        let receiver = try await HTTPReceiver.start()
        let store = try store()
        let output = try output(try settings(receiver.port), store)
        let texts = Samples.hostile
        await output.take(Samples.batch(texts.map { OCSFRecord(Samples.row($0)) }))
        #expect(try await eventually { output.statistics.sent == texts.count })
        let messages = receiver.messages
        #expect(
            messages.count == texts.count && Set(messages.compactMap { $0.headers["webhook-id"] }).count == texts.count
        )
        let secret = try WebhookSecret(Self.secret)
        for message in messages {
            let id = try #require(message.headers["webhook-id"])
            let time = try #require(message.headers["webhook-timestamp"].flatMap { Int64($0) })
            #expect(message.headers["webhook-signature"] == secret.signature(id: id, time: time, body: message.body))
            let json = try JSONReader.read(message.body)
            #expect(json["type"]?.text == "redoubt.detections" && json["data"]?["class_uid"]?.integer == 2004)
        }
        #expect(try await eventually { output.statistics.waiting == 0 })
        await output.close(within: .seconds(5))
        try store.close()
        await receiver.stop()
    }

    @Test func `a failure is tried again with the same identifier`() async throws {
        let receiver = try await HTTPReceiver.start { number, _ in (number < 3 ? 503 : 200, []) }
        let store = try store()
        let output = try output(try settings(receiver.port), store)
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        #expect(try await eventually { output.statistics.sent == 1 })
        #expect(receiver.messages.count == 4 && Set(receiver.messages.map { $0.headers["webhook-id"] }).count == 1)
        #expect(output.statistics.failures == 3 && output.statistics.lastFailure == nil)
        await output.close(within: .seconds(5))
        try store.close()
        await receiver.stop()
    }

    @Test func `after the last attempt it is a dead letter, which can be sent again`() async throws {
        let isBroken = Mutex(true)
        let receiver = try await HTTPReceiver.start { _, _ in (isBroken.withLock { $0 } ? 500 : 204, []) }
        let store = try store()
        let output = try output(try settings(receiver.port) { $0.attempts = 3 }, store)
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        #expect(try await eventually { output.statistics.dead == 1 })
        let letter = try #require(try await store.deadLetters(limit: 10).first)
        #expect(
            letter.attempts == 3 && letter.status == 500 && letter.error == "answered 500" && letter.output == "hook"
        )
        #expect(receiver.messages.count == 3)
        isBroken.withLock { $0 = false }
        #expect(try await store.revive(.one(uid: "none"), now: Clocks.now) == 0)
        #expect(try await store.revive(.one(uid: letter.uid), now: Clocks.now) == 1)
        output.wake()
        #expect(try await eventually { output.statistics.sent == 1 })
        #expect(try await store.deadLetters(limit: 10).isEmpty)
        await output.close(within: .seconds(5))
        try store.close()
        await receiver.stop()
    }

    @Test func `a receiver that is gone for good is believed`() async throws {
        let receiver = try await HTTPReceiver.start { _, _ in (410, []) }
        let store = try store()
        let output = try output(try settings(receiver.port), store)
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        #expect(try await eventually { output.statistics.dead == 1 })
        #expect(receiver.messages.count == 1)
        #expect(try await store.drop(.output("hook")) == 1)
        await output.close(within: .seconds(5))
        try store.close()
        await receiver.stop()
    }

    @Test func `redirects are not followed`() async throws {
        let other = try await HTTPReceiver.start()
        let receiver = try await HTTPReceiver.start { _, _ in (307, [("location", "http://127.0.0.1:\(other.port)/")]) }
        let store = try store()
        let output = try output(try settings(receiver.port) { $0.attempts = 1 }, store)
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        #expect(try await eventually { output.statistics.dead == 1 })
        #expect(other.messages.isEmpty)
        await output.close(within: .seconds(5))
        try store.close()
        await receiver.stop()
        await other.stop()
    }

    @Test func `a receiver that says nothing is given up in time`() async throws {
        let receiver = try await HTTPReceiver.start { _, _ in nil }
        let store = try store()
        let output = try output(
            try settings(receiver.port) {
                $0.attempts = 1
                $0.timeout = .milliseconds(200)
            },
            store
        )
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        #expect(try await eventually { output.statistics.dead == 1 })
        #expect(try await store.deadLetters(limit: 1).first?.error == "no answer in time")
        await output.close(within: .seconds(5))
        try store.close()
        await receiver.stop()
    }

    @Test func `what waits survives the end of the program`() async throws {
        let gone = try await HTTPReceiver.start()
        let port = gone.port
        await gone.stop()
        let store = try store()
        let output = try output(try settings(port) { $0.firstDelay = .seconds(3600) }, store)
        await output.take(Samples.batch([OCSFRecord(Samples.row()), OCSFRecord(Samples.row("two"))]))
        #expect(try await eventually { output.statistics.failures == 2 })
        await output.close(within: .seconds(5))
        // The files as a killed program leaves them: the log is not moved into the database.
        let copy = try TestFolder()
        for name in ["outputs.sqlite", "outputs.sqlite-wal"] {
            try FileManager.default.copyItem(atPath: "\(folder.path)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        try store.close()
        let receiver = try await HTTPReceiver.start()
        let again = try OutputStore(path: copy.path + "/outputs.sqlite")
        try await again.database.write { connection throws(StorageError) in
            try connection.execute("UPDATE delivery SET due = 0")
        }
        let second = try self.output(try settings(receiver.port), again)
        #expect(try await eventually { second.statistics.sent == 2 })
        await second.close(within: .seconds(5))
        try again.close()
        await receiver.stop()
    }

    @Test func `a clock that went back does not keep messages for ever`() async throws {
        let receiver = try await HTTPReceiver.start()
        let store = try store()
        let future = Clocks.now + 400 * 86_400_000_000_000
        let message = OutputStore.Message(uid: "1", topic: .detections, body: Array("{}".utf8))
        #expect(try await store.add([message], to: "hook", now: future) == 0)
        let output = try output(try settings(receiver.port), store)
        #expect(try await eventually { output.statistics.sent == 1 })
        await output.close(within: .seconds(5))
        try store.close()
        await receiver.stop()
    }

    @Test func `messages of an output that is gone are dead letters`() async throws {
        let store = try store()
        for name in ["old", "hook"] {
            let message = OutputStore.Message(uid: name, topic: .detections, body: Array("{}".utf8))
            _ = try await store.add([message], to: name, now: 0)
        }
        #expect(try await store.buryOrphans(except: ["hook"], now: 9) == 1)
        let letters = try await store.deadLetters(limit: 10)
        #expect(letters.map(\.output) == ["old"] && letters.first?.ended == 9)
        #expect(try await store.deadCounts() == ["old": 1])
        try store.close()
    }

    @Test func `only so many messages wait, and the rest is counted`() async throws {
        let store = try store()
        let messages = (0..<OutputStore.mostWaiting + 5).map {
            OutputStore.Message(uid: "\($0)", topic: .detections, body: [])
        }
        #expect(try await store.add(messages, to: "hook", now: 0) == 5)
        #expect(
            try await store.add([OutputStore.Message(uid: "x", topic: .detections, body: [])], to: "other", now: 0) == 0
        )
        try store.close()
    }

    @Test func `a store that somebody has written nonsense into is an error and no crash`() async throws {
        let store = try store()
        let message = OutputStore.Message(uid: "1", topic: .detections, body: Array("{}".utf8))
        _ = try await store.add([message], to: "hook", now: 0)
        for damage in [
            "topic = 'x', error = 'y', status = -9223372036854775808", "attempts = 9223372036854775807", "state = 7",
        ] {
            try await store.database.write { connection throws(StorageError) in
                try connection.execute("UPDATE delivery SET state = 1")
                try connection.execute("UPDATE delivery SET \(damage)")
            }
            _ = try? await store.deadLetters(limit: 10)
            _ = try? await store.due("hook", now: .max, limit: 10)
        }
        try store.close()
    }

    @Test func `delays double up to a bound, and differ`() {
        let backoff = Backoff(first: .seconds(5), longest: .seconds(3600))
        #expect(
            backoff.delay(after: 1, chance: 1) == .seconds(5) && backoff.delay(after: 1, chance: 0) == .seconds(2.5)
        )
        #expect(backoff.delay(after: 3, chance: 1) == .seconds(20))
        #expect(backoff.delay(after: .max, chance: 1) == .seconds(3600))
    }

    @Test func `random texts are refused or taken, and nothing else`() {
        var random = SystemRandomNumberGenerator()
        let pieces = [
            "https://", "http://", "[", "]", ":", "//", "@", "?", "#", "127.0.0.1", "h", "\0", "é", "99999", "tcp://",
            "whsec_", "AAAA",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? ""
            }
            .joined()
            if let address = try? WebhookAddress(text) {
                #expect(address.url == text && !address.host.isEmpty && !address.shown.contains("?"))
            }
            if let settings = SyslogSettings(url: text) { #expect((1...65_535).contains(settings.port)) }
            _ = try? WebhookSecret(text)
            let bytes = Array(text.utf8)
            _ = ShortenedEvent.make(bytes[...], maximum: 64)
        }
    }
}
