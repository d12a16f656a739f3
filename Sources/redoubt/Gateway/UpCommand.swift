// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
import Foundation
import WebFirewall

/// `redoubt up`: everything at once, for a first look and for one machine.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start everything: the gateway in front of a site, or of the bundled sample shop.",
        discussion: """
            Without --upstream (or applications in the configuration file) a small shop that is vulnerable on purpose \
            takes the site's place, on this machine only. The mode is "observe" unless you say "enforce".
            """
    )

    @OptionGroup var options: GatewayOptions

    func validate() throws {
        if options.mode == .off {
            throw ValidationError("--mode is observe or enforce; \"redoubt gateway\" has the mode off")
        }
    }

    func run() async throws {
        do {
            try await start()
        } catch let error as LoadFailure {
            StandardError.write(error.report)
            throw error.failure
        }
    }

    private func start() async throws {
        // First of all: a signal from now on waits for its turn instead of ending the program half-way.
        let signals = ProcessSignals()
        var plan = try GatewaySetup.plan(options, missingUpstream: .isTheSampleShop, report: StandardError.write)
        if plan.usesSampleShop, !plan.isLoopbackOnly {
            throw CommandFailure.badInput(
                "the sample shop runs what visitors send it, so it is not put behind \(plan.listenText), which others "
                    + "can reach",
                hint: "leave --listen out, listen on 127.0.0.1, or name your own site with --upstream URL"
            )
        }
        Self.completeLogs(&plan)
        try Self.makeLogFolder(plan)
        let logs = try GatewaySetup.openLogs(plan, echoesErrors: true)
        let setup = try GatewaySetup.make(plan, logs: logs, isStart: true)
        let shop =
            try plan.usesSampleShop
            ? SampleShopProcess.start(onEnd: { signals.send(.sampleShopEnded(status: $0)) }) : nil
        let gateway = try await RunningGateway.start(
            options: options,
            setup: setup,
            sampleShop: shop,
            echoesErrors: true,
            adjust: Self.completeLogs
        )
        await Self.startConsole(gateway)
        StandardOutput.write(Welcome(gateway, sampleShop: shop, link: await gateway.firstLink()).text)
        try await gateway.run(signals)
    }

    /// Where nobody said where the console is to be, whoever runs a second one gets another port, and is told which.
    static func startConsole(_ gateway: RunningGateway) async {
        switch gateway.setup.plan.console {
        case .off?: await gateway.startConsole([])
        case .address(let address)?: await gateway.startConsole([address])
        case nil: await gateway.startConsole([.standard, ConsoleAddress(host: ConsoleAddress.standard.host, port: 0)])
        }
    }

    /// Where no error log is named, it is in the data folder.
    static func completeLogs(_ plan: inout GatewayPlan) {
        if plan.errorLog == nil {
            plan.errorLog = (plan.data ?? RuleSetStore.defaultDataDirectory) + "/log/error.log"
        }
    }

    static func makeLogFolder(_ plan: GatewayPlan) throws {
        guard let log = plan.errorLog else {
            return
        }
        let folder = (log as NSString).deletingLastPathComponent
        guard !folder.isEmpty else {
            return
        }
        do {
            // For the owner alone: what the data folder holds is not for other accounts.
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw CommandFailure.couldNotRun(
                "\(folder) cannot be created: \(error.localizedDescription)",
                hint: "choose another data folder with --data DIR"
            )
        }
    }
}
