// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang
import WebFirewall

/// What keeps a program from starting, or from taking up new settings: all of it, ready to be shown.
struct LoadFailure: Error {
    /// The mistakes, each on a line of its own with what belongs to it.
    var report: String
    /// What it amounts to, and the next step.
    var failure: CommandFailure

    init(_ failure: CommandFailure) {
        report = ""
        self.failure = failure
    }

    /// Mistakes in the settings.
    init(_ problems: [ConfigurationProblem]) {
        report = ConfigurationReport.text(problems)
        let count = problems.count { $0.severity == .error }
        let isInFile = problems.contains { $0.diagnostic != nil }
        failure = .badInput(
            "the settings cannot be used: \(count) error\(count == 1 ? "" : "s")",
            hint: isInFile ? "check the file with \"redoubt config check\"" : nil
        )
    }

    /// Rules that do not load.
    init(rules diagnostics: [Diagnostic]) {
        report = DiagnosticReport(diagnostics).text
        failure = .badInput("the rules do not load", hint: "check them with \"redoubt waf check FILE\"")
    }
}

/// Shows mistakes in settings.
enum ConfigurationReport {
    /// Those of files as `file:line:column: error: text` with the line; the others with the option's name.
    static func text(_ problems: [ConfigurationProblem], usesColor: Bool = false) -> String {
        var text = ""
        for problem in problems {
            if let diagnostic = problem.diagnostic {
                text += DiagnosticReport([diagnostic], usesColor: usesColor).text
                continue
            }
            text += "\(problem.origin): \(problem.severity.rawValue): \(problem.message)\n"
            if let hint = problem.hint {
                text += "  hint: \(hint)\n"
            }
        }
        return text
    }
}
