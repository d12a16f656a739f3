// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How scans change findings.
package struct RescanPolicy: Sendable {
    /// After how many complete scans in a row that do not find it a finding is resolved; nil for never.
    package var cleanScansToResolve: [FindingKind: Int] = [
        .dependency: 1, .container: 1, .cloud: 1, .sast: 2, .infrastructure: 2, .dast: 3, .fuzzing: 3,
            // A secret that is no longer in the file is still known to whoever read it: it is resolved when it was changed.
    ]
    /// The share of findings, in percent, that may go at once.
    package var largestDropPercent = 60
    /// The number of findings before, from which that is looked at.
    package var dropFloor = 50

    package init() {}

    /// What a scan may change.
    ///
    /// - Parameters:
    ///   - scan: the scan.
    ///   - lastScan: the end of the newest scan of its scope that was taken; nil for the first.
    ///   - detectedBefore: how many findings of the scope were detected until now, as far as the scan covers them.
    ///   - found: how many findings the report has.
    package func verdict(on scan: ScanRun, lastScan: Int?, detectedBefore: Int, found: Int) -> ScanVerdict {
        if scan.isOfAncestor || scan.finishedAt < lastScan ?? Int.min { return .outdated }
        switch scan.outcome {
        case .failed: return .additive(.failed)
        case .partial: return .additive(.partial)
        case .complete: break
        }
        let isDrop = detectedBefore >= dropFloor && found * 100 < detectedBefore * (100 - largestDropPercent)
        guard !isDrop || scan.isConfirmed else {
            return .additive(.suspiciousDrop(before: detectedBefore, now: found))
        }
        return .full
    }
}

extension FindingStatus {
    /// Takes in what a scan says of the finding.
    ///
    /// - Parameters:
    ///   - isFound: whether the report has it.
    ///   - scan: the scan; must cover the finding where it is not found.
    ///   - verdict: what the scan may change.
    ///   - kind: the kind of the finding.
    ///   - policy: after how many clean scans it is resolved.
    /// - Returns: what to tell; nothing where the same scan said the same before.
    package mutating func observe(
        isFound: Bool,
        in scan: ScanRun,
        verdict: ScanVerdict,
        kind: FindingKind,
        policy: RescanPolicy
    ) -> [RescanEvent] {
        guard verdict != .outdated, scan.finishedAt >= lastScan else { return [] }
        if isFound { return found(at: scan.finishedAt) }
        // The scan that said this before may come twice; it is one clean scan.
        guard verdict == .full, scan.finishedAt > lastScan || isDetected else { return [] }
        return missed(at: scan.finishedAt, enough: policy.cleanScansToResolve[kind])
    }

    private mutating func found(at time: Int) -> [RescanEvent] {
        let isNew = time > lastScan || !isDetected
        lastScan = time
        cleanScans = 0
        goneSince = nil
        guard isNew else { return [] }
        if state == .resolved, doesNotReopen {
            isDetected = true
            return []
        }
        return take(.seen)
    }

    private mutating func missed(at time: Int, enough: Int?) -> [RescanEvent] {
        lastScan = time
        cleanScans += 1
        if goneSince == nil { goneSince = time }
        return take(enough.map { cleanScans >= $0 } ?? false ? .missedEnough : .missed)
    }

    /// Ends the acceptance of the risk where its time is over.
    ///
    /// - Parameter now: the present, seconds since 1970.
    /// - Returns: what to tell; nothing before that, and nothing a second time.
    package mutating func expire(now: Int) -> [RescanEvent] {
        guard state == .dismissed, reason == .acceptableRisk, let until = acceptedUntil, until <= now else { return [] }
        return take(.acceptanceExpired)
    }

    /// Takes in what a person decided.
    ///
    /// - Parameters:
    ///   - input: `confirm`, `dismiss`, `resolve` or `reopen`; others change nothing.
    ///   - reason: why it is dismissed.
    ///   - until: when an accepted risk is looked at again.
    ///   - forGood: whether what is resolved stays so though it is found again.
    /// - Returns: what to tell.
    package mutating func decide(
        _ input: RescanInput,
        reason: DismissalReason? = nil,
        until: Int? = nil,
        forGood: Bool = false
    ) -> [RescanEvent] {
        guard [.confirm, .dismiss, .resolve, .reopen].contains(input) else { return [] }
        let events = take(input)
        stateOwner = .human
        if state == .dismissed {
            self.reason = reason
            acceptedUntil = until
        }
        doesNotReopen = state == .resolved && (forGood || (doesNotReopen && events.isEmpty))
        return events
    }

    /// Goes to the next row of the table.
    private mutating func take(_ input: RescanInput) -> [RescanEvent] {
        let row = RescanTable.row(state, isDetected: isDetected, input)
        if row.nextState != state {
            stateOwner = .scan
            if row.nextState != .dismissed {
                reason = nil
                acceptedUntil = nil
            }
        }
        state = row.nextState
        isDetected = row.nextDetected
        return row.events
    }
}
