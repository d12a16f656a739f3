// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import ThreatDetection

/// `redoubt threat bench`.
struct ThreatBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast rules are run over a capture.",
        discussion: "Alerts are counted and not written. Events are all event blocks of the capture."
    )

    @Argument(help: "The capture.")
    var capture: String

    @Option(
        parsing: .upToNextOption,
        help: "Files of Falco rules, or folders of them; none for a rule that nothing meets."
    )
    var rules: [String] = []

    @OptionGroup var output: FormatOptions

    func run() throws {
        try withThreatErrors {
            let loaded = rules.isEmpty ? nil : try FalcoRuleFiles(rules)
            if let error = loaded?.firstError { throw CommandFailure.badInput(error) }
            let measured = try CaptureBenchmark(capture, rules: loaded)
            Figure.write(
                [
                    Figure("events", measured.blocks), Figure("rules", measured.rules),
                    Figure("alerts", measured.alerts),
                    Figure("seconds", measured.seconds, decimals: 3),
                    Figure("user_seconds", measured.userSeconds, decimals: 3),
                    Figure("events_per_s", Double(measured.blocks) / max(measured.seconds, 1e-9), decimals: 0),
                ],
                output.format
            )
        }
    }
}
