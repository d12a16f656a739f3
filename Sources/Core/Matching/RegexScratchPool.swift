// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// Scratch space that is handed out and taken back, because its stack costs system calls to make.
public final class RegexScratchPool: Sendable {
    private let idle = Mutex<[RegexScratch]>([])
    private let matchLimit: UInt32
    private let capacity: Int

    /// - Parameters:
    ///   - matchLimit: the limit that the scratch space is made with.
    ///   - capacity: how many unused ones are kept.
    public init(matchLimit: UInt32, capacity: Int = 64) {
        self.matchLimit = matchLimit
        self.capacity = capacity
    }

    public func take() -> RegexScratch {
        idle.withLock { $0.popLast() } ?? RegexScratch(matchLimit: matchLimit)
    }

    public func giveBack(_ scratch: RegexScratch) {
        idle.withLock { idle in
            if idle.count < capacity {
                idle.append(scratch)
            }
        }
    }
}
