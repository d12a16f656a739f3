// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Logging
import Matching
import SecLang
import Synchronization
import WebFirewall

/// Gives rule sets what finds their patterns fast: at once where it is kept from an earlier start, else as soon as a
/// thread has compiled it. Until then every rule runs by itself.
///
/// There is one thread however often rules are reloaded, and it goes on with the latest rules: what came between is
/// dropped.
final class PatternPreparation: Sendable {
    /// Compiles the patterns of a rule set and keeps them; takes seconds.
    typealias Compile = @Sendable (PatternCache, RuleSet) -> PatternCache.Result

    private struct Work {
        var cache: PatternCache
        var rules: [RuleSet]
    }

    private struct State {
        var next: Work?
        var isRunning = false
        /// The libraries of the rules in force, by their keys: rules that are loaded again mostly have the same patterns.
        var known: [[UInt8]: PatternLibrary] = [:]
    }

    private let logger: Logger
    private let compile: Compile
    private let state = Mutex(State())

    init(logger: Logger, compile: @escaping Compile = { $0.library(for: $1) }) {
        self.logger = logger
        self.compile = compile
    }

    /// Prepares the rules that are in force from now on.
    ///
    /// - Parameter data: the data folder; nil for the default one.
    func prepare(_ rules: [RuleSet], data: String?) {
        let cache = PatternCache(directory: PatternCache.directory(inData: data))
        let known = state.withLock { $0.known }
        var inForce: [[UInt8]: PatternLibrary] = [:]
        var seen: Set<ObjectIdentifier> = []
        var missing: [RuleSet] = []
        for set in rules where seen.insert(ObjectIdentifier(set)).inserted {
            let key = cache.key(of: set)
            if let library = inForce[key] ?? known[key] ?? cache.restore(key) {
                set.use(library)
                inForce[key] = library
            } else {
                set.compileToMachineCode()
                missing.append(set)
            }
        }
        let work = missing.isEmpty ? nil : Work(cache: cache, rules: missing)
        let starts = state.withLock { state in
            state.next = work
            state.known = inForce
            guard work != nil, !state.isRunning else {
                return false
            }
            state.isRunning = true
            return true
        }
        guard starts else {
            return
        }
        WorkThread.start("patterns", .low) { [self] in goOn() }
    }

    private func goOn() {
        while let (cache, rules) = next() {
            compile(rules, cache)
        }
    }

    /// Takes the next rule set; nil, and the thread ends, where there is none.
    private func next() -> (PatternCache, RuleSet)? {
        state.withLock { state in
            guard var work = state.next, !work.rules.isEmpty else {
                state.next = nil
                state.isRunning = false
                return nil
            }
            let rules = work.rules.removeFirst()
            state.next = work
            return (work.cache, rules)
        }
    }

    private func compile(_ rules: RuleSet, _ cache: PatternCache) {
        let start = ContinuousClock.now
        let result = compile(cache, rules)
        rules.use(result.library)
        state.withLock { $0.known[result.library.key] = result.library }
        let seconds = Int((ContinuousClock.now - start) / .seconds(1))
        let test = result.library.selfTest
        logger.notice(
            "patterns compiled",
            metadata: [
                "scanner": "\(result.library.backend)", "patterns": "\(test.patterns)",
                "undecided": "\(test.undecided.count)", "seconds": "\(seconds)",
            ]
        )
        if let reason = result.library.fallbackReason {
            logger.warning("Hyperscan is not used: \(reason)")
        }
        if let complaint = result.complaint {
            logger.warning("the compiled patterns are not kept, the next start compiles them again: \(complaint)")
        }
    }
}
