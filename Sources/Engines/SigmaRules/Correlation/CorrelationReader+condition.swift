// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension CorrelationReader {
    func condition(
        _ section: YAMLValue,
        _ kind: SigmaRule.Kind
    ) throws(SigmaDiagnostic) -> CorrelationCondition? {
        guard let value = section["condition"], !value.isNull else {
            switch kind {
            case .temporal, .temporalOrdered, .sequence: return nil
            default: throw section.error(.condition, "the correlation's \"condition\" is missing")
            }
        }
        guard let members = value.members else {
            throw value.error(.condition, "the condition of a correlation is a mapping such as \"gte: 10\"")
        }
        var condition = CorrelationCondition(bounds: [], fields: [], percentile: nil)
        for member in members {
            switch member.name.text {
            case "field"?: condition.fields = try Self.texts(member.value, of: "the fields of a condition")
            case "percentile"? where kind == .valuePercentile:
                condition.percentile = try number(member.value)
            case let name?:
                guard let comparison = Comparison(rawValue: name) else {
                    throw member.name.error(
                        .condition,
                        "expected gt, gte, lt, lte, eq, neq or field, found \"\(YAMLValue.quotable(name))\""
                    )
                }
                condition.bounds.append(.init(comparison: comparison, number: try number(member.value)))
            case nil: break
            }
        }
        try check(condition, kind, value)
        return condition
    }

    private func check(
        _ condition: CorrelationCondition,
        _ kind: SigmaRule.Kind,
        _ value: YAMLValue
    ) throws(SigmaDiagnostic) {
        let needsField: Bool
        switch kind {
        case .valueCount, .valueSum, .valueAverage, .valuePercentile, .newTerms: needsField = true
        default: needsField = false
        }
        guard !needsField || !condition.fields.isEmpty else {
            throw value.error(.condition, "a condition of \(kind.rawValue) names a \"field\"")
        }
        guard kind == .newTerms || !condition.bounds.isEmpty else {
            throw value.error(.condition, "the condition has no gt, gte, lt, lte, eq or neq")
        }
        if condition.fields.count > 1, [.valueSum, .valueAverage].contains(kind) || condition.percentile != nil {
            throw value.error(.condition, "\(kind.rawValue) is of one field")
        }
        if let percentile = condition.percentile, !(0...100).contains(percentile) {
            throw value.error(.condition, "a percentile is from 0 to 100")
        }
    }

    private func number(_ value: YAMLValue) throws(SigmaDiagnostic) -> Double {
        guard case .number(let number, _)? = value.scalar else {
            throw value.error(.condition, "expected a number, found \(value.kindName)")
        }
        return number
    }
}
