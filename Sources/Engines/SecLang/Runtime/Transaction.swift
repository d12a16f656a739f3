// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching
internal import Synchronization

/// One request and its response, as the rules see them.
///
/// Feed it in order: ``connection(_:)``, ``requestHead(_:)``, ``evaluateRequestHeaders()``,
/// ``appendRequestBody(_:)``, ``evaluateRequestBody()``, ``responseHead(_:)``, ``appendResponseBody(_:)``,
/// ``evaluateResponseBody()``, ``finish()``. After an intervention only ``finish()`` is called.
///
/// Everything that is derived from the request lies in one arena, values are ranges of it; a transaction costs a
/// handful of allocations however many rules look at it. Not to be used by two threads at a time.
public struct Transaction: ~Copyable {
    let rules: RuleSet
    var context: TransactionContext
    let startTime: UInt64

    // Bytes and values
    var arena: ByteArena
    /// The request's body as received; parsers read from here and write to the arena.
    var requestBody: [UInt8] = []
    var responseBody: [UInt8] = []
    var values: [StoredValue] = []
    var lists: [[Int32]] = Array(repeating: [], count: ValueList.allCases.count)
    /// The stored value of each single-valued variable; -1 where it has none.
    var scalars: [Int32]
    /// For each row a result for each node of the transformation trie; `.max` where it is not known yet.
    var transformed: [UInt64] = []
    var tx: TXStore
    var prepared: PreparedValues
    /// What finds the patterns of many rules at once; nil where every rule runs by itself.
    let scanner: RuleScanner?
    let scanScratch: ScanScratch?
    var xml: XMLBody?

    // Scratch, kept for its memory
    var references: [ValueReference] = []
    var macroReferences: [ValueReference] = []
    var matchScratch = MatchScratch()
    let regex: RegexScratch

    // State of the evaluation
    var phase = 0
    var engineMode: RuleEngineMode
    var isAllowed = false
    var allowsRequestOnly = false
    var removedRules: RuleBitSet?
    var hasRemovedRules = false
    var removedTargets: [(rules: RuleBitSet, target: Target)] = []
    var matched = MatchedVariables()
    /// The match that ``complete(_:)`` logs.
    var pending = PendingMatch()
    /// What `@geoLookup` found last.
    var geo: [(name: [UInt8], value: [UInt8])] = []
    var currentRule: Rule?
    var highestSeverity = 255
    var requestBodyAccess: Bool
    var responseBodyAccess: Bool
    var requestBodyLimit: Int
    var responseBodyLimit: Int
    var bodyProcessor: RequestBodyProcessor?
    var forcesRequestBodyVariable = false
    var auditEngine: AuditEngine
    var auditParts: [UInt8]
    var collectionKeys: [Variable: [UInt8]] = [:]
    var environment: [String: [UInt8]] = [:]
    var masks = SanitiseState()
    var originOffset: UInt32 = 0
    var requestHeadersEnd: UInt32 = 0
    var argumentCount = 0
    var isOverArenaLimit = false
    var isOverBudget = false
    /// What became of the rule whose turn it is, for ``RuleCosts``.
    var measured = MeasuredStep()
    /// Pieces of work that were done, see ``isWithinBudget()``.
    var work: UInt32 = 0
    /// The processor time that the rules have taken, in nanoseconds.
    var usedProcessorTime: UInt64 = 0
    /// The thread's processor time at the last look at the clock.
    var lastProcessorTime: UInt64 = 0
    /// How long the transaction has waited for programs, in nanoseconds.
    var usedProgramTime: UInt64 = 0
    var combinedArgumentSize = 0

    /// The first intervention; set only where it is to be carried out.
    public internal(set) var intervention: Intervention?
    /// What would have been done, had the engine been On and not observing.
    public internal(set) var would: Intervention?
    /// The logged matches, in order.
    public internal(set) var matches: [RuleMatch] = []
    /// Whether any rule that matched wants the transaction in the audit log.
    public internal(set) var isRelevant = false
    /// How long the rules want the answer to wait, 5,000 at most; 0 where nothing is enforced.
    public internal(set) var pauseMilliseconds = 0
    /// Whether a regular expression gave up on a value, which rules are told of by variables.
    package internal(set) var hasRegexFailure = false
    /// The highest level of debug messages that are collected; 0 for none.
    var debugLevel: Int
    var debugLength = 0
    /// From which message on `ctl:debugLogLevel` asked for which level.
    var debugLevelChanges: [(first: Int, level: Int)] = []
    /// Debug messages, where the context or the rules ask for them.
    public internal(set) var debugLog: [[UInt8]] = []
    /// The connection, request and response as they are logged.
    public internal(set) var record = TransactionRecord()

    public init(rules: RuleSet, context: TransactionContext) {
        self.rules = rules
        self.context = context
        debugLevel = context.collectsDebugLog ? 9 : context.writesDebugLog ? min(rules.settings.debugLogLevel, 9) : 0
        self.context.collectsDebugLog = debugLevel > 0
        startTime = context.now()
        arena = ByteArena(capacity: 48 * 1024)
        scalars = []
        tx = TXStore(count: rules.slotNames.count)
        prepared = PreparedValues(
            forms: rules.planForms.count,
            groups: rules.scanGroups.count,
            words: rules.groups.wordCount
        )
        scanner = rules.installedScanner.load()
        scanScratch = scanner?.scratchPool.take()
        regex = rules.scratchPool.take()
        let settings = rules.settings
        engineMode = settings.ruleEngine
        requestBodyAccess = settings.requestBodyAccess
        responseBodyAccess = settings.responseBodyAccess
        requestBodyLimit = settings.requestBodyLimit
        responseBodyLimit = settings.responseBodyLimit
        auditEngine = settings.audit.engine
        auditParts = settings.audit.parts
        record.identifier = context.identifier
        record.startTime = startTime
        prepareScalars()
    }

    deinit {
        rules.scratchPool.giveBack(regex)
        if let scanner, let scanScratch {
            scanner.scratchPool.giveBack(scanScratch)
        }
    }
}

/// What became of a rule, for ``RuleCosts``.
struct MeasuredStep {
    var isCandidate = false
    var isMatch = false
}

/// What `MATCHED_VAR` and its kin show.
struct MatchedVariables {
    struct Entry {
        var variable: Variable
        var key: ByteRange
        var bytes: ByteRange
        /// The rule whose only target names the value; -1 where ``key`` does.
        var gate: Int32 = -1
    }

    var last: Entry?
    var all: [Entry] = []
    /// The chain starter whose matches `all` holds.
    var rule = -1
}
