// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A match of a rule that is to be logged.
public struct RuleMatch: Sendable {
    public var rule: Int
    /// 1 to 5
    public var phase: Int
    /// What all matches of the rule have in common.
    let origin: RuleOrigin
    public var message: [UInt8]
    public var data: [UInt8]
    /// 0 (emergency) to 7 (debug)
    public var severity: Int?
    public var tags: [[UInt8]]
    /// `ARGS:x`
    public var variable: [UInt8]
    /// The value that matched, after transformations.
    public var value: [UInt8]
    /// What matched what, in words: ``Matched "Operator `Rx' with parameter …``
    public var explanation: [UInt8]
    /// Where in the request, as ModSecurity v3 writes it: `o0,3v12,6t:trim`
    public var reference: [UInt8]
    /// What the rule did to the transaction; nil for a mere warning.
    public var intervention: Intervention?
    public var isInErrorLog: Bool
    public var isInAuditLog: Bool

    public var location: SourceLocation { origin.location }
    public var rev: [UInt8] { origin.rev }
    public var ver: [UInt8] { origin.ver }
    public var maturity: Int { origin.maturity }
    public var accuracy: Int { origin.accuracy }
}
