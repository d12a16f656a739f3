// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching

/// Why an event was not looked at.
package struct SigmaEventError: Error, Sendable, CustomStringConvertible {
    /// In bytes, from the beginning of the event.
    package var offset: Int
    package var message: String
    package var description: String { "\(message) at byte \(offset) of the event" }
}

/// Runs a program's rules over events, one after the other. One for each thread; no event allocates memory once the
/// tables have their size.
package final class SigmaMatcher {
    package let program: SigmaProgram
    private let tape = JSONEventTape()
    /// The limit of a regular expression's backtracking; a match that would take more counts as none and is counted.
    private let regexScratch = RegexScratch(matchLimit: 100_000)
    private let state: UnsafeMutablePointer<EventState>
    /// For lazy predicates: which are known, and which hold.
    private let known: UnsafeMutablePointer<UInt64>
    private let held: UnsafeMutablePointer<UInt64>
    private let lazyWords: Int
    private let candidates: UnsafeMutablePointer<UInt64>
    private let matched: UnsafeMutablePointer<UInt32>
    /// How often each of the program's rules was evaluated, and matched.
    private let evaluations: UnsafeMutablePointer<UInt64>
    private let hits: UnsafeMutablePointer<UInt64>
    private let regexLimits: UnsafeMutablePointer<UInt64>
    /// Events with more than this are not looked at.
    package static let mostBytes = 16 << 20
    package static let mostDepth = 64
    /// Values that were passed over because one event had too many.
    package var droppedValues: Int { state.pointee.droppedValues }

    package init(_ program: SigmaProgram) {
        self.program = program
        state = .allocate(capacity: 1)
        state.initialize(to: EventState(program))
        lazyWords = (program.lazy.count + 63) / 64
        known = EventState.table(lazyWords, 0)
        held = EventState.table(lazyWords, 0)
        candidates = EventState.table(program.ruleWords, 0)
        matched = EventState.table(program.ruleCount, 0)
        evaluations = EventState.table(program.ruleCount, 0)
        hits = EventState.table(program.ruleCount, 0)
        regexLimits = EventState.table(program.regexCount, 0)
    }

    deinit {
        state.pointee.deallocate()
        state.deallocate()
        known.deallocate()
        held.deallocate()
        candidates.deallocate()
        matched.deallocate()
        evaluations.deallocate()
        hits.deallocate()
        regexLimits.deallocate()
    }

    // MARK: Events

    /// Finds the rules that match an event, a JSON object.
    ///
    /// - Returns: their indexes in the set, in its order; valid until the next event. The event's values stay available
    ///   as long as its bytes and until the next event.
    /// - Throws: ``SigmaEventError`` where it is no sound JSON object, or too large.
    package func match(_ bytes: UnsafeBufferPointer<UInt8>) throws(SigmaEventError) -> UnsafeBufferPointer<UInt32> {
        try read(bytes)
        return UnsafeBufferPointer(start: matched, count: evaluate())
    }

    /// Reads an event and sets the bits of its literals.
    private func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(SigmaEventError) {
        let state = state
        state.pointee.clear(literalWords: program.literalWords)
        for word in 0..<lazyWords { known[word] = 0 }
        guard let base = bytes.baseAddress, bytes.count > 0 else {
            throw SigmaEventError(offset: 0, message: "the event is empty")
        }
        guard bytes.count <= Self.mostBytes else {
            throw SigmaEventError(offset: Self.mostBytes, message: "the event is larger than 16 MiB")
        }
        do throws(JSONError) {
            state.pointee.entries = try tape.read(bytes, maximumDepth: Self.mostDepth)
        } catch {
            throw SigmaEventError(offset: error.offset, message: error.message)
        }
        guard state.pointee.entries[0].kind == EntryKind.object else {
            throw SigmaEventError(offset: 0, message: "an event is a JSON object")
        }
        state.pointee.event = base
        state.pointee.reserveUnescaped(for: bytes.count)
        state.pointee.readObject(0, node: 0)
        if program.hasKeywords { state.pointee.readKeywords() }
    }

    // MARK: Rules

    /// - Returns: how many rules matched.
    private func evaluate() -> Int {
        let program = program
        let bits = state.pointee.bits
        let candidates = candidates
        for word in 0..<program.ruleWords { candidates[word] = program.untriggered[word] }
        for word in 0..<program.literalWords {
            var found = bits.words[word] & program.triggers[word]
            while found != 0 {
                let literal = word &* 64 &+ found.trailingZeroBitCount
                found &= found &- 1
                for place in Int(program.triggerStart[literal])..<Int(program.triggerStart[literal + 1]) {
                    let rule = program.triggeredRules[place]
                    candidates[Int(rule >> 6)] |= 1 << UInt64(rule & 63)
                }
            }
        }
        var count = 0
        for word in 0..<program.ruleWords {
            var left = candidates[word]
            while left != 0 {
                let index = word &* 64 &+ left.trailingZeroBitCount
                left &= left &- 1
                evaluations[index] &+= 1
                if holds(program.rules[index].entry, bits) {
                    hits[index] &+= 1
                    matched[count] = program.rules[index].rule
                    count &+= 1
                }
            }
        }
        return count
    }

    @inline(__always)
    private func holds(_ entry: UInt32, _ bits: PredicateBits) -> Bool {
        let literalCount = UInt32(program.literalCount)
        var place = entry
        while place < ConditionStep.reject {
            let step = program.steps[Int(place)]
            let holds =
                step.predicate < literalCount
                ? bits.holds(step.predicate) : holdsLazily(Int(step.predicate &- literalCount))
            place = holds ? step.onTrue : step.onFalse
        }
        return place == ConditionStep.accept
    }

    @inline(never)
    private func holdsLazily(_ index: Int) -> Bool {
        let (word, bit) = (index / 64, UInt64(1) << UInt64(index % 64))
        if known[word] & bit != 0 { return held[word] & bit != 0 }
        let holds = test(program.lazy[index])
        known[word] |= bit
        held[word] = holds ? held[word] | bit : held[word] & ~bit
        return holds
    }
}

