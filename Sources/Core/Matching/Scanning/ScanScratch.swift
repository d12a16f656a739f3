// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CHyperscan
internal import Synchronization

/// What scanning needs besides the groups: one for each thread that scans, made for one ``PatternLibrary``.
///
/// It may move to another thread between scans, but is never shared. With that of another library, or where memory ran
/// out when it was made, scans fail, which counts every pattern as found.
// Sendable: it only changes hands, through `ScanScratchPool`'s lock.
public final class ScanScratch: @unchecked Sendable {
    /// Hyperscan's scratch space; nil where none is needed, or to be had.
    let handle: OpaquePointer?
    let source: ScratchSource

    init(source: ScratchSource) {
        self.source = source
        handle = source.clone()
    }

    deinit {
        if let handle { chs_free_scratch(handle) }
    }
}

/// The scratch space that fits all databases of a library, to make copies of.
final class ScratchSource: Sendable {
    private let state = Mutex(State())

    /// An owned pointer that the lock may hold.
    private struct State: @unchecked Sendable {
        var pointer: OpaquePointer?
        /// Memory ran out; then there is no scratch space at all.
        var hasFailed = false
    }

    deinit {
        if let pointer = state.withLock({ $0.pointer }) { chs_free_scratch(pointer) }
    }

    /// Makes the scratch space fit these databases too.
    func add(_ databases: [HyperscanDatabase]) {
        state.withLock { state in
            for database in databases where !state.hasFailed {
                state.hasFailed = chs_alloc_scratch(database.pointer, &state.pointer) != 0
            }
        }
    }

    func clone() -> OpaquePointer? {
        state.withLock { state in
            guard let source = state.pointer, !state.hasFailed else { return nil }
            var copy: OpaquePointer?
            return chs_clone_scratch(source, &copy) == 0 ? copy : nil
        }
    }
}

/// Scratch space of a library that is handed out and taken back.
public final class ScanScratchPool: Sendable {
    private let idle = Mutex<[ScanScratch]>([])
    private let library: PatternLibrary
    private let capacity: Int

    /// - Parameter capacity: how many unused ones are kept.
    public init(_ library: PatternLibrary, capacity: Int = 64) {
        self.library = library
        self.capacity = capacity
    }

    public func take() -> ScanScratch {
        idle.withLock { $0.popLast() } ?? library.makeScratch()
    }

    public func giveBack(_ scratch: ScanScratch) {
        idle.withLock { idle in
            if idle.count < capacity {
                idle.append(scratch)
            }
        }
    }
}
