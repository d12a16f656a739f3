// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

extension Rule {
    /// All of a rule and its chain that its evaluation depends on, as text that two rule sets can compare: neither where it
    /// stands nor the numbers that its own rule set gave to variables. nil where it holds what no text tells, such as the
    /// content of a schema; such a rule equals no other.
    var identity: [UInt8]? {
        var text: [UInt8] = []
        for rule in chain {
            guard let part = rule.ownIdentity else { return nil }
            text += part
        }
        return text
    }

    private var ownIdentity: [UInt8]? {
        guard let op = operatorIdentity, actions.programs.isEmpty else { return nil }
        var parts = targets.map { ($0.isCount ? [UInt8(ascii: "&")] : []) + $0.displayName }
        parts += exclusions.map { [UInt8(ascii: "!")] + $0.displayName }
        parts += [op, transformationTrail]
        let plain =
            "\(id) \(phase) \(isLink) \(isNegated) \(multiMatch) \(logs) \(auditLogs) \(status) \(disruptiveIdentity)"
        return Self.joined(parts + [Array(plain.utf8)] + actions.identity)
    }

    private var disruptiveIdentity: String {
        switch disruptive {
        case .redirect(let macro): "redirect \(macro.source)"
        default: "\(disruptive)"
        }
    }

    /// The name, the argument and what it read from files.
    private var operatorIdentity: [UInt8]? {
        var parts = [operatorName, operatorArgument]
        switch op {
        case nil: parts = [Array("action".utf8)]
        case .program, .xmlSchema, .xmlDTD: return nil
        case .addresses where operatorName.lossyText.lowercased() != "ipmatch": return nil
        case .phrases(let set): parts += (0..<set.count).map(set.phrase)
        default: break
        }
        return Self.joined(parts)
    }

    /// With lengths before them, so that no two lists make the same text.
    static func joined(_ parts: [[UInt8]]) -> [UInt8] {
        parts.reduce(into: []) { $0 += Array("\($1.count):".utf8) + $1 }
    }

    /// Whether its match depends on nothing but what a transaction brings, whatever the links of its chain look at: not on
    /// variables that other rules set.
    var looksAtTransactionOnly: Bool {
        guard !forms.isEmpty else { return false }
        return switch op {
        case .regex, .regexGlobal, .phrases, .addresses, .byteRange, .urlEncoding, .utf8Encoding, .sqlInjection,
            .crossSiteScripting, .always, .never, .identifier:
            true
        case .text(_, let macro), .number(_, let macro): macro.literal != nil
        case nil, .regexMacro, .phrasesMacro, .addressesMacro, .byteRangeMacro, .geoLookup, .blockList, .program,
            .xmlSchema, .xmlDTD:
            false
        }
    }
}

extension ActionList {
    /// What a match does and what other rules may look at, as far as it decides anything.
    fileprivate var identity: [[UInt8]] {
        var parts = setVariables.map { variable in
            Rule.joined([
                Array("\(variable.collection) \(variable.operation)".utf8), variable.key.source, variable.value.source,
            ])
        }
        parts += setEnvironment.map { Rule.joined([$0.name, $0.value.source]) }
        parts += initializeCollections.map { collection in
            let identifier = collection.identifier.map { "\($0)" } ?? ""
            return Rule.joined([Array("\(collection.collection) \(identifier)".utf8), collection.key.source])
        }
        parts += expireVariables.map {
            Rule.joined([Array("\($0.collection)".utf8), $0.key.source, $0.lifetime.source])
        }
        parts += deprecateVariables.map {
            Rule.joined([Array("\($0.collection) \($0.amount) \($0.interval)".utf8), $0.key.source])
        }
        parts += controls.map(\.identity)
        parts += namespaces.map { Array("\($0.prefix)=\($0.uri)".utf8) }
        parts += tags.map(\.source)
        parts += [msg?.source ?? [], logdata?.source ?? [], skipAfter ?? [], rev ?? [], ver ?? []]
        let plain = "\(severity ?? -1) \(isChained) \(capture) \(skip)"
        return parts + [Array(plain.utf8)]
    }
}

extension Control {
    fileprivate var identity: [UInt8] {
        switch self {
        case .removeRules(let selection): Rule.joined([Array("rules".utf8), selection.identity])
        case .removeTarget(let selection, let target):
            Rule.joined([Array("target".utf8), selection.identity, target.displayName])
        default: Array("\(self)".utf8)
        }
    }

    /// Whether it decides how a body is read, or whether.
    var decidesBody: Bool {
        switch self {
        case .requestBodyAccess, .responseBodyAccess, .forceRequestBodyVariable, .forceResponseBodyVariable,
            .requestBodyLimit, .responseBodyLimit, .requestBodyProcessor:
            true
        case .auditEngine, .auditLogParts, .debugLogLevel, .ruleEngine, .removeRules, .removeTarget: false
        }
    }
}

extension RuleSelection {
    fileprivate var identity: [UInt8] {
        switch self {
        case .ids(let ranges): Array("\(ranges)".utf8)
        case .tag(let regex): Rule.joined([Array("tag".utf8), regex.pattern])
        case .message(let regex): Rule.joined([Array("message".utf8), regex.pattern])
        }
    }
}
