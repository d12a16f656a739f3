// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a transaction needs from the world; the engine has no clock, no randomness and no environment of its own.
public struct TransactionContext: Sendable {
    /// The transaction's `UNIQUE_ID`.
    public var identifier: [UInt8]
    /// The time in nanoseconds since 1970, asked at the start, for durations and for expiries.
    public var now: @Sendable () -> UInt64
    /// Seconds east of Greenwich, for the TIME variables.
    public var timeZoneOffset: Int
    /// Where the persistent collections live; shared by the transactions of one application.
    public var collections: PersistentCollections
    /// What `ENV` shows.
    public var environment: [String: String]
    /// Answers DNS block list queries from a cache; true where the name is listed.
    public var blockListLookup: (@Sendable (_ name: String) -> Bool)?
    /// Nothing is denied whatever the rules say; what they would have done is told in ``Transaction/would``.
    public var observesOnly: Bool
    /// Whether a single rule may deny, where that depends on the rule; nil where ``observesOnly`` holds for all.
    public var mayIntervene: (@Sendable (_ rule: Int) -> Bool)?
    /// Whether debug messages of all levels are collected, whatever the rules say.
    public var collectsDebugLog: Bool
    /// The processor time that the calling thread has used, in nanoseconds; nil where there is no budget.
    public var processorTime: (@Sendable () -> UInt64)?
    /// Takes what each rule costs; nil for not measuring it.
    public var costs: RuleCosts?
    /// How much processor time the rules of a transaction may take, in nanoseconds. More is a detection of its own: no
    /// more rules are evaluated, and the transaction is denied where the rules may deny. 0 for no bound.
    public var budget: UInt64 = 50_000_000
    /// Runs the programs that rules name; nil where nobody does.
    public var programs: ProgramRunner?
    /// Whether there is a file for the debug messages that `SecDebugLogLevel` and `ctl:debugLogLevel` ask for.
    public var writesDebugLog: Bool

    public init(
        identifier: [UInt8],
        now: @escaping @Sendable () -> UInt64,
        timeZoneOffset: Int = 0,
        collections: PersistentCollections,
        environment: [String: String] = [:],
        blockListLookup: (@Sendable (_ name: String) -> Bool)? = nil,
        processorTime: (@Sendable () -> UInt64)? = nil,
        observesOnly: Bool = false,
        collectsDebugLog: Bool = false,
        writesDebugLog: Bool = false
    ) {
        self.identifier = identifier
        self.now = now
        self.timeZoneOffset = timeZoneOffset
        self.collections = collections
        self.environment = environment
        self.blockListLookup = blockListLookup
        self.processorTime = processorTime
        self.observesOnly = observesOnly
        self.collectsDebugLog = collectsDebugLog
        self.writesDebugLog = writesDebugLog
    }
}

/// What the rules want done with an exchange.
public struct Intervention: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case deny
        case drop
        case redirect(location: [UInt8])
    }

    public var kind: Kind
    public var status: Int
    public var rule: Int
    /// The phase in which it was decided, 1 to 5.
    public var phase: Int
}
