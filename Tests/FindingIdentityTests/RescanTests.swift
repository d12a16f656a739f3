// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import FindingIdentity
import Testing

struct `Rescans` {
    private let scope = ScanScope(project: "p", context: "main", scanner: "semgrep", kind: .sast)
    private let policy = RescanPolicy()

    private func scan(_ time: Int, _ outcome: ScanRun.Outcome = .complete) -> ScanRun {
        ScanRun(scope: scope, outcome: outcome, finishedAt: time, now: 1_000_000)
    }

    /// Observes a finding in a scan that may change everything it can.
    private func observe(
        _ status: inout FindingStatus,
        _ isFound: Bool,
        _ scan: ScanRun,
        kind: FindingKind = .sast
    ) -> [RescanEvent] {
        let verdict = policy.verdict(on: scan, lastScan: status.lastScan, detectedBefore: 1, found: 1)
        return status.observe(isFound: isFound, in: scan, verdict: verdict, kind: kind, policy: policy)
    }

    @Test func `the table has one row for every combination`() {
        #expect(RescanTable.rows.count == TriageState.allCases.count * 2 * RescanInput.allCases.count)
        #expect(Set(RescanTable.rows.map { "\($0.state)\($0.isDetected)\($0.input)" }).count == RescanTable.rows.count)
    }

    @Test func `no input of a scan brings a dismissed finding back or loses it`() {
        for input in [RescanInput.seen, .missed, .missedEnough] {
            for isDetected in [false, true] {
                #expect(RescanTable.row(.dismissed, isDetected: isDetected, input).nextState == .dismissed)
            }
        }
    }

    @Test func `a row that changes nothing tells nothing, and one that changes something tells it`() {
        for row in RescanTable.rows {
            let changes = row.state != row.nextState || row.isDetected != row.nextDetected
            #expect(changes == !row.events.isEmpty, "\(row)")
        }
    }

    @Test func `only a policy resolves, and only what is gone`() {
        for row in RescanTable.rows where row.events.contains(.autoResolved) {
            #expect(row.input == .missedEnough && !row.nextDetected && row.nextState == .resolved)
        }
    }

    @Test(arguments: [
        (FindingKind.dependency, 1 as Int?), (.container, 1), (.sast, 2), (.dast, 3), (.secret, nil),
    ])
    func `resolves after as many clean scans as its kind wants`(kind: FindingKind, scans: Int?) {
        var status = FindingStatus()
        _ = observe(&status, true, scan(1), kind: kind)
        for number in 1...6 {
            let events = observe(&status, false, scan(1 + number), kind: kind)
            #expect(events.contains(.noLongerDetected) == (number == 1))
            #expect(events.contains(.autoResolved) == (number == scans))
        }
        #expect(status.goneSince == 2)
        #expect(status.state == (scans == nil ? .needsTriage : .resolved))
    }

    @Test func `is open again when it is found again`() {
        var status = FindingStatus()
        _ = observe(&status, true, scan(1))
        _ = observe(&status, false, scan(2))
        #expect(observe(&status, false, scan(3)) == [.autoResolved])
        #expect(observe(&status, true, scan(4)) == [.reopened])
        #expect(status.state == .needsTriage && status.goneSince == nil && status.cleanScans == 0)
    }

    @Test func `stays resolved for good when a person says so`() {
        var status = FindingStatus()
        #expect(status.decide(.resolve, forGood: true) == [.resolved])
        #expect(observe(&status, true, scan(4)).isEmpty)
        #expect(status.state == .resolved)
        _ = status.decide(.reopen)
        #expect(!status.doesNotReopen)
    }

