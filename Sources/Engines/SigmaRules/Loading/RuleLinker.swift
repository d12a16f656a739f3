// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Ties documents together: filters to the rules that they are about, correlations to the rules that they name.
struct RuleLinker {
    private var documents: [SigmaDocument]
    private(set) var diagnostics: [SigmaDiagnostic] = []
    /// By id and by name; the first document with one keeps it.
    private var indexOfName: [String: Int] = [:]

    init(_ documents: [SigmaDocument]) {
        self.documents = documents
    }

    mutating func link() -> SigmaRuleSet {
        nameDocuments()
        applyFilters()
        let filters = documents.filter { if case .filter = $0.content { true } else { false } }
        if !filters.isEmpty {
            documents.removeAll { if case .filter = $0.content { true } else { false } }
            indexOfName = [:]
            nameDocuments(reportsDuplicates: false)
        }
        let order = resolvableOrder()
        var rules = documents.map(\.rule)
        let correlations = order.compactMap { resolve($0, &rules) }
        let detections: [Detection?] = documents.map { document in
            if case .detection(let detection) = document.content { detection } else { nil }
        }
        return SigmaRuleSet(rules: rules, detections: detections, correlations: correlations)
    }

    private mutating func nameDocuments(reportsDuplicates: Bool = true) {
        for (index, document) in documents.enumerated() {
            for name in [document.rule.id, document.rule.name].compactMap({ $0 }) {
                if let first = indexOfName[name] {
                    guard reportsDuplicates, first != index else { continue }
                    let other = documents[first].rule
                    var warning = document.place.warning(
                        .duplicate,
                        "\"\(YAMLValue.quotable(name))\" is taken by \(other.file):\(other.line)"
                    )
                    warning.rule = document.rule.title
                    diagnostics.append(warning)
                } else {
                    indexOfName[name] = index
                }
            }
        }
    }

    // MARK: Filters

    /// A filter is applied to the rules that it names, as far as they are of its log source.
    private mutating func applyFilters() {
        for document in documents {
            guard case .filter(let filter) = document.content else { continue }
            let targets = filter.rules?.compactMap { name -> Int? in
                if indexOfName[name] == nil {
                    diagnostics.append(unknown(name, document.place, document.rule, .warning))
                }
                return indexOfName[name]
            }
            for index in targets ?? Array(documents.indices) {
                guard case .detection(let detection) = documents[index].content,
                    filter.logSource.covers(documents[index].rule.logSource)
                else { continue }
                documents[index].content = .detection(.all([detection, .not(filter.excluded)]))
            }
        }
    }

    // MARK: Correlations

    /// The correlations whose rules are all there, those that others name before the others.
    private mutating func resolvableOrder() -> [Int] {
        var state = [UInt8](repeating: 0, count: documents.count)
        var order: [Int] = []
        for index in documents.indices { _ = visit(index, &state, &order, depth: 0) }
        return order
    }

    /// - Returns: whether the document can be used by a correlation.
    private mutating func visit(_ index: Int, _ state: inout [UInt8], _ order: inout [Int], depth: Int) -> Bool {
        guard case .correlation(let draft) = documents[index].content else {
            if case .detection = documents[index].content { return true }
            return false
        }
        // 0 not seen, 1 being looked at, 2 usable, 3 not usable.
        switch state[index] {
        case 1:
            let place = documents[index].place
            diagnostics.append(
                place.error(.reference, "the correlation is made of itself").about(documents[index].rule)
            )
            return false
        case 2: return true
        case 3: return false
        default: break
        }
        state[index] = 1
        var isUsable = depth < 100
        for reference in draft.stages.map(\.reference) + draft.until where isUsable {
            guard let target = indexOfName[reference.name] else {
                diagnostics.append(unknown(reference.name, reference.place, documents[index].rule, .error))
                isUsable = false
                break
            }
            isUsable = visit(target, &state, &order, depth: depth + 1)
        }
        state[index] = isUsable ? 2 : 3
        if isUsable { order.append(index) }
        return isUsable
    }

    private func unknown(
        _ name: String,
        _ place: YAMLValue,
        _ rule: SigmaRule,
        _ severity: SigmaDiagnostic.Severity
    ) -> SigmaDiagnostic {
        let hint = NearestIdentifier.suggestion(for: name, among: documents.compactMap(\.rule.name))
        let message = "there is no rule with the id or name \"\(YAMLValue.quotable(name))\"\(hint)"
        var diagnostic = place.error(.reference, message)
        diagnostic.severity = severity
        return diagnostic.about(rule)
    }

    private mutating func resolve(_ index: Int, _ rules: inout [SigmaRule]) -> Correlation? {
        guard case .correlation(let draft) = documents[index].content else { return nil }
        var stages: [Correlation.Stage] = []
        var groupFields: [Int: [String]] = [:]
        for stage in draft.stages {
            guard let target = indexOfName[stage.reference.name] else { return nil }
            let one = Correlation.Stage(rule: target, isMissing: stage.isMissing)
            stages += [Correlation.Stage](repeating: one, count: stage.runs)
            groupFields[target] = groupBy(draft, target, stage.reference.name)
        }
        var until: Set<Int> = []
        for reference in draft.until {
            guard let target = indexOfName[reference.name] else { return nil }
            until.insert(target)
            groupFields[target] = groupBy(draft, target, reference.name)
        }
        for target in groupFields.keys where !draft.generates { silence(target, &rules) }
        return Correlation(
            rule: index,
            kind: draft.kind,
            stages: stages,
            groupFields: groupFields,
            timespan: draft.timespan,
            condition: draft.condition,
            until: until,
            learning: draft.learning
        )
    }

    /// The fields of a rule's events that stand for the correlation's groups.
    private func groupBy(_ draft: CorrelationDraft, _ target: Int, _ reference: String) -> [String] {
        let rule = documents[target].rule
        return draft.groupBy.map { field in
            guard let alias = draft.aliases[field] else { return field }
            return alias[reference] ?? rule.name.flatMap { alias[$0] } ?? rule.id.flatMap { alias[$0] } ?? field
        }
    }

    /// A rule that a correlation is made of is not told by itself, unless a correlation that is made of it says so.
    private mutating func silence(_ target: Int, _ rules: inout [SigmaRule]) {
        let isKept = documents.contains { document in
            guard case .correlation(let draft) = document.content, draft.generates else { return false }
            return draft.stages.contains { indexOfName[$0.reference.name] == target }
        }
        if !isKept { rules[target].isReported = false }
    }
}

extension SigmaDiagnostic {
    fileprivate func about(_ rule: SigmaRule) -> SigmaDiagnostic {
        var diagnostic = self
        diagnostic.rule = rule.title
        return diagnostic
    }
}
