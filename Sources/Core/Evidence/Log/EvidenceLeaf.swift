// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// What kind of thing a leaf records, such as `decision.blocked`: 1 to 64 of `a-z`, `0-9`, `.`, `-` and `_`.
package struct EvidenceKind: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// The log's own leaf about leaves that it had to cut off, which nobody had been promised.
    package static let recovered = EvidenceKind(known: "evidence.recovered")

    /// A gateway begins to serve, or serves differently: applications, modes and rules.
    package static let gatewayConfigured = EvidenceKind(known: "gateway.configured")

    /// A block of events is on disk, with this hash.
    package static let eventsStored = EvidenceKind(known: "events.stored")

    /// Something was done to an activity: `decision.blocked`.
    package static func decision(_ disposition: Disposition) -> EvidenceKind {
        EvidenceKind(known: "decision." + disposition.rawValue.lowercased())
    }

    static let maximumLength = 64

    /// - Returns: nil for what is no kind.
    package init?(_ text: String) {
        guard (1...Self.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else {
            return nil
        }
        description = text
    }

    private init(known text: String) {
        description = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// One entry of the log: what kind of thing happened, when, and the bytes that say what.
///
/// As bytes, which are what is hashed: `1 <kind> <time>`, a line feed, and the content as it is. The first character
/// is the version of this form.
package struct EvidenceLeaf: Hashable, Sendable {
    package let kind: EvidenceKind
    /// When it happened, in nanoseconds since 1970, UTC. The order of leaves is that of the log, not that of times.
    package let time: Int64
    /// What happened, in the form that the kind has; mostly JSON.
    package let content: [UInt8]

    /// The most bytes of a whole leaf. For what is larger, its hash is recorded.
    package static let maximumLength = 65_535

    /// - Parameter time: nanoseconds since 1970; what is earlier counts as 1970.
    package init(kind: EvidenceKind, time: Int64, content: [UInt8]) {
        self.kind = kind
        self.time = max(0, time)
        self.content = content
    }

    /// Reads the bytes of a leaf.
    ///
    /// - Throws: ``EvidenceError/Code/malformed``.
    package init(bytes: [UInt8]) throws(EvidenceError) {
        guard bytes.count <= Self.maximumLength else {
            throw EvidenceError(.malformed, "a leaf of more than \(Self.maximumLength) bytes")
        }
        guard let end = bytes.prefix(EvidenceKind.maximumLength + 32).firstIndex(of: 0x0A) else {
            throw EvidenceError(.malformed, "a leaf begins with a line of version, kind and time")
        }
        let fields = bytes[..<end].split(separator: 0x20, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count == 3, fields[0] == "1" else {
            throw EvidenceError(.malformed, "a leaf begins with the version 1, a kind and a time")
        }
        guard let kind = EvidenceKind(fields[1]) else {
            throw EvidenceError(.malformed, "a leaf's kind is 1 to 64 of a-z, 0-9, '.', '-' and '_'")
        }
        guard let time = Checkpoint.decimal(fields[2]).flatMap({ Int64(exactly: $0) }) else {
            throw EvidenceError(.malformed, "a leaf's time is a decimal number without leading zeros")
        }
        self.init(kind: kind, time: time, content: Array(bytes[(end + 1)...]))
    }

    /// The bytes that are kept and hashed.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    /// Appends the bytes that are kept and hashed.
    func append(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "1"))
        bytes.append(0x20)
        bytes.append(contentsOf: kind.description.utf8)
        bytes.append(0x20)
        Self.append(decimal: time, to: &bytes)
        bytes.append(0x0A)
        bytes.append(contentsOf: content)
    }

    /// No more than the bytes that the leaf will have.
    var maximumByteCount: Int {
        content.count + kind.description.utf8.count + 23
    }

    /// Digits of a number that is not negative, without a string in between.
    private static func append(decimal number: Int64, to bytes: inout [UInt8]) {
        let start = bytes.count
        var rest = number
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}

/// Where a leaf is, once it is on disk.
package struct EvidencePosition: Hashable, Sendable {
    /// Its number, from 0.
    package let index: Int
    package let hash: MerkleHash
}
