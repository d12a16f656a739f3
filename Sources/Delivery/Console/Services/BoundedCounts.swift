// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// How many are at something, in all and by name, within limits.
final class BoundedCounts: Sendable {
    /// The most of all.
    let all: Int
    /// The most of one name.
    let each: Int
    private let counts = Mutex<[String: Int]>([:])

    init(all: Int, each: Int) {
        self.all = all
        self.each = each
    }

    /// How many there are now.
    var count: Int { counts.withLock { $0.values.reduce(0, +) } }

    /// - Returns: whether there is room; then ``leave(_:)`` gives it back.
    func enter(_ name: String) -> Bool {
        counts.withLock { counts in
            guard counts.values.reduce(0, +) < all, counts[name, default: 0] < each else { return false }
            counts[name, default: 0] += 1
            return true
        }
    }

    func leave(_ name: String) {
        counts.withLock { counts in
            let left = counts[name, default: 1] - 1
            counts[name] = left > 0 ? left : nil
        }
    }
}
