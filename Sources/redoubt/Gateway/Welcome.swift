// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Gateway

/// What `redoubt up` says once it serves.
struct Welcome {
    private let summary: GatewaySummary
    private let shopAddress: String?
    private let mode: Mode

    private let console: String?
    private let link: String?

    /// - Parameter link: makes the first administrator; nil where there is one.
    init(_ gateway: RunningGateway, sampleShop: SampleShopProcess?, link: String?) {
        console = gateway.consoleAddress
        self.link = link
        summary = GatewaySummary(gateway)
        shopAddress = sampleShop.map { "http://localhost:\($0.address.port)" }
        mode = gateway.setup.plan.applications.first?.mode ?? .observe
    }

    var text: String {
        var text = "Redoubt is up.\n\n\(summary.text)"
        if let shopAddress {
            text += "  site       the sample shop, vulnerable on purpose; without the firewall: \(shopAddress)\n"
        }
        if let console {
            text += "  console    \(console)\n"
        }
        if let link {
            text += "\nOpen this once, within 15 minutes, to make the administrator:\n  \(link)\n"
        }
        text += "\nTry:\n"
        for (target, remark) in targets {
            text += "  curl -s '\(summary.address)\(target)'\(remark)\n"
        }
        text += "\n\(expectation)\nEnd with Control-C.\n\n"
        return text
    }

    private var targets: [(String, String)] {
        let attack = "q=%27%20OR%201%3D1%20--%20"
        if shopAddress != nil {
            return [
                ("/", ""), ("/search?q=earl+grey", ""), ("/search?\(attack)", "   # an attack: SQL injection"),
            ]
        }
        return [("/", ""), ("/?q=earl+grey", ""), ("/?\(attack)", "   # an attack: SQL injection")]
    }

    private var expectation: String {
        let line =
            "The attack shows up below and in the log within a second: \"SQL Injection Attack Detected\" "
            + "[id \"942100\"] with the bytes that matched"
        return mode == .enforce ? "\(line), and it is answered with 403." : "\(line); it still gets its answer."
    }
}
