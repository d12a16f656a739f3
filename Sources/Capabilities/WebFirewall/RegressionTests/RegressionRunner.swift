// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Something that regression tests can be run against.
package protocol RegressionTarget {
    /// Sends one request and gathers the answer and the log lines that belong to it.
    ///
    /// - Throws: where the target itself does not work, which ends the run.
    mutating func observe(_ request: [UInt8], response: RegressionTest.Response?) throws -> StageObservation
}

/// What came of one regression test.
package struct RegressionResult: Sendable {
    package enum Status: String, Sendable {
        case passed, failed, skipped
    }

    package var id: String
    package var path: String
    package var status: Status
    /// Why the test failed, with the stage where there are several, or why it was not run.
    package var reasons: [String]
}

/// Runs regression tests against a target, one after another.
package struct RegressionRunner<Target: RegressionTarget> {
    private var target: Target
    private let overrides: RegressionOverrides
    private var judge = RegressionJudge()

    package init(target: Target, overrides: RegressionOverrides = RegressionOverrides()) {
        self.target = target
        self.overrides = overrides
    }

    /// Runs one test of a file.
    ///
    /// - Throws: what the target throws.
    package mutating func run(_ test: RegressionTest, in file: RegressionFile) throws -> RegressionResult {
        var result = RegressionResult(id: test.id, path: file.path, status: .passed, reasons: [])
        let entries = overrides.entries(for: test.id)
        if !file.isEnabled {
            result.status = .skipped
            result.reasons = ["its file is disabled"]
            return result
        }
        if let ignored = entries.first(where: \.isIgnored) {
            result.status = .skipped
            result.reasons = [ignored.reason]
            return result
        }
        for (index, stage) in test.stages.enumerated() {
            let output = entries.reduce(stage.output) { $1.apply(to: $0, stage: index + 1) }
            let prefix = test.stages.count > 1 ? "stage \(index + 1): " : ""
            result.reasons += try failures(of: stage.input, expected: output).map { prefix + $0 }
        }
        if entries.contains(where: \.expectsFailure) {
            result.reasons = result.reasons.isEmpty ? ["the test passes, but is expected to fail"] : []
        }
        result.status = result.reasons.isEmpty ? .passed : .failed
        return result
    }

    private mutating func failures(
        of input: RegressionTest.Input,
        expected: RegressionTest.Output
    ) throws -> [String] {
        let request = RegressionRequest.bytes(of: input)
        let first = judge.failures(of: try target.observe(request, response: input.response), expected: expected)
        guard !first.isEmpty, expected.retriesOnce else {
            return first
        }
        return judge.failures(of: try target.observe(request, response: input.response), expected: expected)
    }
}
