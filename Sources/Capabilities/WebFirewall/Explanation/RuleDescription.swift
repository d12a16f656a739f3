// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation

/// A rule as it was parsed, for people: what `redoubt waf explain` puts into words.
package struct RuleDescription: Sendable {
    /// One `SecRule` or `SecAction`: the rule itself, or a link of its chain.
    package struct Link: Sendable {
        /// As written: `ARGS`, `!ARGS:token`, `&TX:x`, `REQUEST_HEADERS:/^x-/`.
        package var variables: [String]
        /// Without the `@`: `rx`; nil for a `SecAction`.
        package var operatorName: String?
        package var operatorArgument: String
        package var isNegated: Bool
        /// In order, defaults considered.
        package var transformations: [String]
        /// As written: `tx.inbound_anomaly_score_pl1=+%{tx.critical_anomaly_score}`.
        package var setVariables: [String]
        /// As written: `ruleRemoveById=942100`.
        package var controls: [String]

        package init(
            variables: [String],
            operatorName: String?,
            operatorArgument: String = "",
            isNegated: Bool = false,
            transformations: [String] = [],
            setVariables: [String] = [],
            controls: [String] = []
        ) {
            self.variables = variables
            self.operatorName = operatorName
            self.operatorArgument = operatorArgument
            self.isNegated = isNegated
            self.transformations = transformations
            self.setVariables = setVariables
            self.controls = controls
        }
    }

    package var id: Int
    package var file: String
    package var line: Int
    /// 1 to 5.
    package var phase: Int
    /// `block`, `deny`, `pass` and the like, as written.
    package var action: String
    package var message: String?
    package var logData: String?
    /// 0 (emergency) to 7 (debug).
    package var severity: Int?
    package var version: String?
    package var tags: [String]
    package var isLogged: Bool
    /// The rule and the links of its chain; at least one.
    package var links: [Link]

    package init(
        id: Int,
        file: String,
        line: Int,
        phase: Int,
        action: String,
        message: String? = nil,
        logData: String? = nil,
        severity: Int? = nil,
        version: String? = nil,
        tags: [String] = [],
        isLogged: Bool = true,
        links: [Link]
    ) {
        self.id = id
        self.file = file
        self.line = line
        self.phase = phase
        self.action = action
        self.message = message
        self.logData = logData
        self.severity = severity
        self.version = version
        self.tags = tags
        self.isLogged = isLogged
        self.links = links
    }

    /// The paranoia level from the rule's tag `paranoia-level/N`.
    package var paranoiaLevel: Int? {
        for tag in tags where tag.hasPrefix("paranoia-level/") {
            return Int(tag.dropFirst("paranoia-level/".count))
        }
        return nil
    }

    /// What a match adds to anomaly scores: variable and points, as written.
    package var scores: [(variable: String, points: String)] {
        links.flatMap(\.setVariables).compactMap { text in
            guard let sign = text.range(of: "=+"), text[..<sign.lowerBound].contains("score") else {
                return nil
            }
            return (variable: String(text[..<sign.lowerBound]), points: String(text[sign.upperBound...]))
        }
    }
}
