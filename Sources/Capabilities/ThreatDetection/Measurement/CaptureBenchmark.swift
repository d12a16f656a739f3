// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import FalcoRules
internal import Glibc

/// How fast rules are run over a capture, alerts counted and not written.
package struct CaptureBenchmark {
    /// All event blocks of the capture, those included that rules do not see.
    package let blocks: Int
    package let rules: Int
    package let alerts: Int
    package let seconds: Double
    /// Of the processor, without the kernel.
    package let userSeconds: Double

    /// - Parameter rules: nil for a rule that no event meets: reading and state alone.
    package init(_ capture: String, rules: FalcoRuleFiles?) throws(ThreatError) {
        let loaded = rules ?? FalcoRuleFiles(text: Self.nothing, name: "nothing")
        guard let program = loaded.program(of: "syscall") else {
            throw ThreatError(.invalid, "the rules cannot be compiled")
        }
        var detector = try CaptureDetector(capture, program: program)
        let user = Self.userTime()
        let start = ContinuousClock.now
        try detector.count()
        let spent = (ContinuousClock.now - start).components
        seconds = Double(spent.seconds) + Double(spent.attoseconds) / 1e18
        userSeconds = Self.userTime() - user
        blocks = detector.blocks
        alerts = detector.alerts
        self.rules = program.rules.count
    }

    private static let nothing = """
        - rule: nothing
          desc: nothing
          condition: evt.type = brk and proc.name = "no such name"
          output: nothing
          priority: DEBUG
        """

    private static func userTime() -> Double {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
    }
}
