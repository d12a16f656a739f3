// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser

/// `redoubt waf`: the verbs of the web firewall.
struct WAF: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waf",
        abstract: "The web application firewall: check, try and measure rules.",
        subcommands: [
            WAFCheck.self, WAFExplain.self, WAFEval.self, WAFTest.self, WAFReplay.self, WAFBench.self,
            WAFCost.self, WAFCRS.self,
        ]
    )
}
