// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Logging
import Matching
import SecLang
import WebFirewall

/// Gives rule sets what finds their patterns fast: at once where it is kept from an earlier start, else as soon as a
/// thread of its own has compiled it. Until then every rule runs by itself.
struct PatternPreparation {
    let cache: PatternCache
    let logger: Logger

    /// - Parameter data: the data folder; nil for the default one.
    init(data: String?, logger: Logger) {
        cache = PatternCache(directory: PatternCache.directory(inData: data))
        self.logger = logger
    }

    func prepare(_ rules: [RuleSet]) {
        var seen: Set<ObjectIdentifier> = []
        var missing: [RuleSet] = []
        for set in rules where seen.insert(ObjectIdentifier(set)).inserted {
            if let library = cache.restore(for: set) {
                set.use(library)
            } else {
                set.compileToMachineCode()
                missing.append(set)
            }
        }
        guard !missing.isEmpty else {
            return
        }
        let thread = Thread { [missing] in
            for set in missing {
                compile(set)
            }
        }
        thread.name = "patterns"
        // Parsing and compiling hundreds of patterns goes deeper than the half megabyte of a thread.
        thread.stackSize = 8 << 20
        thread.qualityOfService = .background
        thread.start()
    }

    private func compile(_ rules: RuleSet) {
        let start = ContinuousClock.now
        let result = cache.library(for: rules)
        rules.use(result.library)
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
