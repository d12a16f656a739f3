// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SigmaRules

/// Reads any bytes as a rule file, and runs what it holds over what stands behind a zero byte as events, one on each line.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSigmaRules(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: size)
    let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let (set, diagnostics) = SigmaRuleSet.compile([SigmaFile(name: "input", bytes: Array(parts[0]))])
    precondition(diagnostics.allSatisfy { !$0.message.isEmpty && $0.line >= 0 })
    let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
    let correlator = SigmaCorrelator(set)
    guard parts.count > 1 else { return 0 }
    for line in parts[1].split(separator: 0x0A) {
        do throws(SigmaEventError) {
            let matched = try matcher.match(UnsafeBufferPointer(rebasing: line))
            precondition(matched.allSatisfy { Int($0) < set.rules.count })
            // The plain evaluation has to say the same as the program.
            for rule in set.rules.indices {
                if let explained = matcher.explain(rule) {
                    precondition(explained.matches == matched.contains(UInt32(rule)) || !matcher.regexLimitHits.isEmpty)
                }
            }
            _ = correlator.take(matched, from: matcher)
        } catch {
            precondition(error.offset <= line.count)
        }
    }
    return 0
}
