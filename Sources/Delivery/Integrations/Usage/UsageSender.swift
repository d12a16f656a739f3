// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import AsyncHTTPClient
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Storage
internal import Synchronization

/// Sends how Redoubt is used, once a week, where an address is configured and somebody has enabled it; else never.
package final class UsageSender: Sendable {
    private let store: OutputStore
    private let version: String
    private let logger: Logger
    private let address: Mutex<WebhookAddress?>
    private let end = EndSignal()
    private let work = Mutex<Task<Void, Never>?>(nil)

    static let interval: Int64 = 7 * 86_400_000_000_000
    private static let pause: Duration = .seconds(3600)

    /// - Parameter address: where reports go; nil for nowhere.
    package init(_ store: OutputStore, address: WebhookAddress?, version: String, _ logger: Logger) {
        self.store = store
        self.version = version
        self.logger = logger
        self.address = Mutex(address)
    }

    /// Where reports go, as it may be shown; nil for nowhere.
    package var target: String? { address.withLock { $0?.shown } }

    package func replace(_ address: WebhookAddress?) {
        self.address.withLock { $0 = address }
    }

    /// Begins to look each hour whether a report is due.
    package func start() {
        let task = Task { [weak self] in
            while let sender = self, !sender.end.hasCome {
                await sender.sendIfDue(now: Clocks.now)
                await sender.end.wait(atMost: Self.pause)
            }
        }
        work.withLock { $0 = task }
    }

    package func close() async {
        end.come()
        await work.withLock { $0 }?.value
    }

    /// Sends a report where one is due.
    ///
    /// - Returns: whether one was sent.
    @discardableResult
    func sendIfDue(now: Int64) async -> Bool {
        guard let address = address.withLock({ $0 }) else { return false }
        do {
            let report = try await store.usage(days: OutputStore.reportDays, now: now)
            guard report.state.isEnabled else { return false }
            if let sent = report.state.sent, now >= sent, now - sent < Self.interval { return false }
            let failure = await send(report.sentJSON(version: version), to: address)
            if let failure { logger.warning("the usage report was not sent: \(failure)") }
            try await store.noteUsageSent(at: now, failure: failure)
            return failure == nil
        } catch {
            logger.warning("the usage report cannot be made: \(error)")
            return false
        }
    }

    /// - Returns: why it was not taken; nil where it was.
    private func send(_ body: [UInt8], to address: WebhookAddress) async -> String? {
        var request = HTTPClientRequest(url: address.url)
        request.method = .POST
        request.headers = ["content-type": "application/json", "user-agent": "Redoubt/\(version)"]
        request.body = .bytes(ByteBuffer(bytes: body))
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var failure: String?
        do {
            let response = try await client.execute(request, timeout: .seconds(20))
            if !(200...299).contains(response.status.code) { failure = "answered \(response.status.code)" }
        } catch {
            failure = SyslogLink.words(error)
        }
        // Nothing is under way any more.
        try? await client.shutdown()
        return failure
    }
}
