// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CPCRE2
internal import Crypto

extension PatternLibrary {
    /// What a serialised library is valid for: SHA-256 over the patterns, the backend with its version, the
    /// processor's features and PCRE2's version.
    public static func key(of groups: [[ScanPattern]], backend choice: ScanBackend.Choice = .automatic) -> [UInt8] {
        let backend = ScanBackend.resolve(choice).0
        var writer = BinaryWriter()
        writer.append(UInt64(formatVersion))
        writer.append(backend.description)
        if case .hyperscan = backend {
            for word in Hyperscan.platform { writer.append(word) }
        }
        writer.append(Regex.libraryVersion)
        for patterns in groups {
            writer.append(UInt64(patterns.count))
            for pattern in patterns { writer.append(pattern) }
        }
        return Array(SHA256.hash(data: writer.bytes))
    }
}

extension BinaryWriter {
    fileprivate mutating func append(_ pattern: ScanPattern) {
        switch pattern.form {
        case .regex(let text, let options):
            append(UInt64(0))
            append(text)
            append(UInt64(options.rawValue))
        case .literals(let literals, let caseless, let anchor):
            append(UInt64(caseless ? 1 : 2))
            append(anchor.rawValue)
            append(literals)
        }
    }
}

extension Regex {
    /// PCRE2's version, such as "10.42 2022-12-11".
    static var libraryVersion: String {
        var buffer = [UInt8](repeating: 0, count: 64)
        let length = pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), nil)
        guard length > 0, Int(length) <= buffer.count else { return "unknown" }
        _ = pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), &buffer)
        return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
    }
}
