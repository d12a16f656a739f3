// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// A condition over numbered predicates.
indirect enum Condition {
    case constant(Bool)
    case predicate(PredicateID)
    case all([Condition])
    case any([Condition])
    case not(Condition)
}

/// A predicate while a program is built.
enum PredicateID: Hashable {
    /// By literals: a bit that is set while the event is read.
    case literal(Int)
    case lazy(Int)
}

/// Collects the rules of a program, with each predicate numbered once however many rules have it.
struct ProgramBuilder {
    let logSource: LogSource
    let map: LogSourceMap
    private(set) var slotNames = [""]
    private(set) var slotOfField: [String: Int] = [:]
    private(set) var hasKeywords = false
    private(set) var ruleDetections: [Detection] = []
    var conditions: [(rule: Int, condition: Condition)] = []
    var fields = FieldTrieBuilder()
    private(set) var lazy: [LazyPredicate] = []
    /// What has to be found before a lazy predicate can hold, as a literal predicate.
    private(set) var needs: [Int: Int] = [:]
    private(set) var regexCount = 0

    struct LiteralKey: Hashable {
        var slot: Int
        var texts: Set<TextLiteral>
    }

    private(set) var literals: [LiteralKey] = []
    private var indexOfLiteral: [LiteralKey: Int] = [:]
    private var indexOfLazy: [FieldTest: Int] = [:]

    init(logSource: LogSource, map: LogSourceMap) {
        self.logSource = logSource
        self.map = map
    }

    mutating func add(_ detection: Detection, rule: Int, logSource: LogSource) {
        ruleDetections.append(detection)
        conditions.append((rule, condition(detection)))
    }

    /// The slot of a field, with the paths that it may be found at.
    @discardableResult
    mutating func addField(_ name: String) -> Int {
        if let slot = slotOfField[name] { return slot }
        let slot = slotNames.count
        slotNames.append(name)
        slotOfField[name] = slot
        fields.add(name, slot: slot)
        for path in map.paths(of: name, in: logSource) { fields.add(path, slot: slot) }
        return slot
    }

    // MARK: Predicates

    private mutating func condition(_ detection: Detection) -> Condition {
        switch detection {
        case .all(let parts): return .all(parts.map { condition($0) })
        case .any(let parts): return .any(parts.map { condition($0) })
        case .not(let part): return .not(condition(part))
        case .test(let test): return predicate(test)
        }
    }

    private mutating func predicate(_ test: FieldTest) -> Condition {
        let slot: Int
        if let field = test.field {
            slot = addField(field)
        } else {
            slot = 0
            hasKeywords = true
        }
        guard case .texts(let texts) = test.test else {
            return .predicate(.lazy(lazyPredicate(test, slot)))
        }
        // Every value begins, ends and goes on with nothing, so such a literal asks no more than that there is a value.
        if texts.contains(where: { $0.bytes.isEmpty && $0.anchor != .whole }) {
            return .predicate(.lazy(lazyPredicate(FieldTest(field: test.field, test: .present), slot)))
        }
        return .predicate(.literal(literalPredicate(texts, slot)))
    }

    private mutating func literalPredicate(_ texts: [TextLiteral], _ slot: Int) -> Int {
        let key = LiteralKey(slot: slot, texts: Set(texts))
        if let index = indexOfLiteral[key] { return index }
        literals.append(key)
        indexOfLiteral[key] = literals.count - 1
        return literals.count - 1
    }

    private mutating func lazyPredicate(_ test: FieldTest, _ slot: Int) -> Int {
        if let index = indexOfLazy[test] { return index }
        let (compiled, needed) = compile(test.test)
        lazy.append(LazyPredicate(slot: slot, test: compiled))
        let index = lazy.count - 1
        indexOfLazy[test] = index
        if let needed, !needed.isEmpty {
            let texts = needed.map { TextLiteral($0, .anywhere, isCased: false) }
            needs[index] = literalPredicate(texts, slot)
        }
        return index
    }

    /// - Returns: the test, and literals of which one lies in every value for which it holds.
    private mutating func compile(_ test: ValueTest) -> (LazyPredicate.Test, [[UInt8]]?) {
        switch test {
        case .texts, .present: return (.present, nil)
        case .glob(let pattern, let isCased):
            let text = pattern.longestText
            return (.glob(GlobPattern(pattern, isCased: isCased)), text.isEmpty ? nil : [text])
        case .regex(let regex):
            do {
                let compiled = try Regex(regex.pattern, options: regex.options)
                regexCount += 1
                let needed = RegexNeeds.literals(of: regex.pattern, options: regex.options)
                return (.regex(compiled, index: regexCount - 1), needed)
            } catch {
                // The reader compiled it before, so this is not reached; a test that is never true is the safe answer.
                return (.number(.less, -.infinity), nil)
            }
        case .number(let comparison, let number): return (.number(comparison, number), nil)
        case .network(let network): return (.network(network), nil)
        case .null: return (.null, nil)
        case .exists: return (.exists, nil)
        case .field(let other, let anchor, let isCased):
            return (.field(slot: addField(other), anchor, isCased: isCased), nil)
        case .time(let part, let comparison, let number): return (.time(part, comparison, number), nil)
        }
    }
}
