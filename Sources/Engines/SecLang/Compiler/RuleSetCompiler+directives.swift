// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension RuleSetCompiler {
    /// Carries one directive out.
    func apply(_ directive: RawDirective) throws(DirectiveError) {
        let name = directive.name.text
        let key = name.lowercased()
        if let chain = openChain, key != "secrule", key != "secaction", key != "secrulescript" {
            openChain = nil
            throw DirectiveError(
                directive.location,
                "expected the next rule of the chain that starts at \(chain.starter.location), got \(name)"
            )
        }
        if try applyRuleDirective(key, directive) {
            return
        }
        if try applySetting(key, directive) {
            return
        }
        if let reason = DirectiveNames.withoutEffect[key] {
            report(.warning, directive.location, "\(name) has no effect here: \(reason)")
            return
        }
        if let reason = DirectiveNames.refused[key] {
            throw DirectiveError(directive.location, "\(name) is not available: \(reason)")
        }
        if name.hasPrefix("<") {
            throw DirectiveError(
                directive.location,
                "\(name) is a section of Apache's configuration, not SecLang",
                hint: "take the SecLang directives out of the section"
            )
        }
        throw DirectiveError(
            directive.location,
            "unknown directive \(name)",
            hint: NearestName.hint(for: name, among: DirectiveNames.known)
        )
    }

    private func applyRuleDirective(_ key: String, _ directive: RawDirective) throws(DirectiveError) -> Bool {
        switch key {
        case "secrule": try addRule(directive)
        case "secaction": try addAction(directive)
        case "secrulescript": try addScript(directive)
        case "secmarker": items.append(.marker(try single(directive).bytes))
        case "secdefaultaction": try setDefaultAction(directive)
        case "include": try include(directive, isOptional: false)
        case "includeoptional": try include(directive, isOptional: true)
        case "seccomponentsignature": settings.componentSignatures.append(try single(directive).text)
        case "secruleremovebyid": try removeRules(directive, by: "id")
        case "secruleremovebymsg": try removeRules(directive, by: "msg")
        case "secruleremovebytag": try removeRules(directive, by: "tag")
        case "secruleupdatetargetbyid": try updateTargets(directive, by: "id")
        case "secruleupdatetargetbymsg": try updateTargets(directive, by: "msg")
        case "secruleupdatetargetbytag": try updateTargets(directive, by: "tag")
        case "secruleupdateactionbyid": try updateActions(directive)
        default: return false
        }
        return true
    }

    private func applySetting(_ key: String, _ directive: RawDirective) throws(DirectiveError) -> Bool {
        guard let setting = DirectiveNames.settings[key] else {
            return false
        }
        // Only SecResponseBodyMimeTypesClear stands alone.
        let needsArgument = key != "secresponsebodymimetypesclear"
        guard let argument = directive.arguments.first ?? (needsArgument ? nil : directive.name) else {
            throw DirectiveError(directive.location, "\(directive.name.text) needs an argument")
        }
        do {
            try setting(self, directive.arguments, directive.line.file)
        } catch {
            throw DirectiveError(directive, argument, error)
        }
        settingLocations[key] = directive.location
        return true
    }
}

/// What is done for each directive that is neither a rule nor an exception.
enum DirectiveNames {
    typealias Setting =
        @Sendable (
            _ compiler: RuleSetCompiler, _ arguments: [RawDirective.Argument], _ file: String
        ) throws(SyntaxError) -> Void

    static let ruleDirectives = [
        "SecRule", "SecAction", "SecRuleScript", "SecMarker", "SecDefaultAction", "Include", "IncludeOptional",
        "SecComponentSignature",
        "SecRuleRemoveById", "SecRuleRemoveByMsg", "SecRuleRemoveByTag", "SecRuleUpdateTargetById",
        "SecRuleUpdateTargetByMsg", "SecRuleUpdateTargetByTag", "SecRuleUpdateActionById",
    ]

    static var known: [String] { ruleDirectives + settings.keys.sorted() }

    /// Directives of other engines that may stand in a configuration without changing what is detected.
    static let withoutEffect: [String: String] = [
        "sectmpdir": memory, "secuploaddir": memory, "secuploadfilemode": memory, "secuploadkeepfiles": memory,
        "sectmpsaveuploadedfiles": memory, "secrequestbodyinmemorylimit": memory,
        "secdatadir": "persistent collections are kept by Redoubt's own store",
        "secpcrematchlimitrecursion": "compiled patterns do not recurse; SecPcreMatchLimit bounds them",
        "secstatusengine": "nothing is reported to anybody",
        "seccachetransformations": "transformed values are always shared within a transaction",
        "secruleperftime": "`redoubt waf cost` reports the cost of rules",
        "secconnengine": gateway, "secconnreadstatelimit": gateway, "secconnwritestatelimit": gateway,
        "secreadstatelimit": gateway, "secwritestatelimit": gateway,
        "secunicodecodepage": "the code page is the second argument of SecUnicodeMapFile",
        "secdisablebackendcompression": "the gateway decodes or refuses compressed bodies by itself",
        "secinterceptonerror": "errors of rules are detections; the failure policy says what follows",
        "secrxprefilter": "patterns are always filtered by their literals",
        "secrequestencoding": "bytes are inspected as they are",
        "secserversignature": "the gateway does not announce itself",
        "secstreaminbodyinspection": "STREAM_INPUT_BODY is always available",
        "secstreamoutbodyinspection": "STREAM_OUTPUT_BODY is available where SecResponseBodyAccess is On",
        "secargumentsnamelimit": "use a rule on ARGS_NAMES",
    ]
    private static let memory = "bodies and uploads are held in memory within the limits, never in files"
    private static let gateway = "the gateway limits connections"

    static let refused: [String: String] = [
        "secremoterules": "rules come from files; Failed to download: fetch the file first and Include it",
        "secremoterulesfailaction": "rules come from files; Include them",
        "secruleinheritance": "each application has one rule set",
        "secchrootdir": "use the service manager's sandbox",
        "secguardianlog": "use the audit log or a webhook",
        "seccontentinjection": "responses are not rewritten",
        "sechashengine": hash, "sechashkey": hash, "sechashparam": hash, "sechashmethodrx": hash,
        "sechashmethodpm": hash,
        "secgsblookupdb": "the Safe Browsing database is not supported; use @pmFromFile with a list",
        "secdataset": "put the phrases into a file and use @pmFromFile or @ipMatchFromFile",
        "secignorerulecompilationerrors": "rules that do not load are errors",
    ]
    private static let hash = "responses are not rewritten with hashes"
}
