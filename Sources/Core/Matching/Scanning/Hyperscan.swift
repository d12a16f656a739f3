// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CHyperscan

/// The installed Hyperscan, if it can be relied on.
enum Hyperscan {
    enum Availability: Sendable {
        case available(version: String)
        case unavailable(reason: String)
    }

    /// Found out once, when first asked.
    static let availability: Availability = probe()

    /// The one version known to find what is there, with the blank that ends it. Its successors and its fork
    /// Vectorscan, which report 5.4.1 and higher, miss matches (docs/decisions/0003).
    private static let soundVersion = "5.4.0 "

    /// The processor's features that databases are made for, as part of a cache's key.
    static var platform: [UInt64] {
        var platform = chs_platform()
        guard case .available = availability, chs_populate_platform(&platform) == 0 else { return [] }
        return [UInt64(platform.tune), platform.cpu_features, platform.reserved1, platform.reserved2]
    }

    /// Why a version is not used; nil for the sound one.
    static func objection(toVersion version: String) -> String? {
        version.hasPrefix(soundVersion)
            ? nil : "version \(version) is not used: only 5.4.0 is known to find every match"
    }

    private static func probe() -> Availability {
        if let reason = chs_load() {
            return .unavailable(reason: String(cString: reason))
        }
        let version = chs_version().map { String(cString: $0) } ?? ""
        if let objection = objection(toVersion: version) {
            return .unavailable(reason: objection)
        }
        guard chs_valid_platform() == 0 else {
            return .unavailable(reason: "the processor lacks SSSE3")
        }
        if let failure = HyperscanCanary.failure() {
            return .unavailable(reason: failure)
        }
        return .available(version: version)
    }
}

/// Texts that unsound versions are known to miss.
enum HyperscanCanary {
    private static let cases: [(pattern: String, value: String)] = [
        ("(?:rO0ABQ|KztAAU|Cs7QAF)", String(repeating: "lorem ipsum ", count: 7) + "rO0ABQ"),
        ("(?:rO0ABQ|KztAAU|Cs7QAF)", String(repeating: "x", count: 80) + "Cs7QAFzz"),
        (
            "[\"'] *[^ '0-:_a-z~].*?(?:location|name|onerror|valueof).*?=",
            "id=7&q=shoes&page=2\" [The] quick brown fox reads the name of the shop, and then some more=1"
        ),
        ("(?i)union.{1,20}?select", String(repeating: "a=b&", count: 30) + "UNION ALL SELECT 1"),
    ]

    /// What the library got wrong; nil where it got all right.
    static func failure() -> String? {
        let expressions = cases.enumerated().map { index, entry in
            HyperscanExpression(
                text: Array(entry.pattern.utf8),
                flags: UInt32(CHS_FLAG_DOTALL | CHS_FLAG_SINGLEMATCH),
                identifier: UInt32(index)
            )
        }
        do throws(HyperscanError) {
            let source = ScratchSource()
            let databases = [try HyperscanDatabase(expressions)]
            let engine = GroupEngine(count: cases.count, databases: databases, automaton: nil, source: source)
            let scratch = ScanScratch(source: source)
            for (index, entry) in cases.enumerated() {
                var hits: UInt64 = 0
                let isDone = Array(entry.value.utf8).withUnsafeBufferPointer {
                    engine.scan($0, scratch: scratch, into: &hits)
                }
                guard isDone, hits >> UInt64(index) & 1 == 1 else {
                    return "it misses \(entry.pattern) in a text that holds it"
                }
            }
            return nil
        } catch {
            return "it does not compile a simple pattern: \(error.message)"
        }
    }
}
