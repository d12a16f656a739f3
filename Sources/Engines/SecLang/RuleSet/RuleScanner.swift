// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import Matching
internal import Synchronization

/// The compiled patterns of a rule set: what tells a transaction which of its rules cannot match.
final class RuleScanner: Sendable {
    let library: PatternLibrary
    let scratchPool: ScanScratchPool
    /// The bits of the patterns that the library says nothing about, in the layout of ``ScanGroups``; they are set
    /// before each scan.
    let undecided: FlatTable<UInt64>
    // Unretained: the library holds them.
    private let groups: FlatTable<Unmanaged<PatternGroup>>

    init(_ library: PatternLibrary, groups: ScanGroups) {
        self.library = library
        scratchPool = ScanScratchPool(library)
        var undecided = [UInt64](repeating: 0, count: groups.wordCount)
        for (group, patterns) in zip(groups.groups, library.groups) {
            for pattern in group.patterns.indices where patterns.decision(pattern) == .undecided {
                undecided[group.firstWord + pattern >> 6] |= 1 << UInt64(pattern & 63)
            }
        }
        self.undecided = FlatTable(undecided)
        self.groups = FlatTable(library.groups.map(Unmanaged.passUnretained))
    }

    deinit {
        undecided.deallocate()
        groups.deallocate()
    }

    /// Looks for the patterns of a group; a scan that fails finds them all.
    func scan(
        _ group: Int,
        _ text: UnsafeBufferPointer<UInt8>,
        _ scratch: ScanScratch,
        into words: UnsafeMutablePointer<UInt64>
    ) {
        groups[group]._withUnsafeGuaranteedRef { _ = $0.scan(text, scratch: scratch, into: words) }
    }
}

extension RuleSet {
    /// What a ``PatternLibrary`` for these rules is compiled from: a list of patterns for each group of rules that
    /// look at the same values.
    package var scanPatterns: [[ScanPattern]] { groups.groups.map(\.patterns) }

    /// Lets transactions that begin from now on look for all patterns of a group at once. Until then, and without it,
    /// every rule runs by itself, to the same effect.
    ///
    /// - Parameter library: compiled from ``scanPatterns``; the first one stays.
    /// - Returns: false where it does not fit these rules or another one is in use.
    @discardableResult
    package func use(_ library: PatternLibrary) -> Bool {
        let counts = groups.groups.map(\.patterns.count)
        guard library.groups.map(\.count) == counts else {
            return false
        }
        if case .literals = library.backend {
            // It leaves more patterns to be looked for one by one.
            compileToMachineCode()
        }
        let scanner = RuleScanner(library, groups: groups)
        return installedScanner.storeIfNil(scanner) === scanner
    }

    /// The library in use; nil as long as every rule runs by itself.
    package var patternLibrary: PatternLibrary? { installedScanner.load()?.library }
}
