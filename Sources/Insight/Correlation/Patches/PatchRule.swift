// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import VulnerabilityManagement

/// The SecLang text of a virtual patch: one chain of a route and what an attack of the finding's class looks like in it.
///
/// It relies on these forms of SecLang alone: `SecRule` with `chain` (actions that disrupt, id, phase and tags stand in the
/// first rule of a chain), `@rx`, `@detectSQLi`, `@detectXSS`, the variables `REQUEST_METHOD`, `REQUEST_FILENAME`, `ARGS`,
/// `REQUEST_COOKIES`, `REQUEST_HEADERS` with a name behind a colon, `ARGS` with a pattern between slashes, and the
/// transformations `none`, `utf8toUnicode`, `urlDecodeUni`, `normalizePath`, `htmlEntityDecode`, `jsDecode`, `cssDecode`,
/// `removeNulls`. The rules that look for a kind of attack are ours.
///
/// While it is observed the rule has `pass`, so that no mode of the firewall makes it stop anything; enforced it has `deny`,
/// which the mode of the firewall, of the route or of the rule may still hold back.
struct PatchRule {
    let patch: VirtualPatch
    private let attack: AttackClass

    /// - Throws: ``CorrelationError/Code/noPatch`` where no rule can tell such an attack from ordinary requests.
    init(_ patch: VirtualPatch) throws(CorrelationError) {
        guard let attack = AttackClass(tag: patch.attackClass) else {
            throw CorrelationError(.noPatch, "\(patch.attackClass) is no class of attacks")
        }
        self.patch = patch
        self.attack = attack
        _ = try Self.detector(attack, hasParameter: patch.parameter != nil)
    }

    /// What looks for an attack: an operator and transformations.
    private struct Detector {
        var condition: String
        var transformations: String
    }

    private static let plain = "t:none,t:utf8toUnicode,t:urlDecodeUni,t:removeNulls"

    /// Whether a rule for a class exists that is narrow enough.
    static func canGuard(_ attack: AttackClass, hasParameter: Bool) -> Bool {
        // Asked for its answer only: why there is none is told by whoever needs one.
        (try? detector(attack, hasParameter: hasParameter)) != nil
    }

    /// - Throws: ``CorrelationError/Code/noPatch``, with what would help.
    static func check(_ attack: AttackClass, hasParameter: Bool) throws(CorrelationError) {
        _ = try detector(attack, hasParameter: hasParameter)
    }

