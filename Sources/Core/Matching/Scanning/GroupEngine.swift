// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CHyperscan

/// The automata of one group.
// Sendable: the pointers are written while it is made, and databases may be shared.
final class GroupEngine: @unchecked Sendable {
    /// The number of patterns.
    let count: Int
    let databases: [HyperscanDatabase]
    let automaton: LiteralAutomaton?
    /// Scratch space that was not made for these databases would be overrun.
    private let source: ScratchSource
    /// The databases as the scanner in C takes them, so that no reference is counted for a scan.
    private let pointers: UnsafeMutableBufferPointer<OpaquePointer?>

    /// - Parameter source: gets to know the databases; scratch space is to be made only when it knows all.
    init(count: Int, databases: [HyperscanDatabase], automaton: LiteralAutomaton?, source: ScratchSource) {
        self.count = count
        self.source = source
        source.add(databases)
        self.databases = databases
        self.automaton = automaton
        pointers = .allocate(capacity: databases.count)
        _ = pointers.initialize(from: databases.map(\.pointer))
    }

    deinit {
        pointers.deallocate()
    }

    var memorySize: Int {
        databases.reduce(automaton?.memorySize ?? 0) { $0 + $1.memorySize }
    }

    func scan(
        _ bytes: UnsafeBufferPointer<UInt8>,
        scratch: ScanScratch,
        into hits: UnsafeMutablePointer<UInt64>
    ) -> Bool {
        // Patterns that match nothing at all are never given to a scanner.
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return true }
        automaton?.scan(bytes, into: hits)
        if pointers.isEmpty { return true }
        if scratch.source === source, let handle = scratch.handle,
            chs_scan(pointers.baseAddress, pointers.count, start, bytes.count, handle, hits) == 0
        {
            return true
        }
        setAll(hits)
        return false
    }

    private func setAll(_ hits: UnsafeMutablePointer<UInt64>) {
        for pattern in 0..<count {
            hits[pattern / 64] |= 1 << UInt64(pattern % 64)
        }
    }
}
