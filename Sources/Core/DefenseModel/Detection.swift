// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An engine's claim that an activity matters.
package struct Detection: Codable, Hashable, Sendable {
    package var id: Identifier
    /// When it was made, in nanoseconds since 1970, UTC.
    package var time: Int64
    package var control: ControlID
    package var rule: RuleID
    package var severity: Severity
    /// What was found, in one sentence for people.
    package var message: String
    /// What the engine asks for because of this detection; nil where it is only worth a record, such as a rule that adds
    /// to a score.
    package var response: Countermeasure?
    /// The part of the activity that it is about, as the engine names it: `ARGS:comment`.
    package var target: String?
    package var tags: [String]
    package var technique: Technique?
    package var evidence: MaskedText?
    /// Whom it concerns, the acting client first.
    package var entities: [Entity]
    /// What a person should do about it.
    package var nextStep: String?

    package init(
        id: Identifier,
        time: Int64,
        control: ControlID,
        rule: RuleID,
        severity: Severity,
        message: String,
        response: Countermeasure? = nil,
        target: String? = nil,
        tags: [String] = [],
        technique: Technique? = nil,
        evidence: MaskedText? = nil,
        entities: [Entity] = [],
        nextStep: String? = nil
    ) {
        self.id = id
        self.time = time
        self.control = control
        self.rule = rule
        self.severity = severity
        self.message = message
        self.response = response
        self.target = target
        self.tags = tags
        self.technique = technique
        self.evidence = evidence
        self.entities = entities
        self.nextStep = nextStep
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case id, time, control, rule, severity, message, response, target, tags, technique, evidence, entities
        case nextStep = "next_step"
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        id = try members.decode(Identifier.self, forKey: .id)
        time = try members.decode(Int64.self, forKey: .time)
        control = try members.decode(ControlID.self, forKey: .control)
        rule = try members.decode(RuleID.self, forKey: .rule)
        severity = try members.decode(Severity.self, forKey: .severity)
        message = try members.decode(String.self, forKey: .message)
        response = try members.decodeIfPresent(Countermeasure.self, forKey: .response)
        target = try members.decodeIfPresent(String.self, forKey: .target)
        tags = try members.decode([String].self, forKey: .tags)
        technique = try members.decodeIfPresent(Technique.self, forKey: .technique)
        evidence = try members.decodeIfPresent(MaskedText.self, forKey: .evidence)
        entities = try members.decode([Entity].self, forKey: .entities)
        nextStep = try members.decodeIfPresent(String.self, forKey: .nextStep)
    }
}
