// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// The rules whose patterns are looked for together: those of one phase that look at the same form of the same values.
///
/// Groups of all forms of a set, whose text is mostly the same, were measured: expressions without a literal to look for
/// first cost their time for each byte of each text that they share a group with, which is more than the scans saved.
struct ScanGroups: Sendable {
    struct Group: Sendable {
        /// The form of the values, see ``ValuePlan``.
        var form: Int
        var patterns: [ScanPattern] = []
        /// Where the group's bits begin among those of all groups, in words.
        var firstWord = 0
    }

    /// A group without its patterns.
    struct Layout: Sendable, BitwiseCopyable {
        var form: Int32
        var firstWord: Int32
        var words: Int32
    }

    private(set) var groups: [Group] = []
    /// The words that the bits of all groups take.
    private(set) var wordCount = 0
    private var groupOfPlace: [Place: Int] = [:]
    /// The number of each pattern of a group, as rules may look for the same.
    private var patternNumbers: [[ScanPattern: Int]] = []
    let options: Regex.Options

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
        return (rule.multiMatch ? rule.forms : [last]).map { form in
            let group = number(of: Place(phase: rule.phase, form: form))
            return ScanPlace(group: Int32(group), pattern: Int32(number(of: pattern, in: group)))
        }
    }

    private mutating func number(of place: Place) -> Int {
        if let known = groupOfPlace[place] {
            return known
        }
        groups.append(Group(form: place.form))
        patternNumbers.append([:])
        groupOfPlace[place] = groups.count - 1
        return groups.count - 1
    }

    private mutating func number(of pattern: ScanPattern, in group: Int) -> Int {
        if let known = patternNumbers[group][pattern] {
            return known
        }
        groups[group].patterns.append(pattern)
        patternNumbers[group][pattern] = groups[group].patterns.count - 1
        return groups[group].patterns.count - 1
    }

    /// Gives each group its words, once all rules are there.
    mutating func layOut() {
        wordCount = 0
        for index in groups.indices {
            groups[index].firstWord = wordCount
            wordCount += (groups[index].patterns.count + 63) / 64
        }
    }

    var layout: [Layout] {
        groups.map { group in
            Layout(
                form: Int32(group.form),
                firstWord: Int32(group.firstWord),
                words: Int32((group.patterns.count + 63) / 64)
            )
        }
    }
}

/// Where a rule's pattern is among the groups.
struct ScanPlace: Sendable, BitwiseCopyable {
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