    private static func detector(_ attack: AttackClass, hasParameter: Bool) throws(CorrelationError) -> Detector {
        func pattern(_ text: String) -> Detector { Detector(condition: "@rx \(text)", transformations: plain) }
        switch attack {
        case .sqlInjection:
            return Detector(condition: "@detectSQLi", transformations: plain)
        case .crossSiteScripting:
            return Detector(
                condition: "@detectXSS",
                transformations:
                    "t:none,t:utf8toUnicode,t:urlDecodeUni,t:htmlEntityDecode,t:jsDecode,t:cssDecode,t:removeNulls"
            )
        case .fileInclusion:
            let absolute = hasParameter ? #"|^\s*(?:[/\x5c]|[a-z]:[/\x5c]|file:)"# : ""
            return pattern(#"(?i)(?:^|[/\x5c])\.\.(?:[/\x5c]|$)\#(absolute)"#)
        case .remoteInclusion:
            return pattern(#"(?i)^\s*(?:https?|ftps?|file|php|data|expect|phar|zip|zlib|glob|ogg|ssh2):"#)
        case .requestForgery:
            let schemes = "(?:file|gopher|dict|ldaps?|tftp|jar|netdoc):"
            let local =
                #"(?:localhost|0+\b|0x|\d{8,}|127\.|10\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[)"#
            return pattern(#"(?i)^\s*(?:\#(schemes)|(?:[a-z][a-z0-9+.-]*:)?//(?:[^/@]*@)?\#(local))"#)
        case .commandInjection:
            guard hasParameter else { throw tooWide(attack) }
            return pattern(#"[;|&`<>\r\n]|\$[({]"#)
        case .phpInjection:
            return pattern(
                #"(?i)<\?(?:php|=)|\b(?:system|exec|passthru|shell_exec|popen|proc_open|pcntl_exec|assert|eval)\s*\("#
            )
        case .javaInjection, .templateInjection:
            return pattern(#"[$#%*]\{|\{\{|\{%|<%"#)
        case .nodeInjection:
            return pattern(#"(?i)__proto__|constructor\s*[\[.]|\b(?:require|eval|function)\s*\(|child_process"#)
        case .genericInjection:
            guard hasParameter else { throw tooWide(attack) }
            return pattern(#"(?i)[$#%*]\{|\{\{|<%|<\?|__import__|\b(?:eval|exec|system|require|open)\s*\("#)
        case .deserialization:
            return pattern(#"(?:^|\W)(?:rO0AB|aced0005|AAEAAAD/{5}|gAS[A-Z]|[OaC]:\d+:[\x22{])"#)
        case .queryInjection:
            return pattern(#"\$(?:ne|eq|gte?|lte?|n?in|regex|where|exists|or|and|not|expr)\b"#)
        case .directoryInjection:
            guard hasParameter else { throw tooWide(attack) }
            return pattern(#"[()*\x5c\x00]"#)
        case .sessionFixation:
            throw CorrelationError(.noPatch, "no rule can tell fixed sessions from others")
        }
    }

    private static func tooWide(_ attack: AttackClass) -> CorrelationError {
        CorrelationError(
            .noPatch,
            "a rule against \(attack.words) would strike ordinary requests without a parameter to look at",
            hint: "name it with --parameter"
        )
    }

    // MARK: The text

    /// By which files of patches are told from what people write.
    static let firstLine =
        "# A virtual patch, written by redoubt vuln patch: changes are lost. It goes when the finding is mended."

    /// The whole file.
    var text: String {
        get throws(CorrelationError) {
            let detector = try Self.detector(attack, hasParameter: patch.parameter != nil)
            var lines = [
                Self.firstLine,
                "# Finding \(patch.findingIdentifier), route \(patch.pattern)",
            ]
            lines.append(contentsOf: rules(detector))
            return lines.joined(separator: "\n") + "\n"
        }
    }

    private func rules(_ detector: Detector) -> [String] {
        let disruption = patch.state == .enforced ? "deny,status:403" : "pass"
        let place = patch.parameter.map { " in \(Self.shown($0))" } ?? ""
        let message = "Virtual patch: \(attack.words)\(place), finding \(patch.findingIdentifier)"
        let actions =
            "id:\(patch.rule),phase:2,\(disruption),t:none,log,auditlog,msg:'\(message)',tag:'attack-\(attack.rawValue)',"
            + "tag:'redoubt/virtual-patch',tag:'redoubt/finding/\(patch.findingIdentifier)',severity:'CRITICAL',chain"
        var method = "^"
        if let name = patch.pattern.method.map({ String(decoding: $0, as: UTF8.self) }) {
            method = name == "GET" ? "^(?:GET|HEAD)$" : "^\(Self.escaped(Array(name.utf8)))$"
        }
        return [
            #"SecRule REQUEST_METHOD "@rx \#(method)" \"#,
            #"    "\#(actions)""#,
            #"    SecRule REQUEST_FILENAME "@rx \#(Self.path(patch.pattern))" "t:none,t:urlDecodeUni,t:normalizePath,chain""#,
            #"        SecRule \#(variables) "\#(detector.condition)" "\#(detector.transformations)""#,
        ]
    }

    /// Where a parameter may stand: scanners do not tell a query from a cookie or header, and bodies of JSON have it below
    /// others.
    private var variables: String {
        guard let parameter = patch.parameter else { return "ARGS|REQUEST_COOKIES" }
        let name = Self.escaped(Array(parameter.utf8))
        var variables = "ARGS:/(?i)(?:^|[.\\[])\(name)\\]?$/|REQUEST_COOKIES:\(parameter)|REQUEST_HEADERS:\(parameter)"
        // An expression for absolute paths holds for all paths of requests.
        let isInPath = patch.pattern.description.contains("{\(parameter)}") && attack != .fileInclusion
        if isInPath { variables += "|REQUEST_FILENAME" }
        return variables
    }

    /// Whether a name can stand in a variable of a rule as it is.
    static func isPlain(_ parameter: String) -> Bool {
        (1...128).contains(parameter.utf8.count)
            && parameter.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// The pattern of a route's paths as an expression.
    static func path(_ pattern: RoutePattern) -> String {
        var text = "^"
        for segment in pattern.segments {
            switch segment {
            // A plus sign is a blank to `urlDecodeUni`.
            case .literal(let bytes):
                text += "/" + escaped(decoded(bytes)).replacing(#"\x2b"#, with: #"[\x2b\x20]"#)
            case .parameter: text += "/[^/]+"
            }
        }
        return text + (pattern.coversBelow ? "(?:/|$)" : "/?$")
    }

    /// Patterns hold what needs it percent-encoded, rules see it decoded.
    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                result.append(value)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// Bytes as an expression that matches them alone; none of them can end the text that it stands in.
    private static func escaped(_ bytes: [UInt8]) -> String {
        bytes.map { byte -> String in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "~"):
                return String(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16)
                return "\\x" + (digits.count == 1 ? "0" + digits : digits)
            }
        }.joined()
    }

    /// Without what would end a message.
    private static func shown(_ text: String) -> String {
        String(text.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "." ? $0 : "?" })
    }
}
