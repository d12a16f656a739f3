// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One place that events go to, as the configuration describes it.
package struct OutputSettings: Sendable, Hashable {
    package enum Destination: Sendable, Hashable {
        case file(FileSettings)
        case syslog(SyslogSettings)
        case webhook(WebhookSettings)
    }

    /// Tells it from others, on pages, in metrics and in the store of deliveries.
    package var name: String
    package var destination: Destination
    package var selection: OutputSelection
    /// Bytes of events that may wait in memory; what is more is lost, and counted.
    package var queueBytes = 8 << 20

    package init(name: String, destination: Destination, selection: OutputSelection? = nil) {
        self.name = name
        self.destination = destination
        self.selection = selection ?? Self.standardSelection(destination)
    }

    /// The name of the kind: `file`, `syslog`, `webhook`.
    package var kind: String {
        switch destination {
        case .file: "file"
        case .syslog: "syslog"
        case .webhook: "webhook"
        }
    }

    /// Where events go, as it may be shown: without names of users, passwords and queries, which may be secrets.
    package var target: String {
        switch destination {
        case .file(let file): file.path
        case .syslog(let syslog): syslog.target
        case .webhook(let webhook): webhook.target
        }
    }

    /// What is sent where nobody chose.
    package static func standardSelection(_ destination: Destination) -> OutputSelection {
        switch destination {
        case .file: OutputSelection(Set(OutputTopic.allCases.filter { $0 != .activity }))
        case .syslog: OutputSelection([.detections, .decisions, .changes, .accounts, .signIns])
        case .webhook: OutputSelection([.detections, .changes])
        }
    }
}

/// A file of NDJSON.
package struct FileSettings: Sendable, Hashable {
    package var path: String
    /// The bytes beyond which the file is put aside as `path.1`; nil where somebody else rotates it.
    package var maximumBytes: Int? = 100 << 20
    /// How many files are kept beside the one that is written.
    package var keptFiles = 5

    package init(path: String) {
        self.path = path
    }
}

/// A receiver of syslog (RFC 5424).
package struct SyslogSettings: Sendable, Hashable {
    package enum Transport: String, Sendable, CaseIterable {
        /// RFC 5426.
        case udp
        /// RFC 6587, with octet counting.
        case tcp
        /// RFC 5425.
        case tls

        /// The port where none is named.
        package var standardPort: Int { self == .tls ? 6514 : 514 }
        /// The most bytes of a message.
        var maximumMessage: Int { self == .udp ? 8192 : 64 << 10 }
    }

    package var transport: Transport
    package var host: String
    package var port: Int
    /// From 0 to 23 (RFC 5424, section 6.2.1); 13 is for audit, 16 to 23 are local.
    package var facility = 16
    /// Certificates in PEM that are trusted in place of the system's.
    package var authorities: String?

    package init(_ transport: Transport, host: String, port: Int) {
        self.transport = transport
        self.host = host
        self.port = port
    }

    /// Reads `udp://host`, `tcp://host:port` or `tls://host:port`; nil for what is none.
    package init?(url: String) {
        guard let end = url.firstRange(of: "://"), let transport = Transport(rawValue: String(url[..<end.lowerBound]))
        else { return nil }
        guard let place = HostAndPort(url[end.upperBound...]) else { return nil }
        self.init(transport, host: place.host, port: place.port ?? transport.standardPort)
    }

    var target: String {
        "\(transport.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}

/// A host and perhaps a port: `siem.example:514`, `[2001:db8::1]:514`.
struct HostAndPort {
    var host: String
    var port: Int?

    init?(_ text: Substring) {
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<end])
            rest = text[text.index(after: end)...]
            guard host.contains(":"), host.utf8.allSatisfy({ Self.isHexadecimal($0) || ":.%".utf8.contains($0) })
            else { return nil }
        } else {
            host = String(text.prefix { $0 != ":" })
            rest = text.dropFirst(host.count)
            guard host.utf8.allSatisfy({ Self.isLetterOrDigit($0) || "-._".utf8.contains($0) }) else { return nil }
        }
        guard !host.isEmpty, host.utf8.count <= 255 else { return nil }
        if rest.isEmpty { return }
        guard rest.hasPrefix(":"), rest.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(rest.dropFirst()), (1...65_535).contains(number)
        else { return nil }
        port = number
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}

/// A receiver of signed messages (https://www.standardwebhooks.com).
package struct WebhookSettings: Sendable, Hashable {
    package var address: WebhookAddress
    /// Where the secret is. It is read at the start and at each reload, and never shown.
    package var secret: SecretSource
    /// How often a message is sent before it becomes a dead letter.
    package var attempts = 10
    package var timeout: Duration = .seconds(10)
    /// How long to wait after the first failure; it doubles with each.
    package var firstDelay: Duration = .seconds(5)
    package var longestDelay: Duration = .seconds(3600)
    /// Certificates in PEM that are trusted in place of the system's.
    package var authorities: String?

    package init(_ address: WebhookAddress, secret: SecretSource) {
        self.address = address
        self.secret = secret
    }

    var target: String { address.shown }
}

/// Where a secret is read from.
package enum SecretSource: Sendable, Hashable {
    case file(String)
    case environment(String)
}
