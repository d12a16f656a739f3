// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One output as the file describes it.
struct OutputEntry {
    var location: SettingOrigin
    var values: [OutputKey: SettingValue] = [:]
}

/// What can be said of an output. One of the first three says what it is.
enum OutputKey: String, CaseIterable {
    case file, syslog, webhook
    case name, events, severity, queue, findings
    case maximumSize = "max_size"
    case keep
    case facility
    case authorities = "ca_file"
    case secretFile = "secret_file"
    case secretVariable = "secret_env"
    case attempts, timeout

    var isList: Bool { self == .events }

    var isPath: Bool { self == .file || self == .authorities || self == .secretFile }

    /// Whether its value is shown in part only: addresses of webhooks are often secrets.
    var mayHoldSecrets: Bool { self == .webhook }

    static let kinds: [OutputKey] = [.file, .syslog, .webhook]

    /// The kinds of output that it belongs to.
    var belongsTo: [OutputKey] {
        switch self {
        case .file, .syslog, .webhook: [self]
        case .name, .events, .severity, .queue, .findings: Self.kinds
        case .maximumSize, .keep: [.file]
        case .facility: [.syslog]
        case .authorities: [.syslog, .webhook]
        case .secretFile, .secretVariable, .attempts, .timeout: [.webhook]
        }
    }
}
