// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching

/// Bounds that no request may exceed, however it was made to make rules slow.
extension Transaction {
    /// Counts a piece of work, and now and then looks at the clock.
    ///
    /// - Returns: false once the transaction has used up its budget; then no more rules of phases 1 to 4 run.
    mutating func isWithinBudget() -> Bool {
        guard !isOverBudget else {
            return false
        }
        work &+= 1
        // Asking for the thread's time is a system call.
        return work & 15 != 0 || lookAtClock()
    }

    /// The same after work on so many bytes at once that it counts by itself.
    mutating func countWork(bytes: Int) {
        if bytes > 4_096, phase != 5, !isOverBudget {
            _ = lookAtClock()
        }
    }

    private mutating func lookAtClock() -> Bool {
        guard context.processorTime != nil, context.budget > 0 else {
            return true
        }
        countProcessorTime()
        guard usedProcessorTime > context.budget else {
            return true
        }
        exceedBudget()
        return false
    }

    /// Adds what was used since the last look at the clock, at most half of the budget at a time: where a virtual machine
    /// stands still, its processors seem to work, and no single piece of work takes that long.
    private mutating func countProcessorTime() {
        guard let processorTime = context.processorTime else {
            return
        }
        let time = processorTime()
        usedProcessorTime &+= min(time &- lastProcessorTime, context.budget / 2 + 1)
        lastProcessorTime = time
    }

    /// Begins to count a phase. Between phases the thread may have served others.
    mutating func startBudget() {
        if let processorTime = context.processorTime {
            lastProcessorTime = processorTime()
        }
    }

    /// Adds what a phase took to what is used.
    mutating func stopBudget() {
        countProcessorTime()
    }

    private mutating func exceedBudget() {
        isOverBudget = true
        let milliseconds = context.budget / 1_000_000
        let decided = Intervention(kind: .deny, status: 403, rule: 0, phase: phase)
        isRelevant = true
        matches.append(
            RuleMatch(
                rule: 0,
                phase: phase,
                origin: RuleOrigin(
                    rule: 0,
                    location: SourceLocation(file: "", line: 0, column: 0),
                    literalTags: [Array("redoubt/budget".utf8)]
                ),
                message: Array("The transaction used up its budget of \(milliseconds) ms of processor time".utf8),
                data: [],
                severity: 2,
                tags: [Array("redoubt/budget".utf8)],
                variable: [],
                value: [],
                explanation: Array("Rules were not evaluated any further".utf8),
                reference: [],
                intervention: isEnforcing ? decided : nil,
                isInErrorLog: true,
                isInAuditLog: true
            )
        )
        carryOut(decided)
    }

    /// Whether the scanner alone proves that the pattern of a rule is in a value, where PCRE2 gave up.
    mutating func isProven(_ rule: Rule, in value: ByteRange) -> Bool {
        guard let scanner, let scanScratch, !rule.isLink, let place = rules.place(of: rule) else {
            return false
        }
        let group = scanner.library.groups[Int(place.group)]
        let bytes = arena[value]
        guard group.isHitFinal(Int(place.pattern), valueHasLineFeed: bytes.contains(UInt8(ascii: "\n"))) else {
            return false
        }
        var hits = [UInt64](repeating: 0, count: group.wordCount)
        let isScanned = hits.withUnsafeMutableBufferPointer { hits in
            hits.baseAddress.map { group.scan(bytes, scratch: scanScratch, into: $0) } ?? false
        }
        return isScanned && hits[Int(place.pattern) >> 6] & (1 << UInt64(place.pattern & 63)) != 0
    }
}
