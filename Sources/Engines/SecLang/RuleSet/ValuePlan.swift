// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Which values the rules look at, in which transformed form, each said once.
///
/// Hundreds of rules name a few dozen sets of targets. A transaction collects a set once in each phase and transforms
/// its values once for each chain; the rules then share them. Only values that cannot change while a phase runs are
/// planned: what rules set themselves (`TX`, `MATCHED_VAR`, persistent collections) is looked up when it is wanted.
struct ValuePlan: Sendable {
    /// The targets and exclusions of a rule.
    struct ValueSet: Sendable {
        var targets: [Target]
        var exclusions: [Target]
        /// For each exclusion a number of its own among all that the rules have.
        var numbers: [Int] = []
    }

    /// The values of a set after a chain of transformations.
    struct Form: Sendable, BitwiseCopyable {
        var set: Int32
        /// The last step, a node of the transformation trie; -1 for the values as they are.
        var node: Int32
        /// The form one step before; -1 for the values as they are. A form's parent comes before it.
        var parent: Int32
        /// The last step, and what of a value makes it change it; meaningless for the values as they are.
        var transformation = Transformation.length
        var triggers: ByteClasses = []
    }

    private(set) var sets: [ValueSet] = []
    private(set) var forms: [Form] = []
    private var setOfNames: [[[UInt8]]: Int] = [:]
    private var exclusionNumbers: [[UInt8]: Int] = [:]
    private var formOfStep: [Step: Int] = [:]

    private struct Step: Hashable {
        var set: Int
        var node: Int
    }

    /// The forms that a rule's values go through, from the untransformed one to the last; empty where its values have
    /// to be looked up each time.
    mutating func forms(of draft: RuleDraft, path: [Int], in trie: TransformationTrie) -> [Int] {
        guard draft.actions.namespaces.isEmpty,
            draft.targets.targets.allSatisfy({ !$0.isCount && $0.variable.isConstantWithinPhase })
        else {
            return []
        }
        let set = number(of: ValueSet(targets: draft.targets.targets, exclusions: draft.targets.exclusions))
        var form = number(of: Step(set: set, node: -1), parent: -1, in: trie)
        return [form]
            + path.map { node in
                form = number(of: Step(set: set, node: node), parent: form, in: trie)
                return form
            }
    }

    private mutating func number(of set: ValueSet) -> Int {
        let names = set.targets.map(\.displayName) + [[]] + set.exclusions.map(\.displayName)
        if let known = setOfNames[names] {
            return known
        }
        sets.append(set)
        sets[sets.count - 1].numbers = set.exclusions.map { exclusion in
            let number = exclusionNumbers[exclusion.displayName] ?? exclusionNumbers.count
            exclusionNumbers[exclusion.displayName] = number
            return number
        }
        setOfNames[names] = sets.count - 1
        return sets.count - 1
    }

    private mutating func number(of step: Step, parent: Int, in trie: TransformationTrie) -> Int {
        if let known = formOfStep[step] {
            return known
        }
        var form = Form(set: Int32(step.set), node: Int32(step.node), parent: Int32(parent))
        if step.node >= 0 {
            form.transformation = trie.nodes[step.node].transformation
            form.triggers = trie.nodes[step.node].triggers
        }
        forms.append(form)
        formOfStep[step] = forms.count - 1
        return forms.count - 1
    }
}

extension Variable {
    /// Whether the values stay the same from the first rule of a phase to its last, whatever the rules do; `ctl`
    /// actions that change what a body shows make the transaction forget what it prepared.
    var isConstantWithinPhase: Bool {
        switch self {
        case .args, .argsGet, .argsGetNames, .argsNames, .argsPost, .argsPostNames, .files, .filesNames, .filesSizes,
            .filesTmpNames, .filesTmpContent, .multipartFilename, .multipartName, .multipartPartHeaders,
            .requestCookies, .requestCookiesNames, .requestHeaders, .requestHeadersNames, .xml, .responseHeaders,
            .responseHeadersNames:
            true
        case .authType, .pathInfo, .queryString, .remoteAddress, .remotePort, .remoteUser, .reqbodyProcessor,
            .requestBasename, .requestBody, .requestFilename, .requestLine, .requestMethod, .requestProtocol,
            .requestURI, .requestURIRaw, .responseBody, .responseContentType, .responseProtocol, .responseStatus,
            .serverAddress, .serverName, .serverPort, .statusLine:
            true
        default:
            false
        }
    }
}
