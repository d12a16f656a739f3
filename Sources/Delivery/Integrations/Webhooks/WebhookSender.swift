// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOHTTP1

/// Sends single messages to the receiver of a webhook, signed.
final class WebhookSender: Sendable {
    /// What the receiver made of a message.
    enum Answer: Sendable, Equatable {
        case taken
        /// It may take it later; after so many seconds, where it said so.
        case refused(status: Int?, error: String, retryAfter: Int?)
        /// It says that it never will.
        case gone(status: Int)
    }

    private let client: ReceiverClient
    private let agent: String

    /// - Throws: ``OutputError`` where the certificates cannot be read.
    init(
        _ settings: WebhookSettings,
        version: String,
        resolve: @escaping NameLookup.Resolve = ResolvedAddress.resolve
    ) throws(OutputError) {
        agent = "Redoubt/\(version)"
        client = try ReceiverClient(
            settings.address,
            timeout: settings.timeout,
            authorities: settings.authorities,
            resolve: resolve
        )
    }

    func close() {
        client.close()
    }

    /// Sends a message once.
    func send(_ body: [UInt8], id: String, secret: WebhookSecret, now: Int64) async -> Answer {
        let seconds = now / 1_000_000_000
        let headers: HTTPHeaders = [
            "content-type": "application/json", "user-agent": agent, "webhook-id": id,
            "webhook-timestamp": "\(seconds)",
            "webhook-signature": secret.signature(id: id, time: seconds, body: body),
        ]
        do throws(OutputError) {
            return Self.answer(try await client.post(body, headers))
        } catch {
            return .refused(status: nil, error: error.message, retryAfter: nil)
        }
    }

    private static func answer(_ answer: ReceiverClient.Answer) -> Answer {
        let status = answer.status
        switch status {
        case 200...299: return .taken
        case 410: return .gone(status: status)
        case 300...399:
            return .refused(status: status, error: "answered \(status): redirects are not followed", retryAfter: nil)
        default: return .refused(status: status, error: "answered \(status)", retryAfter: answer.retryAfter)
        }
    }
}
