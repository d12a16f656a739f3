// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A correlation as its document has it, before the rules that it names are looked up.
struct CorrelationDraft {
    /// A rule that is named, with where it is.
    struct Reference {
        var name: String
        var place: YAMLValue
    }

    /// A stage of a sequence.
    struct Stage {
        var reference: Reference
        /// Whether the event must not come.
        var isMissing: Bool
        /// How often it has to come.
        var runs: Int
    }

    var kind: SigmaRule.Kind
    var stages: [Stage]
    var groupBy: [String]
    /// In nanoseconds.
    var timespan: Int64
    var condition: CorrelationCondition?
    /// The field behind an alias, by alias and name of the rule.
    var aliases: [String: [String: String]]
    var generates: Bool
    /// Ours, of sequences: rules that end what has begun.
    var until: [Reference]
    /// Ours, of new terms: how long only to learn, in nanoseconds.
    var learning: Int64
}

/// When a correlation holds.
struct CorrelationCondition: Hashable, Sendable {
    /// All of them have to hold.
    var bounds: [Bound]
    /// What is counted or summed; several fields count as one value.
    var fields: [String]
    /// The percentile that is taken of the field's numbers; without one, the share of the event's value is.
    var percentile: Double?

    struct Bound: Hashable, Sendable {
        var comparison: Comparison
        var number: Double
    }

    func holds(_ value: Double) -> Bool {
        bounds.allSatisfy { $0.comparison.holds(value, $0.number) }
    }
}

/// A correlation whose rules are known.
struct Correlation: Sendable {
    struct Stage: Sendable, Hashable {
        /// Indexes in the set.
        var rule: Int
        var isMissing: Bool
    }

    /// Its own index in the set.
    var rule: Int
    var kind: SigmaRule.Kind
    var stages: [Stage]
    /// The fields that an event's group is made of, by the rule that it came from.
    var groupFields: [Int: [String]]
    var timespan: Int64
    var condition: CorrelationCondition?
    var until: Set<Int>
    var learning: Int64

    /// All fields that it reads of events.
    var fields: [String] {
        groupFields.sorted { $0.key < $1.key }.flatMap(\.value) + (condition?.fields ?? [])
    }
}
