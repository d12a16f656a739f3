// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Every setting by the name that it has in `redoubt.yaml`; a dot stands for a section.
enum SettingKey: String, CaseIterable {
    case listen
    case upstream
    case mode
    case rules
    case budget
    case compat
    case allowPrograms = "allow_programs"
    case errorLog = "error_log"
    case auditLog = "audit_log"
    case console
    case data
    case record
    case threads
    case trustedProxies = "trusted_proxies"
    case falseAlarmReport = "false_alarm_report"
    case onFailure = "on_failure"
    case tlsCertificate = "tls.certificate"
    case tlsKey = "tls.key"

    case identifySession = "identify.session"
    case identifyUser = "identify.user"
    case identifyDevice = "identify.device"

    case consoleURL = "console_url"
    case consoleNames = "console_names"
    case consoleCertificate = "console_tls.certificate"
    case consoleKey = "console_tls.key"
    case openIDIssuer = "oidc.issuer"
    case openIDClient = "oidc.client_id"
    case openIDSecretFile = "oidc.client_secret_file"
    case openIDRoles = "oidc.roles"
    case openIDGroups = "oidc.groups_claim"
    case openIDScopes = "oidc.scopes"
    case openIDTitle = "oidc.title"
    case openIDAuthorities = "oidc.authorities"
    /// Where usage reports go; nowhere unless this is said, and `redoubt usage enable` too.
    case usageAddress = "usage.address"

    case limitsRequestLine = "limits.request_line"
    case limitsHead = "limits.head"
    case limitsFields = "limits.fields"
    case limitsChunkExtension = "limits.chunk_extension"
    case limitsTrailers = "limits.trailers"
    case limitsDecodingRatio = "limits.decoding_ratio"
    case limitsHeldBody = "limits.held_body"
    case limitsHeldBodies = "limits.held_bodies"
    case limitsConnections = "limits.connections"
    case limitsConnectionsPerClient = "limits.connections_per_client"
    case limitsIdleUpstreamConnections = "limits.idle_upstream_connections"

    case timeoutsHead = "timeouts.head"
    case timeoutsBodyGrace = "timeouts.body_grace"
    case timeoutsBodyRate = "timeouts.body_rate"
    case timeoutsIdle = "timeouts.idle"
    case timeoutsUpstreamConnect = "timeouts.upstream_connect"
    case timeoutsUpstreamResponse = "timeouts.upstream_response"
    case timeoutsUpstreamIdle = "timeouts.upstream_idle"
    case timeoutsUpstreamKeepAlive = "timeouts.upstream_keep_alive"
    case timeoutsClientWrite = "timeouts.client_write"
    case timeoutsTunnelIdle = "timeouts.tunnel_idle"
    case timeoutsLinger = "timeouts.linger"
    case timeoutsDrain = "timeouts.drain"

    /// The name in the file.
    var name: String { rawValue }

    /// The name in the environment: `REDOUBT_LIMITS_HEAD`.
    var environmentName: String {
        "REDOUBT_" + rawValue.uppercased().replacing(".", with: "_")
    }

    /// The section that the setting stands in, and its name there; nil for the settings at the top.
    var section: (section: String, name: String)? {
        let parts = rawValue.split(separator: ".")
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }

    /// Whether the value is a list; in the environment its elements are separated by commas.
    var isList: Bool {
        switch self {
        case .rules, .trustedProxies, .identifySession, .identifyUser, .identifyDevice, .consoleNames, .openIDScopes,
            .openIDRoles:
            true
        default: false
        }
    }

    /// Whether the file may give the list as names with values; it holds `name=value` then.
    var isMapping: Bool { self == .openIDRoles }

    /// Whether the value is a path, or several, which a file gives relative to its own folder.
    var isPath: Bool {
        switch self {
        case .rules, .errorLog, .auditLog, .data, .tlsCertificate, .tlsKey, .consoleCertificate, .consoleKey,
            .openIDSecretFile, .openIDAuthorities:
            true
        default: false
        }
    }

    /// The names that may stand in a section; nil for the top.
    static func names(in section: String?) -> [String: SettingKey] {
        var names: [String: SettingKey] = [:]
        for key in allCases {
            if let place = key.section {
                names[place.name] = place.section == section ? key : names[place.name]
            } else if section == nil {
                names[key.name] = key
            }
        }
        return names
    }

    static let sections = ["limits", "timeouts", "tls", "identify", "console_tls", "oidc", "usage"]
}
