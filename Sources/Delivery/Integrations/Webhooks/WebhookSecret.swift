// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import Foundation

/// What messages are signed with: one secret, or two while one takes the place of the other.
///
/// Its text form is `whsec_` and base64 of 24 to 64 random bytes, as the Standard Webhooks specification has it.
struct WebhookSecret: Sendable {
    private let keys: [SymmetricKey]

    static let prefix = "whsec_"
    private static let mostKeys = 3

    /// - Throws: ``OutputError``; what it says holds nothing of the text.
    init(_ text: String) throws(OutputError) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard !words.isEmpty, words.count <= Self.mostKeys else {
            throw OutputError(.settings, "expected 1 to \(Self.mostKeys) secrets, each on a line, found \(words.count)")
        }
        var keys: [SymmetricKey] = []
        for word in words {
            guard word.hasPrefix(Self.prefix),
                let bytes = Data(base64Encoded: String(word.dropFirst(Self.prefix.count))),
                (24...64).contains(bytes.count)
            else {
                throw OutputError(
                    .settings,
                    "expected \(Self.prefix) and 24 to 64 bytes in base64; make one with: "
                        + "echo \"\(Self.prefix)$(openssl rand -base64 32)\""
                )
            }
            keys.append(SymmetricKey(data: bytes))
        }
        self.keys = keys
    }

    /// Reads it from where the configuration says.
    static func read(
        _ source: SecretSource,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(OutputError) -> WebhookSecret {
        switch source {
        case .environment(let name):
            guard let text = environment[name], !text.isEmpty else {
                throw OutputError(.settings, "the variable \(name), which should hold the secret, is not set")
            }
            return try WebhookSecret(text)
        case .file(let path):
            let text: String?
            do {
                let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
                text = String(validating: try handle.read(upToCount: 4096) ?? Data(), as: UTF8.self)
            } catch {
                throw OutputError(.settings, "\(path), which should hold the secret, cannot be read")
            }
            guard let text else { throw OutputError(.settings, "\(path), which should hold the secret, is no text") }
            do throws(OutputError) {
                return try WebhookSecret(text)
            } catch {
                throw OutputError(.settings, "\(path): \(error.message)")
            }
        }
    }

    /// The value of `webhook-signature`: for each secret `v1,` and the base64 of HMAC-SHA256 over identifier, time and body
    /// with dots between.
    ///
    /// - Parameter time: seconds since 1970.
    func signature(id: String, time: Int64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(time).".utf8) + body
        return keys.map { key in
            "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
        }.joined(separator: " ")
    }
}
