// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// What a matching rule does to the transaction.
enum Disruptive: Sendable {
    case pass
    case deny
    case drop
    /// What SecDefaultAction says for the phase.
    case block
    case allow(AllowScope)
    case redirect(Macro)

    /// Whether it changes nothing about how the transaction goes on.
    var isPass: Bool {
        switch self {
        case .pass, .block: true
        case .deny, .drop, .allow, .redirect: false
        }
    }
}

/// How far `allow` reaches.
enum AllowScope: Sendable {
    /// To the end of the transaction, the logging phase excepted.
    case transaction
    /// To the end of the current phase.
    case phase
    /// To the end of the request phases.
    case request
}

/// `setvar:tx.score=+5`
///
/// A class, for it is used hundreds of times in each transaction and a reference is cheaper to hand on.
final class SetVariable: Sendable {
    enum Operation: Sendable {
        case set, add, subtract, unset
    }

    let collection: Variable
    /// The key, which may hold macros; lower-cased where it is literal.
    let key: Macro
    /// The slot of a literal `TX` key; -1 for all else.
    let slot: Int
    let operation: Operation
    let value: Macro
    /// The value, where it is a literal whole number.
    let number: Int?
    /// The value, where a `TX` variable takes it as a number that shows as it is written.
    let plainNumber: Int?

    init(collection: Variable, key: Macro, slot: Int, operation: Operation, value: Macro, number: Int?) {
        self.collection = collection
        self.key = key
        self.slot = slot
        self.operation = operation
        self.value = value
        self.number = number
        plainNumber = value.source.first != UInt8(ascii: "0") || value.source.count == 1 ? number : nil
    }
}

/// `initcol:ip=%{REMOTE_ADDR}`, and `setsid`, `setuid`, `setrsc`, which do the same for their collection.
struct InitializeCollection: Sendable {
    var collection: Variable
    var key: Macro
    /// The variable that also takes the key: SESSIONID, USERID.
    var identifier: Variable?
}

/// `expirevar:ip.blocked=60`
struct ExpireVariable: Sendable {
    var collection: Variable
    var key: Macro
    /// Seconds from now.
    var lifetime: Macro
}

/// `deprecatevar:session.score=60/300`: takes `amount` off for every `interval` seconds gone by.
struct DeprecateVariable: Sendable {
    var collection: Variable
    var key: Macro
    var amount: Int
    /// Seconds.
    var interval: Int
}

/// `sanitiseArg`, `sanitiseMatched` and their kin: what must not show in logs.
enum Sanitise: Sendable {
    case argument([UInt8])
    case requestHeader([UInt8])
    case responseHeader([UInt8])
    case matched
    case matchedBytes(keepFirst: Int, keepLast: Int)
}

/// `setenv:NAME=value`, visible to the application in process; here to later rules as `ENV:NAME`.
struct SetEnvironment: Sendable {
    var name: [UInt8]
    var value: Macro
}

/// `ctl:…`
enum Control: Sendable {
    case auditEngine(AuditEngine)
    case auditLogParts(AuditPartsChange)
    case debugLogLevel(Int)
    case forceRequestBodyVariable(Bool)
    case forceResponseBodyVariable(Bool)
    case requestBodyAccess(Bool)
    case requestBodyLimit(Int)
    case requestBodyProcessor(RequestBodyProcessor)
    case responseBodyAccess(Bool)
    case responseBodyLimit(Int)
    case ruleEngine(RuleEngineMode)
    case removeRules(RuleSelection)
    case removeTarget(RuleSelection, Target)
}

/// Which rules an exception means.
enum RuleSelection: Sendable {
    case ids([ClosedRange<Int>])
    case tag(Regex)
    case message(Regex)
}

/// `SecRuleEngine`
public enum RuleEngineMode: String, Sendable {
    case on = "On"
    case off = "Off"
    case detectionOnly = "DetectionOnly"
}

extension Control {
    /// Whether it changes what variables show in the running phase.
    var changesValues: Bool {
        switch self {
        case .forceRequestBodyVariable, .forceResponseBodyVariable, .requestBodyAccess, .requestBodyLimit,
            .requestBodyProcessor, .responseBodyAccess, .responseBodyLimit:
            true
        default:
            false
        }
    }
}

/// `SecAuditEngine`
public enum AuditEngine: String, Sendable {
    case on = "On"
    case off = "Off"
    case relevantOnly = "RelevantOnly"
}

/// A change of the audit log's parts: `+E`, `-C` or a new list.
enum AuditPartsChange: Sendable {
    case add([UInt8])
    case remove([UInt8])
    case replace([UInt8])
}

/// Who takes a request body apart.
enum RequestBodyProcessor: String, Sendable, CaseIterable {
    case urlencoded = "URLENCODED"
    case multipart = "MULTIPART"
    case xml = "XML"
    case json = "JSON"
    case raw = "RAW"
}
