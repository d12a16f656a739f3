// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import SecLang

/// There is no rule of the id that was asked for.
package struct UnknownRuleError: Error, CustomStringConvertible {
    package var id: Int

    package var description: String { "no rule has the id \(id)" }
}

/// Finds a rule among compiled ones and describes it.
///
/// - Throws: ``SecLang/SecLangError`` when the rules do not load, ``UnknownRuleError`` when none has the id.
package func describeRule(
    id: Int,
    rules: RuleSources,
    options: CompileOptions = CompileOptions()
) throws -> RuleDescription {
    guard let summary = try rules.compile(options: options).summary(of: id) else {
        throw UnknownRuleError(id: id)
    }
    return RuleDescription(summary)
}

extension RuleDescription {
    init(_ summary: RuleSummary) {
        self.init(
            id: summary.id,
            file: summary.location.file,
            line: summary.location.line,
            phase: summary.phase,
            action: summary.action ?? "pass",
            message: summary.message,
            logData: summary.logData,
            severity: summary.severity,
            version: summary.version,
            tags: summary.tags,
            isLogged: summary.isLogged,
            links: summary.links.map { link in
                Link(
                    variables: link.variables,
                    operatorName: link.operatorName.map { $0.prefix(1).lowercased() + $0.dropFirst() },
                    operatorArgument: link.operatorArgument,
                    isNegated: link.isNegated,
                    transformations: link.transformations,
                    setVariables: link.setVariables,
                    controls: link.controls
                )
            }
        )
    }
}