extension SigmaMatcher {
    /// The values of a slot, the first one first.
    func forEachValue(of slot: Int, _ body: (EventValue) -> Bool) -> Bool {
        var index = state.pointee.firstValue[slot]
        while index >= 0 {
            let value = state.pointee.values[Int(index)]
            if body(value) { return true }
            index = value.next
        }
        return false
    }

    func hasValue(_ slot: Int) -> Bool { state.pointee.firstValue[slot] >= 0 }

    /// The first value of a slot that has a text.
    func firstText(_ slot: Int) -> UnsafeBufferPointer<UInt8>? {
        var text: UnsafeBufferPointer<UInt8>?
        _ = forEachValue(of: slot) { value in
            if value.hasText { text = value.text }
            return value.hasText
        }
        return text
    }

    private func test(_ predicate: LazyPredicate) -> Bool {
        switch predicate.test {
        case .exists: return hasValue(predicate.slot)
        case .present: return forEachValue(of: predicate.slot) { $0.kind != EntryKind.null }
        case .null:
            return !hasValue(predicate.slot) || forEachValue(of: predicate.slot) { $0.kind == EntryKind.null }
        case .regex(let regex, let index):
            return forEachValue(of: predicate.slot) { value in
                guard value.hasText else { return false }
                switch regex.firstMatch(in: value.text, scratch: regexScratch) {
                case .match: return true
                case .noMatch: return false
                case .limitExceeded, .failed:
                    regexLimits[index] &+= 1
                    return false
                }
            }
        default:
            return forEachValue(of: predicate.slot) { ValueTesting.holds(predicate.test, $0, self) }
        }
    }

    /// What the program's rules cost and brought so far.
    package var counters: [SigmaRuleCounters] {
        (0..<program.ruleCount).map { index in
            SigmaRuleCounters(
                rule: Int(program.rules[index].rule),
                evaluations: evaluations[index],
                matches: hits[index]
            )
        }
    }

    /// How often each regular expression hit the limit of backtracking, which counts as no match.
    package var regexLimitHits: [UInt64] { (0..<program.regexCount).map { regexLimits[$0] } }
}

/// What a rule did.
package struct SigmaRuleCounters: Sendable, Hashable {
    /// The rule's index in its set.
    package var rule: Int
    /// Events for which its condition was looked at.
    package var evaluations: UInt64
    package var matches: UInt64

    package init(rule: Int, evaluations: UInt64, matches: UInt64) {
        self.rule = rule
        self.evaluations = evaluations
        self.matches = matches
    }
}
