// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel

/// `redoubt gateway`: the gateway in front of a site.
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Run the gateway with the web firewall in front of a site.",
        discussion: """
            What rules matched goes to the error log, else to standard error. SIGHUP takes up changed settings and \
            rules and reopens the logs; SIGTERM lets running requests finish.
            """
    )

    @OptionGroup var options: GatewayOptions

    func run() async throws {
        // First of all: a signal from now on waits for its turn instead of ending the program half-way.
        let signals = ProcessSignals()
        let gateway: RunningGateway
        do {
            let plan = try GatewaySetup.plan(options, missingUpstream: .isAnError, report: StandardError.write)
            let logs = try GatewaySetup.openLogs(plan, echoesErrors: false)
            let setup = try GatewaySetup.make(plan, logs: logs, isStart: true)
            gateway = try await RunningGateway.start(options: options, setup: setup)
        } catch let error as LoadFailure {
            StandardError.write(error.report)
            throw error.failure
        }
        if case .address(let address)? = gateway.setup.plan.console {
            await gateway.startConsole([address])
        } else {
            await gateway.startConsole([])
        }
        StandardError.write(GatewaySummary(gateway).text)
        if let link = await gateway.firstLink() {
            StandardError.write("  first login \(link) (once, within 15 minutes)\n")
        }
        try await gateway.run(signals)
    }
}
