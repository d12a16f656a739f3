// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// The rules whose patterns are looked for together: those of one phase that look at the same form of the same values.
struct ScanGroups: Sendable {
    struct Group: Sendable {
        /// The form of the values, see ``ValuePlan``.
        var form: Int
        var patterns: [ScanPattern] = []
        /// Where the group's bits begin among those of all groups, in words.
        var firstWord = 0
    }

    /// A group without its patterns: flat, so that a copy costs nothing.
    struct Layout: Sendable {
        var form: Int
        var firstWord: Int
        var words: Int
    }

    private(set) var groups: [Group] = []
    /// The words that the bits of all groups take.
    private(set) var wordCount = 0
    private var groupOfPlace: [Place: Int] = [:]
    private let options: Regex.Options

    private struct Place: Hashable {
        var phase: Int
        var form: Int
    }

    /// - Parameter options: the flags that `@rx` patterns are compiled with.
    init(options: Regex.Options) {
        self.options = options
    }

    /// Takes a rule into the groups of the forms that it looks at: the last one, or with `multiMatch` all of them.
    ///
    /// - Returns: where its pattern is; empty where a scan says nothing about the rule.
    mutating func add(_ rule: Rule) -> [ScanPlace] {
        guard let last = rule.forms.last, !rule.isNegated, let pattern = rule.op?.scanPattern(options: options) else {
            return []
        }
        return (rule.multiMatch ? rule.forms : [last]).map { add(pattern, of: rule, form: $0) }
    }

    private mutating func add(_ pattern: ScanPattern, of rule: Rule, form: Int) -> ScanPlace {
        let place = Place(phase: rule.phase, form: form)
        let number: Int
        if let known = groupOfPlace[place] {
            number = known
        } else {
            groups.append(Group(form: form))
            number = groups.count - 1
            groupOfPlace[place] = number
        }
        groups[number].patterns.append(pattern)
        return ScanPlace(group: Int32(number), pattern: Int32(groups[number].patterns.count - 1))
    }

    var layout: [Layout] {
        groups.map { Layout(form: $0.form, firstWord: $0.firstWord, words: ($0.patterns.count + 63) / 64) }
    }

    /// Gives each group its words, once all rules are there.
    mutating func layOut() {
        wordCount = 0
        for index in groups.indices {
            groups[index].firstWord = wordCount
            wordCount += (groups[index].patterns.count + 63) / 64
        }
    }
}

/// Where a rule's pattern is among the groups.
struct ScanPlace: Sendable {
    var group: Int32
    var pattern: Int32
}

extension Operator {
    /// What a scanner looks for in this operator's stead: found at least wherever the operator matches. nil where no
    /// scanner can help.
    fileprivate func scanPattern(options: Regex.Options) -> ScanPattern? {
        switch self {
        case .regex(let regex), .regexGlobal(let regex):
            return ScanPattern(.regex(regex.pattern, options))
        case .phrases(let phrases):
            let literals = (0..<phrases.count).map(phrases.phrase).filter { !$0.isEmpty }
            return literals.isEmpty ? nil : ScanPattern(.literals(literals, caseless: true, anchor: .anywhere))
        case .text(let comparison, let macro):
            guard let literal = macro.literal, !literal.isEmpty else {
                return nil
            }
            let anchor: ScanPattern.Anchor
            switch comparison {
            case .contains, .containsWord, .strmatch: anchor = .anywhere
            case .beginsWith: anchor = .start
            case .endsWith: anchor = .end
            case .equals: anchor = .whole
            // The value lies in the argument, not the other way round.
            case .within: return nil
            }
            return ScanPattern(.literals([literal], caseless: false, anchor: anchor))
        default:
            return nil
        }
    }
}
