// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// What a body over its limit leads to.
public enum BodyLimitAction: String, Sendable {
    case reject = "Reject"
    case processPartial = "ProcessPartial"
}

/// What directives other than rules set.
///
/// Where a file says nothing the engine detects and does not deny, and looks at request bodies.
public struct EngineSettings: Sendable {
    public internal(set) var ruleEngine: RuleEngineMode = .detectionOnly

    // Request
    public internal(set) var requestBodyAccess = true
    /// Bytes of a request body that are looked at.
    public internal(set) var requestBodyLimit = 134_217_728
    /// Bytes of a request body without its files.
    public internal(set) var requestBodyNoFilesLimit = 1_048_576
    public internal(set) var requestBodyLimitAction = BodyLimitAction.reject
    public internal(set) var requestBodyJSONDepthLimit = 10_000
    public internal(set) var argumentSeparator = UInt8(ascii: "&")
    public internal(set) var argumentsLimit = 1_000
    /// 0 for Netscape cookies, 1 for RFC 2109 ones.
    public internal(set) var cookieFormat = 0
    public internal(set) var cookieV0Separator = UInt8(ascii: ";")
    public internal(set) var uploadFileLimit = 100

    // Response
    public internal(set) var responseBodyAccess = false
    public internal(set) var responseBodyLimit = 524_288
    public internal(set) var responseBodyLimitAction = BodyLimitAction.processPartial
    /// Media types whose bodies are looked at; empty means none.
    public internal(set) var responseBodyMimeTypes: [String] = ["text/plain", "text/html"]

    // Logs
    public internal(set) var audit = AuditSettings()
    /// The file that debug messages go to; nil for none.
    public internal(set) var debugLogFile: String?
    public internal(set) var debugLogLevel = 0
    public internal(set) var componentSignatures: [String] = []
    public internal(set) var webAppID = "default"
    public internal(set) var sensorID = ""
    public internal(set) var serverSignature: String?

    // State
    /// Seconds that a persistent collection lives after its last change.
    public internal(set) var collectionTimeout = 3_600
    public internal(set) var pcreMatchLimit: UInt32 = 10_000
    public internal(set) var httpBlKey: String?

    var unicodeMap: UnicodeMap?
    var geoDatabase: GeoDatabase?

    public init() {}
}

/// `SecAudit…`
public struct AuditSettings: Sendable {
    public enum Format: String, Sendable {
        case json = "JSON"
        case native = "Native"
    }

    public enum Kind: String, Sendable {
        case serial = "Serial"
        case concurrent = "Concurrent"
        case https = "HTTPS"
    }

    public internal(set) var engine = AuditEngine.off
    public internal(set) var format = Format.native
    public internal(set) var kind = Kind.serial
    /// The letters of the parts, as `ABIJDEFHZ`.
    public internal(set) var parts: [UInt8] = Array("ABCFHZ".utf8)
    /// The file, or the command with a leading `|`.
    public internal(set) var file: String?
    public internal(set) var secondFile: String?
    public internal(set) var storageDirectory: String?
    public internal(set) var directoryMode = 0o750
    public internal(set) var fileMode = 0o640
    /// Which statuses make a transaction relevant.
    var relevantStatus: Regex?
}
