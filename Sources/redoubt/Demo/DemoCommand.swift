// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation
import WebFirewall

/// `redoubt demo`: a console full of what happens to a site, without any preparation.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show Redoubt at work: the sample shop, visitors, attackers, and a console that tells of them.",
        discussion: """
            Needs no configuration and no root. Bundled traffic goes through the real gateway to the real shop, on this \
            machine only. All is kept in a temporary folder, which is deleted at the end.
            """
    )

    @Option(help: "Where to serve the console (default: 127.0.0.1:7433, or a free port).")
    var console: String?

    @Flag(help: "End once the traffic has been sent and can be seen, for scripts.")
    var once = false

    func run() async throws {
        let signals = ProcessSignals()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-demo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            try await serve(folder.path, signals)
        } catch let error as LoadFailure {
            StandardError.write(error.report)
            throw error.failure
        }
    }

    private func serve(_ folder: String, _ signals: ProcessSignals) async throws {
        let options = try Self.options(folder, console)
        var plan = try GatewaySetup.plan(options, missingUpstream: .isTheSampleShop, report: StandardError.write)
        UpCommand.completeLogs(&plan)
        try UpCommand.makeLogFolder(plan)
        let logs = try GatewaySetup.openLogs(plan, echoesErrors: false)
        let setup = try GatewaySetup.make(plan, logs: logs, isStart: true)
        let shop = try SampleShopProcess.start(onEnd: { signals.send(.sampleShopEnded(status: $0)) })
        let gateway = try await RunningGateway.start(
            options: options,
            setup: setup,
            sampleShop: shop,
            adjust: UpCommand.completeLogs
        )
        await UpCommand.startConsole(gateway)
        var progress = ProgressLine()
        let traffic = DemoTraffic(port: gateway.port)
        let sent = await traffic.send { done, all in progress.show("visiting and attacking the shop: \(done) of \(all)")
        }
        progress.clear()
        let detections = await gateway.waitForDetections()
        StandardOutput.write(await text(gateway, sent, detections))
        guard !once else {
            await gateway.end()
            return
        }
        try await gateway.run(signals)
    }

    /// The user's own configuration has no say here.
    private static func options(_ folder: String, _ console: String?) throws -> GatewayOptions {
        let file = folder + "/redoubt.yaml"
        try Data("mode: observe\n".utf8).write(to: URL(fileURLWithPath: file))
        var arguments = [
            "--config", file, "--data", folder + "/data", "--listen", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1",
        ]
        if let console { arguments += ["--console", console] }
        return try GatewayOptions.parse(arguments)
    }

    private func text(_ gateway: RunningGateway, _ sent: Int, _ detections: Int) async -> String {
        var text = "\(sent) requests of visitors and attackers went through the gateway; "
        text += "\(detections) were detected, and all were let pass: the mode is observe.\n"
        guard let address = gateway.consoleAddress else { return text }
        text += "\nThe console is at \(address)\n"
        if let link = await gateway.firstLink() {
            text += "Open this once, within 15 minutes, to make the administrator and look around:\n  \(link)\n"
        }
        return text
            + "\nThe shop behind the gateway: http://localhost:\(gateway.port)\nEnd with Control-C; nothing is kept.\n"
    }
}
