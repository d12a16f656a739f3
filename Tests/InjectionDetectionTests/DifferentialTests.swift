// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import InjectionDetection
import TestSupport
import Testing

/// Compares with an installed libinjection on inputs that no one wrote down.
///
/// `script/injection-differential` runs the suite with a million inputs, a plain test run with 20,000.
@Suite(
    .enabled(if: LibinjectionOracle.isInstalled(for: "comparison with libinjection")),
    .enabled(if: TestData.available("waf/http-params", for: "comparison with libinjection"))
)
struct DifferentialTests {
    @Test func `agrees with libinjection on mutated inputs`() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["INJECTION_DIFFERENTIAL_COUNT"].flatMap { Int($0) } ?? 20_000
        let seed = environment["INJECTION_DIFFERENTIAL_SEED"].flatMap { UInt64($0) } ?? 1
        let oracle = try #require(LibinjectionOracle())
        var mutator = try InputMutator(seed: seed)
        var tally = Tally()
        for _ in 0..<count {
            tally.compare(mutator.next(), with: oracle)
        }
        print("injection-differential: \(tally.summary)")
        #expect(tally.disagreements.isEmpty, "\(tally.disagreements.prefix(20).joined(separator: "\n"))")
        #expect(tally.injections > count / 50)
        #expect(tally.scripts > count / 50)
    }
}

/// What a comparison counts.
private struct Tally {
    var inputs = 0
    var injections = 0
    var scripts = 0
    /// Inputs where libinjection takes a number with an empty exponent for a word and MySQL for nothing.
    var emptyExponents = 0
    var disagreements: [String] = []

    var summary: String {
        "\(inputs) inputs, \(injections) SQL injections, \(scripts) scripts, \(disagreements.count) disagreements, "
            + "\(emptyExponents) left out for an empty exponent"
    }

    mutating func compare(_ input: [UInt8], with oracle: LibinjectionOracle) {
        inputs += 1
        compareSQL(input, with: oracle)
        compareHTML(input, with: oracle)
    }

    private mutating func compareSQL(_ input: [UInt8], with oracle: LibinjectionOracle) {
        var differences: [String] = []
        input.withUnsafeBufferPointer { bytes in
            let ours = SQLInjection.fingerprint(of: bytes)?.description
            let theirs = oracle.injection(in: input)
            injections += ours == nil ? 0 : 1
            if ours != theirs {
                differences.append("SQL \(ours ?? "benign") instead of \(theirs ?? "benign")")
            }
            for quoting in [SQLQuoting.none, .single, .double] {
                for dialect in [SQLDialect.ansi, .mySQL] {
                    let ours = SQLInjection.fingerprint(of: bytes, quoting: quoting, dialect: dialect).description
                    let theirs = oracle.fingerprint(of: input, quoting: quoting, dialect: dialect) ?? "none"
                    if ours != theirs {
                        differences.append("\(quoting) \(dialect) \(ours) instead of \(theirs)")
                    }
                }
            }
        }
        guard !differences.isEmpty else { return }
        if hasEmptyExponent(input) {
            emptyExponents += 1
        } else {
            disagreements.append("\(describe(input)): \(differences.joined(separator: "; "))")
        }
    }

    private mutating func compareHTML(_ input: [UInt8], with oracle: LibinjectionOracle) {
        var differences: [String] = []
        input.withUnsafeBufferPointer { bytes in
            let ours = CrossSiteScripting.isDetected(in: bytes)
            scripts += ours ? 1 : 0
            if ours != oracle.isCrossSiteScripting(input) {
                differences.append("script \(ours)")
            }
            for context in HTMLContext.allCases {
                let ours = CrossSiteScripting.isDetected(in: bytes, context: context)
                if ours != oracle.isCrossSiteScripting(input, context: context) {
                    differences.append("script \(ours) in \(context)")
                }
            }
        }
        guard !differences.isEmpty else { return }
        disagreements.append("\(describe(input)): \(differences.joined(separator: "; "))")
    }

    /// Whether an `e` behind a digit or a dot has no digits behind it.
    private func hasEmptyExponent(_ input: [UInt8]) -> Bool {
        for index in input.indices.dropFirst() where input[index] | 0x20 == UInt8(ascii: "e") {
            let previous = input[index - 1]
            guard isDigit(previous) || previous == UInt8(ascii: ".") else { continue }
            var next = index + 1
            if next < input.count, input[next] == UInt8(ascii: "+") || input[next] == UInt8(ascii: "-") {
                next += 1
            }
            if next == input.count || !isDigit(input[next]) { return true }
        }
        return false
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    private func describe(_ input: [UInt8]) -> String {
        String(decoding: input, as: UTF8.self).debugDescription
    }
}