    @Test func `a scan that comes twice tells nothing the second time`() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2000 {
            var status = FindingStatus()
            var time = 0
            for _ in 0..<random.below(8) { step(&status, &time, &random) }
            time += 1
            let isFound = random.below(2) == 0
            _ = observe(&status, isFound, scan(time))
            let before = status
            #expect(observe(&status, isFound, scan(time)).isEmpty)
            #expect(status == before)
        }
    }

    private func step(_ status: inout FindingStatus, _ time: inout Int, _ random: inout SeededRandom) {
        time += 1
        switch random.below(8) {
        case 0: _ = status.decide(.confirm)
        case 1: _ = status.decide(.dismiss, reason: .acceptableRisk, until: random.below(20))
        case 2: _ = status.decide(.resolve)
        case 3: _ = status.decide(.reopen)
        case 4: _ = status.expire(now: time)
        default: _ = observe(&status, random.below(2) == 0, scan(time))
        }
    }

    @Test func `no series of partial and failed scans resolves or loses anything`() {
        var random = SeededRandom(seed: 2)
        for _ in 0..<2000 {
            var status = FindingStatus()
            if random.below(2) == 0 { _ = status.decide(.confirm) }
            for time in 1...10 {
                let outcome: ScanRun.Outcome = random.below(2) == 0 ? .partial : .failed
                let events = observe(&status, random.below(2) == 0, scan(time, outcome))
                #expect(events.isEmpty)
            }
            #expect(status.isDetected && status.state.isOpen && status.goneSince == nil)
        }
    }

    @Test func `reports that arrive late change nothing`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            var status = FindingStatus()
            var time = 10
            for _ in 0..<random.below(6) { step(&status, &time, &random) }
            _ = observe(&status, random.below(2) == 0, scan(time + 1))
            let before = status
            #expect(observe(&status, random.below(2) == 0, scan(random.below(10))).isEmpty)
            #expect(status == before)
            var ancestor = scan(time + 9)
            ancestor.isOfAncestor = true
            #expect(observe(&status, random.below(2) == 0, ancestor).isEmpty)
            #expect(status == before)
        }
    }

    @Test func `what people dismissed no scan touches`() {
        var random = SeededRandom(seed: 4)
        for _ in 0..<500 {
            var status = FindingStatus()
            _ = status.decide(.dismiss, reason: .falsePositive)
            for time in 1...20 { _ = observe(&status, random.below(2) == 0, scan(time)) }
            #expect(status.state == .dismissed && status.reason == .falsePositive && status.stateOwner == .human)
            #expect(status.expire(now: .max).isEmpty)
        }
    }

    @Test func `an accepted risk ends once`() {
        var status = FindingStatus()
        _ = status.decide(.dismiss, reason: .acceptableRisk, until: 50)
        #expect(status.expire(now: 49).isEmpty)
        #expect(status.expire(now: 50) == [.acceptanceExpired])
        #expect(status.state == .needsTriage && status.reason == nil && status.acceptedUntil == nil)
        #expect(status.expire(now: 51).isEmpty)
    }

    @Test func `a scan speaks only of what it covers`() {
        var scan = scan(1)
        #expect(scan.covers(rule: 1, place: 2))
        scan.rules = [1]
        #expect(scan.covers(rule: 1, place: 2) && !scan.covers(rule: 3, place: 2))
        scan.places = [5]
        #expect(!scan.covers(rule: 1, place: 2))
        scan.places = nil
        scan.outcome = .partial
        #expect(!scan.covers(rule: 1, place: 2))
    }

    @Test(arguments: [
        (50, 19, true), (50, 20, false), (49, 0, false), (1000, 399, true), (1000, 400, false), (0, 0, false),
    ])
    func `a great drop is held until somebody confirms it`(before: Int, now: Int, isHeld: Bool) {
        var run = scan(5)
        let verdict = policy.verdict(on: run, lastScan: 4, detectedBefore: before, found: now)
        #expect(verdict == (isHeld ? .additive(.suspiciousDrop(before: before, now: now)) : .full))
        run.isConfirmed = true
        #expect(policy.verdict(on: run, lastScan: 4, detectedBefore: before, found: now) == .full)
    }

    @Test func `an end in the future is brought near`() {
        let run = ScanRun(scope: scope, outcome: .complete, finishedAt: 99_999_999_999, now: 1000)
        #expect(run.finishedAt == 1300)
    }

    @Test func `scans do not write what people wrote`() {
        let owned: FindingFields = [.severity, .title]
        #expect(FindingFields.all.writable(ownedByHuman: owned) == [.description, .fix, .identifiers])
    }
}
