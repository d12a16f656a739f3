// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Logging
internal import NIOHTTP1
internal import Storage
internal import Synchronization

/// Sends how Redoubt is used, once a week, where an address is configured and somebody has enabled it; else never.
package final class UsageSender: Sendable {
    private let store: OutputStore
    private let version: String
    private let logger: Logger
    private let timeout: Duration
    private let resolve: NameLookup.Resolve
    private let address: Mutex<WebhookAddress?>
    private let end = EndSignal()
    private let work = Mutex<Task<Void, Never>?>(nil)

    static let interval: Int64 = 7 * 86_400_000_000_000
    private static let pause: Duration = .seconds(3600)

    /// - Parameter address: where reports go; nil for nowhere.
    package convenience init(_ store: OutputStore, address: WebhookAddress?, version: String, _ logger: Logger) {
        self.init(store, address: address, version: version, logger, timeout: .seconds(20))
    }

    /// - Parameter timeout: the longest that a receiver may take.
    init(
        _ store: OutputStore,
        address: WebhookAddress?,
        version: String,
        _ logger: Logger,
        timeout: Duration = .seconds(20),
        resolve: @escaping NameLookup.Resolve = ResolvedAddress.resolve
    ) {
        self.store = store
        self.timeout = timeout
        self.resolve = resolve
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

    /// Ends at once. A report that is being sent is sent again after the next start.
    package func close() async {
        end.come()
        let work = work.withLock { $0 }
        work?.cancel()
        await work?.value
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
            // Who was cut off has not failed.
            if failure != nil, end.hasCome { return false }
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
        do throws(OutputError) {
            let client = try ReceiverClient(address, timeout: timeout, resolve: resolve)
            let status = await Self.status(of: body, over: client, agent: "Redoubt/\(version)")
            client.close()
            return (200...299).contains(try status.get()) ? nil : "answered \(try status.get())"
        } catch {
            return error.message
        }
    }

    private static func status(
        of body: [UInt8],
        over client: ReceiverClient,
        agent: String
    ) async -> Result<Int, OutputError> {
        do throws(OutputError) {
            let answer = try await client.post(body, ["content-type": "application/json", "user-agent": agent])
            return .success(answer.status)
        } catch {
            return .failure(error)
        }
    }
}
