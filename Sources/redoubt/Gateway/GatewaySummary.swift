// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Gateway
import SecLang
import WebFirewall

/// What a gateway does, for whoever started it.
struct GatewaySummary {
    private let setup: GatewaySetup
    private let port: Int
    private let isRecording: Bool

    init(_ gateway: RunningGateway) {
        setup = gateway.setup
        port = gateway.port
        isRecording = gateway.isRecording
    }

    /// The address to type into a browser. By name: the Core Rule Set objects to requests for numeric hosts.
    var address: String {
        let listener = setup.plan.listener
        let scheme = listener.identity == nil ? "http" : "https"
        let isAny = ["0.0.0.0", "::"].contains(listener.host)
        let host = isAny || setup.plan.isLoopbackOnly ? "localhost" : listener.host
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// The lines about address, mode, rules and logs.
    var text: String {
        var lines: [(String, String)] = []
        let listener = setup.plan.listener
        if ["0.0.0.0", "::"].contains(listener.host) {
            lines.append(("address", "\(address) (and every other address of this machine)"))
        } else {
            lines.append(("address", address))
        }
        for (application, entry) in zip(setup.plan.applications, setup.rules) {
            let isOnly = setup.plan.applications.count == 1
            if !isOnly || application.upstream != nil {
                let name = isOnly ? "" : "\(application.name) -> "
                lines.append(("site", name + (application.upstream.map(Self.text) ?? "the sample shop")))
            }
            lines.append(("mode", Self.text(application.mode)))
            lines.append(("rules", rules(application, entry)))
        }
        lines.append(("log", setup.plan.errorLog ?? "standard error"))
        if isRecording {
            lines.append(("events", "\(GatewayRecording.folder(inData: setup.plan.data)); see redoubt events list"))
        }
        if let audit = setup.plan.auditLog {
            lines.append(("audit log", audit))
        }
        var text = lines.map { "  \($0.0.padding(10)) \($0.1)\n" }.joined()
        text += setup.warnings.map { "warning: \($0)\n" }.joined()
        if let failure = setup.rulesFailure {
            text += failure.report
            text += "warning: \(failure.failure.message); on_failure is \(setup.plan.onFailure?.rawValue ?? "")\n"
        }
        return text
    }

    private func rules(_ application: GatewayPlan.Application, _ entry: RuleLibrary.Entry?) -> String {
        guard let entry else {
            guard application.mode != .off else {
                return "none"
            }
            return setup.plan.onFailure == .open
                ? "DO NOT LOAD: requests pass uninspected" : "DO NOT LOAD: requests are answered with 503"
        }
        return "\(entry.title), \(entry.rules.ruleCount) rules"
    }

    private static func text(_ mode: Mode) -> String {
        switch mode {
        case .off: "off: nothing is inspected"
        case .observe: "observe: everything passes, what rules match is logged"
        case .enforce: "enforce: what the rules deny is answered with a block page"
        }
    }

    private static func text(_ upstream: UpstreamAddress) -> String {
        let host = upstream.host.contains(":") ? "[\(upstream.host)]" : upstream.host
        return "\(upstream.isTLS ? "https" : "http")://\(host):\(upstream.port)"
    }
}

extension String {
    /// The text with spaces up to a width.
    fileprivate func padding(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
