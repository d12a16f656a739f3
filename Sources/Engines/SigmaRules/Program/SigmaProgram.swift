// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// One field's literals.
struct SlotProgram: BitwiseCopyable {
    var anywhere: TextScanner
    var start: AnchoredTrie
    var end: AnchoredTrie
    var whole: ExactTable
    /// Whether there are any literals.
    var hasLiterals: Bool

    /// Sets the bits of the predicates that a value satisfies.
    @inline(__always)
    func scan(
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ texts: UnsafePointer<UInt8>,
        _ bits: PredicateBits
    ) {
        whole.find(value, count, texts, into: bits)
        if !end.isEmpty { end.scan(value, count, texts, into: bits) }
        if !start.isEmpty { start.scan(value, count, texts, into: bits) }
        if !anywhere.isEmpty { anywhere.scan(value, count, texts, into: bits) }
    }
}

/// A step of a rule's condition: a predicate, and where to go on.
struct ConditionStep: BitwiseCopyable {
    var predicate: UInt32
    var onTrue: UInt32
    var onFalse: UInt32

    static let accept = UInt32.max
    static let reject = UInt32.max - 1
}

/// A rule as it is run.
struct RuleProgram: BitwiseCopyable {
    /// The rule's index in its set.
    var rule: UInt32
    /// The first step; may be ``ConditionStep/accept`` or ``ConditionStep/reject``.
    var entry: UInt32
}

/// The rules of a set that are about one log source, compiled.
///
/// An event is read once. Each value that a rule asks for goes through the literals of its field, which sets the bits
/// of the predicates that hold. A rule is looked at only where one of the literals that it cannot do without was found;
/// its condition then is a walk over bits. What takes longer than a bit (regular expressions, patterns, numbers) is
/// evaluated when a condition gets to it, once for all rules.
package final class SigmaProgram: @unchecked Sendable {
    // Sendable: everything is read only, from the end of the initialiser on.
    let memory: ProgramMemory
    let logSource: LogSource
    /// Their indexes in the set.
    let rules: UnsafePointer<RuleProgram>
    package let ruleCount: Int
    let fields: FieldTrie
    let slots: UnsafePointer<SlotProgram>
    package let slotCount: Int
    /// The fields of the slots. Slot 0 has all values of the event, for keywords.
    let slotNames: [String]
    let slotOfField: [String: Int]
    let hasKeywords: Bool
    let steps: UnsafePointer<ConditionStep>
    /// Predicates below are bits that literals set; those from here on are ``lazy``.
    let literalCount: Int
    let lazy: [LazyPredicate]
    /// The rules that cannot match without a predicate, by predicate.
    let triggerStart: UnsafePointer<UInt32>
    let triggeredRules: UnsafePointer<UInt32>
    /// The predicates that trigger anything, as bits.
    let triggers: UnsafePointer<UInt64>
    let literalWords: Int
    /// The rules that are looked at for every event, as bits.
    let untriggered: UnsafePointer<UInt64>
    let ruleWords: Int
    let casedTexts: UnsafePointer<UInt8>
    let regexCount: Int
    /// What each rule of the program asks, for explanations.
    let detections: [Detection]

    /// Compiles the rules of a set that are about a log source.
    ///
    /// - Parameters:
    ///   - logSource: what the events are of; nil compiles all rules of the set.
    ///   - map: other names of fields.
    package convenience init(_ set: SigmaRuleSet, logSource: LogSource?, map: LogSourceMap = .standard) {
        var builder = ProgramBuilder(logSource: logSource.map { map.completed($0) } ?? LogSource(), map: map)
        for (index, detection) in set.detections.enumerated() {
            guard let detection, logSource == nil || set.rules[index].logSource.covers(builder.logSource) else {
                continue
            }
            builder.add(detection, rule: index, logSource: set.rules[index].logSource)
        }
        for field in set.correlations.flatMap(\.fields) { builder.addField(field) }
        if !set.correlations.isEmpty {
            for field in EventTime.fields { builder.addField(field) }
        }
        self.init(builder)
    }

    init(_ builder: ProgramBuilder) {
        let built = builder.build()
        memory = built.memory
        logSource = builder.logSource
        rules = built.memory.keep(built.rules)
        ruleCount = built.rules.count
        fields = FieldTrie(built.fields, built.memory)
        slots = built.memory.keep(built.slots)
        slotCount = built.slots.count
        slotNames = builder.slotNames
        slotOfField = builder.slotOfField
        hasKeywords = builder.hasKeywords
        steps = built.memory.keep(built.steps)
        literalCount = built.literalCount
        lazy = built.lazy
        triggerStart = built.memory.keep(built.triggerStart)
        triggeredRules = built.memory.keep(built.triggeredRules)
        literalWords = built.triggers.count
        triggers = built.memory.keep(built.triggers)
        untriggered = built.memory.keep(built.untriggered)
        ruleWords = built.untriggered.count
        casedTexts = built.memory.keep(built.casedTexts)
        regexCount = built.regexCount
        detections = builder.ruleDetections
    }

    /// The memory of its tables, in bytes; that of regular expressions is not counted.
    package var memorySize: Int { memory.byteCount }

    /// How many rules are looked at for every event, since no literal tells whether they can match.
    package var alwaysEvaluatedCount: Int {
        (0..<ruleWords).reduce(0) { $0 + untriggered[$1].nonzeroBitCount }
    }
}
