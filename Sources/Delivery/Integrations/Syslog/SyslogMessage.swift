// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus

/// Writes messages of syslog (RFC 5424, section 6).
///
/// The message is the event's JSON, which has no control characters; what the header needs is cleaned here, so that
/// nothing that a client sends can end a message or begin another.
struct SyslogHeader: Sendable {
    private let host: [UInt8]
    private let tail: [UInt8]
    private let facility: Int
    private let version: [UInt8]

    /// - Parameters:
    ///   - host: this machine's name.
    ///   - processID: of this program.
    ///   - version: of Redoubt.
    init(facility: Int, host: String, processID: Int32, version: String) {
        self.facility = min(max(0, facility), 23)
        self.host = Self.field(host, longest: 255)
        tail = Array(" redoubt ".utf8) + Self.field("\(processID)", longest: 128) + [0x20]
        self.version = Self.value(version)
    }

    /// Appends a message.
    ///
    /// - Parameters:
    ///   - time: nanoseconds since 1970.
    ///   - number: counts the messages of this program (RFC 5424, section 7.3.1).
    func append(
        _ event: some Collection<UInt8>,
        _ facts: EventFacts,
        number: UInt64,
        to message: inout [UInt8]
    ) {
        message += "<\(facility * 8 + Self.severity(facts.severity))>1 ".utf8
        Clocks.append(facts.time, to: &message)
        message.append(0x20)
        message += host
        message += tail
        message += OutputTopic(facts).name.utf8
        // From 1 to 2147483647, then 1 again.
        message += " [meta sequenceId=\"\(number % 2_147_483_647 + 1)\"][origin software=\"Redoubt\" swVersion=\"".utf8
        message += version
        message += "\"] ".utf8
        for byte in event { message.append(byte >= 0x20 && byte != 0x7F ? byte : 0x20) }
    }

    /// RFC 5424, section 6.2.1.
    static func severity(_ severity: EventSeverity) -> Int {
        switch severity {
        case .critical: 2
        case .high: 3
        case .medium: 4
        case .low: 5
        default: 6
        }
    }

    /// Visible ASCII without spaces, as fields of the header are; `-` where nothing is left.
    static func field(_ text: String, longest: Int) -> [UInt8] {
        let kept = text.utf8.prefix(longest).map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "_") }
        return kept.isEmpty ? [UInt8(ascii: "-")] : kept
    }

    /// A value of structured data: a quote, a backslash and a bracket are escaped.
    static func value(_ text: String) -> [UInt8] {
        var value: [UInt8] = []
        for byte in text.utf8.prefix(128) {
            if [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "]")].contains(byte) {
                value.append(UInt8(ascii: "\\"))
            }
            value.append((0x20...0x7E).contains(byte) ? byte : UInt8(ascii: "_"))
        }
        return value
    }
}
