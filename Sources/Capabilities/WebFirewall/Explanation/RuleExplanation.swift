// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes

/// A rule in words: where it is, what it looks at, what it does, and how to exclude it.
package struct RuleExplanation {
    private let rule: RuleDescription

    package init(_ rule: RuleDescription) {
        self.rule = rule
    }

    // MARK: Text

    /// Several lines for a terminal.
    package var text: String {
        var lines = [title, ""]
        for (label, value) in facts {
            lines.append("  " + label.padding(to: 14) + value)
        }
        for (index, link) in rule.links.enumerated() {
            lines.append("")
            lines += describe(link, index: index)
        }
        lines += ["", "  To exclude it"]
        for (purpose, directive) in exclusions {
            lines += ["    \(purpose):", "      \(directive)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var title: String {
        "Rule \(rule.id)" + (rule.message.map { ": " + SafeText.escaped($0) } ?? "")
    }

    private var facts: [(label: String, value: String)] {
        var facts = [("Where", "\(rule.file):\(rule.line)" + (rule.version.map { " (\($0))" } ?? ""))]
        facts.append(("When", RuleWords.phase(rule.phase)))
        facts.append(("On a match", action))
        for (variable, points) in rule.scores {
            facts.append(("Score", "adds \(points) to \(variable)"))
        }
        if let severity = rule.severity {
            facts.append(("Severity", RuleWords.severity(severity)))
        }
        if let level = rule.paranoiaLevel {
            facts.append(("Paranoia", "level \(level)" + (level > 1 ? ", off by default" : ", on by default")))
        }
        if let data = rule.logData {
            facts.append(("Logs", SafeText.escaped(data)))
        }
        if !rule.tags.isEmpty {
            facts.append(("Tags", rule.tags.map { SafeText.escaped($0) }.joined(separator: ", ")))
        }
        return facts
    }

    private var action: String {
        let log = rule.isLogged ? "" : ", nothing is logged"
        switch rule.action.lowercased() {
        case "block": return "does what SecDefaultAction says for its phase (block)" + log
        case "pass": return "goes on with the next rule (pass)" + log
        case "deny": return "answers with an error at once (deny)" + log
        case "drop": return "closes the connection (drop)" + log
        case "allow": return "lets the request through (allow)" + log
        default: return rule.action + log
        }
    }

    private func describe(_ link: RuleDescription.Link, index: Int) -> [String] {
        var lines: [String] = []
        if rule.links.count > 1 {
            lines.append(index == 0 ? "  First condition" : "  And condition \(index + 1)")
        }
        func add(_ label: String, _ value: String) {
            lines.append("  " + label.padding(to: 14) + value)
        }
        let looked = link.variables.filter { !$0.hasPrefix("!") }
        for (position, variable) in looked.enumerated() {
            add(position == 0 ? "Looks at" : "", RuleWords.variable(SafeText.escaped(variable)))
        }
        for variable in link.variables where variable.hasPrefix("!") {
            add("Except", RuleWords.variable(SafeText.escaped(String(variable.dropFirst()))))
        }
        if !link.transformations.isEmpty {
            add("After", link.transformations.joined(separator: ", then "))
        }
        if let name = link.operatorName {
            add("Matches when", RuleWords.condition(name, argument: link.operatorArgument, isNegated: link.isNegated))
        } else {
            add("Matches", "always")
        }
        for setting in link.setVariables {
            add("Sets", SafeText.escaped(setting))
        }
        for control in link.controls {
            add("Changes", SafeText.escaped(control))
        }
        return lines
    }

    /// The ways to exclude the rule, the narrowest first.
    private var exclusions: [(purpose: String, directive: String)] {
        let variables = rule.links.first?.variables.filter { !$0.hasPrefix("!") && !$0.hasPrefix("&") } ?? []
        // Most false alarms are parameters: they are the example where the rule looks at them.
        let variable = variables.contains("ARGS") ? "ARGS" : variables.first ?? "ARGS"
        let base = variable.split(separator: ":").first.map(String.init) ?? "ARGS"
        let target = "\(base):NAME"
        return [
            (
                "for one value on one path (before the rules)",
                "SecRule REQUEST_FILENAME \"@streq /PATH\" "
                    + "\"id:10001,phase:1,pass,nolog,ctl:ruleRemoveTargetById=\(rule.id);\(target)\""
            ),
            ("for one value everywhere (after the rules)", "SecRuleUpdateTargetById \(rule.id) \"!\(target)\""),
            (
                "on one path (before the rules)",
                "SecRule REQUEST_FILENAME \"@beginsWith /PATH\" "
                    + "\"id:10002,phase:1,pass,nolog,ctl:ruleRemoveById=\(rule.id)\""
            ),
            ("everywhere (after the rules)", "SecRuleRemoveById \(rule.id)"),
        ]
    }

    // MARK: JSON

    /// The same as one JSON object.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("rule")
        json.number(rule.id)
        for (name, value) in [("file", rule.file), ("message", rule.message), ("version", rule.version)] {
            json.key(name)
            json.stringOrNull(value)
        }
        json.key("line")
        json.number(rule.line)
        json.key("phase")
        json.number(rule.phase)
        json.key("action")
        json.string(rule.action)
        json.key("severity")
        json.numberOrNull(rule.severity)
        json.key("paranoiaLevel")
        json.numberOrNull(rule.paranoiaLevel)
        json.key("tags")
        json.strings(rule.tags)
        json.key("scores")
        json.beginArray()
        for (variable, points) in rule.scores {
            json.beginObject()
            json.key("variable")
            json.string(variable)
            json.key("points")
            json.string(points)
            json.endObject()
        }
        json.endArray()
        writeConditions(to: &json)
        json.key("exclusions")
        json.beginArray()
        for (purpose, directive) in exclusions {
            json.beginObject()
            json.key("purpose")
            json.string(purpose)
            json.key("directive")
            json.string(directive)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.endLine()
        return json.bytes
    }

    private func writeConditions(to json: inout JSONWriter) {
        json.key("conditions")
        json.beginArray()
        for link in rule.links {
            json.beginObject()
            json.key("variables")
            json.strings(link.variables)
            json.key("transformations")
            json.strings(link.transformations)
            json.key("operator")
            json.stringOrNull(link.operatorName)
            json.key("argument")
            json.string(link.operatorArgument)
            json.key("negated")
            json.bool(link.isNegated)
            json.key("sets")
            json.strings(link.setVariables)
            json.key("controls")
            json.strings(link.controls)
            json.endObject()
        }
        json.endArray()
    }
}

extension String {
    /// The text with spaces behind it up to this many characters.
    fileprivate func padding(to width: Int) -> String {
        count >= width ? self + " " : self + String(repeating: " ", count: width - count)
    }
}
