// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Gateway
import Integrations
import SecLang
import WebFirewall

/// What the settings amount to: everything a gateway needs but for compiled rules and open logs.
struct GatewayPlan {
    /// One protected application.
    struct Application {
        var host: String?
        var path = "/"
        /// Nil for the bundled sample shop, whose port is known once it runs.
        var upstream: UpstreamAddress?
        var mode = Mode.observe
        /// Rule files; empty for the Core Rule Set in force.
        var rules: [String] = []
        /// How much processor time the rules of a transaction may take; nil for no bound.
        var budget = GatewayDefaults.budget

        /// What tells an application from the others, and keeps its collections through a reload.
        var name: String { "\(host ?? "*")\(path)" }

        /// The same as scopes of the policy have it, in letters, digits, dots and dashes: `site` for the one that is for any
        /// host and path, `shop` for the sample shop.
        var scopeName: String {
            guard host != nil || path != "/" else {
                return upstream == nil ? "shop" : "site"
            }
            let parts = [host ?? "any"] + path.split(separator: "/").map(String.init)
            let letters = parts.joined(separator: "-").unicodeScalars.map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789.-".unicodeScalars.contains(scalar))
                    ? Character(scalar) : "_"
            }
            return String(letters.prefix(64))
        }
    }

    /// What was said about the console's pages.
    enum ConsoleChoice: Equatable {
        case off
        case address(ConsoleAddress)
    }

    var listener: GatewayListener
    /// As it was written, for messages.
    var listenText: String
    var threads: Int
    var applications: [Application]
    /// Everything but the sites.
    var base: GatewayConfiguration
    var compatibility: CompileOptions.Compatibility
    /// Whether rules may start programs.
    var allowsPrograms = false
    /// What happens at the start where rules do not load; nil: no start.
    var onFailure: GatewayFilters.FailurePolicy?
    var errorLog: String?
    var auditLog: String?
    /// Where the console's pages are to be; nil where nobody said.
    var console: ConsoleChoice?
    /// How people reach the console and sign in.
    var consolePlan = ConsolePlan()
    var data: String?
    /// Whether every exchange is kept in the event store.
    var recordsEvents = true
    var drain: Duration
    /// By what sessions, users and devices are told.
    var identification = ClientIdentification()
    /// Where events go.
    var outputs: [OutputSettings] = []
    /// Where usage reports go; nil for nowhere.
    var usageAddress: WebhookAddress?

    var usesSampleShop: Bool { applications.contains { $0.upstream == nil } }

    /// The data folder, whoever named it.
    var dataFolder: String { data ?? RuleSetStore.defaultDataDirectory }

    /// Whether only this machine can reach the listener.
    var isLoopbackOnly: Bool {
        listener.host == "localhost" || listener.host == "::1" || listener.host == "::ffff:127.0.0.1"
            || (listener.host.hasPrefix("127.") && NumericAddress(listener.host) != nil)
    }
}

/// The defaults that are not the gateway's own.
enum GatewayDefaults {
    static let listen = "127.0.0.1:8080"
    static let mode = Mode.observe
    static let compatibility = CompileOptions.Compatibility.v2
    static let budget: Duration? = FirewallFilter.standardBudget
    static let drain = Duration.seconds(30)
}
