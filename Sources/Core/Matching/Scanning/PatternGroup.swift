// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Patterns that are looked for in one pass. Immutable, shared by threads.
public final class PatternGroup: Sendable {
    let verdicts: [PatternVerdict]
    let engine: GroupEngine

    init(engine: GroupEngine, verdicts: [PatternVerdict]) {
        self.engine = engine
        self.verdicts = verdicts
    }

    /// The number of patterns.
    public var count: Int { verdicts.count }

    /// The number of words that hold a bit for each pattern.
    public var wordCount: Int { (verdicts.count + 63) / 64 }

    /// The memory of the automata, in bytes.
    public var memorySize: Int { engine.memorySize }

    /// What a scan says about a pattern.
    public func decision(_ pattern: Int) -> ScanDecision {
        verdicts.indices.contains(pattern) ? verdicts[pattern].decision : .undecided
    }

    /// Whether a hit in a single value that is scanned alone is final, as "no hit" always is for patterns that are not
    /// undecided. Sharper than ``decision(_:)``: a scan takes `^` and `$` to hold at line feeds, so for a pattern with
    /// anchors hits are final in values without any.
    public func isHitFinal(_ pattern: Int, valueHasLineFeed: Bool) -> Bool {
        guard verdicts.indices.contains(pattern) else { return false }
        switch verdicts[pattern].trust {
        case .exact: return true
        case .exactWithoutLineFeeds: return !valueHasLineFeed
        case .superset, .undecided: return false
        }
    }

    /// Why a scan is not exact for a pattern; empty where it is.
    public func reason(_ pattern: Int) -> String {
        verdicts.indices.contains(pattern) ? verdicts[pattern].reason : ""
    }

    /// Sets the bit of each pattern that is found; other bits stay as they are. The bytes may be several values with
    /// a line feed (0x0A) between; then only "not found" counts, and means that no value holds the pattern.
    ///
    /// - Parameters:
    ///   - bytes: one value, or several that are joined.
    ///   - scratch: made by the library that the group belongs to.
    ///   - hits: room for ``wordCount`` words; pattern `p` is bit `p % 64` of word `p / 64`.
    /// - Returns: false where the scanner failed; then every pattern counts as found, so all bits are set.
    public func scan(
        _ bytes: UnsafeBufferPointer<UInt8>,
        scratch: ScanScratch,
        into hits: UnsafeMutablePointer<UInt64>
    ) -> Bool {
        engine.scan(bytes, scratch: scratch, into: hits)
    }
}
