// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import Synchronization

/// Rules that are no longer in force, until the last transaction has let go of them.
///
/// To free thousands of compiled rules takes milliseconds, and it falls to whoever lets go last. That would be an event
/// loop, whose requests wait meanwhile; so a thread of low priority holds the rules longer than anyone else.
final class RetiredRules: Sendable {
    private struct State {
        var rules: [RuleSet] = []
        var isWatched = false
    }

    private let state = Mutex(State())
    private let interval: TimeInterval

    /// - Parameter interval: seconds between two looks at who still uses the rules.
    init(interval: TimeInterval = 1) {
        self.interval = interval
    }

    /// How many rule sets wait for their end.
    var count: Int { state.withLock { $0.rules.count } }

    /// Frees rules, each given once, as soon as nobody else uses them.
    func retire(_ rules: [RuleSet]) {
        let starts = state.withLock { state in
            state.rules += rules
            defer { state.isWatched = !state.rules.isEmpty }
            return !state.isWatched && !state.rules.isEmpty
        }
        if starts {
            WorkThread.start("retired rules", .low) { [self] in watch() }
        }
    }

    private func watch() {
        repeat {
            Thread.sleep(forTimeInterval: interval)
        } while freeUnused()
    }

    /// Frees what nobody else uses, outside the lock; false where nothing is left.
    private func freeUnused() -> Bool {
        let unused = state.withLock { state in
            var unused: [RuleSet] = []
            for index in state.rules.indices.reversed() where isKnownUniquelyReferenced(&state.rules[index]) {
                unused.append(state.rules.remove(at: index))
            }
            state.isWatched = !state.rules.isEmpty
            return (rules: unused, isMoreLeft: state.isWatched)
        }
        return unused.isMoreLeft
    }
}
