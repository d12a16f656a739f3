// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads the `correlation` section of a document (Sigma Correlation Rules 2.1), and ours of the same form.
struct CorrelationReader {
    let options: SigmaOptions

    private static let members: Set<String> = [
        "type", "rules", "group-by", "timespan", "condition", "aliases", "generate", "until", "learn",
    ]

    func read(_ section: YAMLValue) throws(SigmaDiagnostic) -> CorrelationDraft {
        guard let members = section.members else {
            throw section.error(.structure, "a correlation is a mapping, found \(section.kindName)")
        }
        for member in members where !Self.members.contains(member.name.text ?? "") {
            let name = member.name.text ?? ""
            let hint = NearestIdentifier.suggestion(for: name, among: Self.members.sorted())
            throw member.name.error(.structure, "a correlation has no member \"\(YAMLValue.quotable(name))\"\(hint)")
        }
        let kind = try kind(section)
        let draft = CorrelationDraft(
            kind: kind,
            stages: try stages(section, kind),
            groupBy: try section["group-by"].map { value throws(SigmaDiagnostic) in
                try Self.texts(value, of: "\"group-by\"")
            } ?? [],
            timespan: try timespan(section["timespan"], section),
            condition: try condition(section, kind),
            aliases: try aliases(section["aliases"]),
            generates: try generates(section["generate"]),
            until: try references(section["until"]),
            learning: try section["learn"].map { value throws(SigmaDiagnostic) in try Self.duration(value) } ?? 0
        )
        if !draft.until.isEmpty, kind != .sequence {
            throw section.error(.structure, "\"until\" is for the type sequence only")
        }
        return draft
    }

    private func kind(_ section: YAMLValue) throws(SigmaDiagnostic) -> SigmaRule.Kind {
        guard let value = section["type"] else {
            throw section.error(.structure, "the correlation's \"type\" is missing")
        }
        guard let kind = value.text.flatMap({ SigmaRule.Kind(rawValue: $0) }), kind != .detection else {
            let kinds = SigmaRule.Kind.allCases.filter { $0 != .detection }.map(\.rawValue).joined(separator: ", ")
            throw value.error(.structure, "the type of a correlation is one of \(kinds), found \(value.kindName)")
        }
        return kind
    }

    // MARK: Rules

    private func stages(
        _ section: YAMLValue,
        _ kind: SigmaRule.Kind
    ) throws(SigmaDiagnostic) -> [CorrelationDraft.Stage] {
        guard let value = section["rules"], !value.isNull else {
            throw section.error(.structure, "the correlation's \"rules\" are missing")
        }
        var stages: [CorrelationDraft.Stage] = []
        for element in value.list { stages.append(try stage(element, kind)) }
        guard !stages.isEmpty else { throw value.error(.structure, "the list of rules is empty") }
        guard stages.count <= 64 else { throw value.error(.limit, "a correlation takes at most 64 rules") }
        if kind == .sequence, !stages.contains(where: { !$0.isMissing }) {
            throw value.error(.structure, "a sequence needs a rule that matches, besides those that must not")
        }
        return stages
    }

    /// A name; of a sequence also `not: NAME` and `rule: NAME` with `runs: N`.
    private func stage(
        _ value: YAMLValue,
        _ kind: SigmaRule.Kind
    ) throws(SigmaDiagnostic) -> CorrelationDraft.Stage {
        if let name = value.text, !value.isNull {
            return .init(reference: .init(name: name, place: value), isMissing: false, runs: 1)
        }
        guard kind == .sequence, let members = value.members else {
            throw value.error(.structure, "expected the id or name of a rule, found \(value.kindName)")
        }
        var stage: CorrelationDraft.Stage?
        var runs = 1
        for member in members {
            switch (member.name.text, member.value.scalar) {
            case ("not"?, _?), ("rule"?, _?):
                let reference = CorrelationDraft.Reference(name: member.value.text ?? "", place: member.value)
                stage = .init(reference: reference, isMissing: member.name.text == "not", runs: 1)
            case ("runs"?, .number(let number, _)?) where number >= 1 && number <= 64 && number == number.rounded():
                runs = Int(number)
            default:
                throw member.name.error(
                    .structure,
                    "a stage of a sequence is a name, \"not: NAME\", or \"rule: NAME\" with \"runs\" from 1 to 64"
                )
            }
        }
        guard var stage, runs == 1 || !stage.isMissing else {
            throw value.error(.structure, "a stage of a sequence names its rule, and \"runs\" goes with \"rule\"")
        }
        stage.runs = runs
        return stage
    }

    private func references(_ value: YAMLValue?) throws(SigmaDiagnostic) -> [CorrelationDraft.Reference] {
        guard let value, !value.isNull else { return [] }
        var references: [CorrelationDraft.Reference] = []
        for element in value.list {
            guard let name = element.text else {
                throw element.error(.structure, "expected the id or name of a rule, found \(element.kindName)")
            }
            references.append(.init(name: name, place: element))
        }
        return references
    }

    static func texts(_ value: YAMLValue, of what: String) throws(SigmaDiagnostic) -> [String] {
        var texts: [String] = []
        for element in value.list {
            guard let text = element.text, !element.isNull else {
                throw element.error(.structure, "\(what) are texts, found \(element.kindName)")
            }
            texts.append(text)
        }
        return texts
    }

    private func aliases(_ value: YAMLValue?) throws(SigmaDiagnostic) -> [String: [String: String]] {
        guard let value, !value.isNull else { return [:] }
        guard let members = value.members else {
            throw value.error(.structure, "\"aliases\" is a mapping, found \(value.kindName)")
        }
        var aliases: [String: [String: String]] = [:]
        for member in members {
            guard let rules = member.value.members else {
                throw member.value.error(
                    .structure,
                    "an alias names a field for each rule, found \(member.value.kindName)"
                )
            }
            for rule in rules {
                guard let name = rule.name.text, let field = rule.value.text else {
                    throw rule.value.error(.structure, "expected the name of a field, found \(rule.value.kindName)")
                }
                aliases[member.name.text ?? "", default: [:]][name] = field
            }
        }
        return aliases
    }

    private func generates(_ value: YAMLValue?) throws(SigmaDiagnostic) -> Bool {
        guard let value, !value.isNull else { return false }
        guard case .bool(let generates)? = value.scalar else {
            throw value.error(.structure, "\"generate\" is true or false, found \(value.kindName)")
        }
        return generates
    }

    // MARK: Time

    private func timespan(_ value: YAMLValue?, _ section: YAMLValue) throws(SigmaDiagnostic) -> Int64 {
        guard let value else { throw section.error(.structure, "the correlation's \"timespan\" is missing") }
        return try Self.duration(value)
    }

    /// Reads `90m`: a whole number and one of s, m, h and d.
    static func duration(_ value: YAMLValue) throws(SigmaDiagnostic) -> Int64 {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let text = value.text, let unit = text.last.flatMap({ units[$0] }),
            text.utf8.dropLast().allSatisfy(\.isDigit),
            let number = Int64(text.dropLast()), number > 0, number <= 36_500 * 86_400 / unit
        else {
            throw value.error(.value, "expected a time such as 30s, 10m, 1h or 7d, found \(value.kindName)")
        }
        return number * unit * 1_000_000_000
    }
}
