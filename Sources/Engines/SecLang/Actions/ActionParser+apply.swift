// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension ActionParser {
    /// Adds one action to the list.
    func apply(_ piece: Piece, to list: inout ActionList) throws(SyntaxError) {
        if try applyMetadata(piece, to: &list) {
            return
        }
        if try applyFlow(piece, to: &list) {
            return
        }
        if try applyState(piece, to: &list) {
            return
        }
        if let reason = Self.refused[piece.name] {
            throw SyntaxError("the action \(piece.name) is not available: \(reason)", at: piece.start)
        }
        throw SyntaxError(
            "Expecting an action, got:  \(piece.rest)",
            at: piece.start,
            hint: NearestName.hint(for: piece.name, among: Self.names)
        )
    }

    static let names = [
        "id", "phase", "rev", "ver", "msg", "logdata", "tag", "severity", "maturity", "accuracy", "pass", "deny",
        "drop",
        "block", "allow", "redirect", "status", "log", "nolog", "auditlog", "noauditlog", "chain", "capture",
        "multimatch", "skip", "skipafter", "pause", "t", "setvar", "setenv", "initcol", "setsid", "setuid", "setrsc",
        "expirevar", "deprecatevar", "ctl", "sanitisearg", "sanitisematched", "sanitisematchedbytes",
        "sanitiserequestheader", "sanitiseresponseheader", "xmlns", "exec", "proxy", "append", "prepend",
    ]

    private static let refused = [
        "proxy": "the upstream of a request is the gateway's configuration, not a rule's",
        "append": "responses are not rewritten",
        "prepend": "responses are not rewritten",
    ]

    private func applyMetadata(_ piece: Piece, to list: inout ActionList) throws(SyntaxError) -> Bool {
        switch piece.name {
        case "id":
            list.id = try identifier(piece)
        case "phase":
            list.phase = try phase(piece)
        case "rev":
            list.rev = try value(piece)
        case "ver":
            list.ver = try value(piece)
        case "msg":
            list.msg = Macro(try value(piece), slots: slots)
        case "logdata":
            list.logdata = Macro(try value(piece), slots: slots)
        case "tag":
            list.tags.append(Macro(try value(piece), slots: slots))
        case "severity":
            list.severity = try severity(piece)
        case "maturity":
            list.maturity = try number(piece, in: 0...9)
        case "accuracy":
            list.accuracy = try number(piece, in: 0...9)
        case "log":
            list.log = true
            list.auditlog = list.auditlog ?? true
        case "nolog":
            list.log = false
            // `nolog` implies `noauditlog`, unless an `auditlog` follows.
            list.auditlog = false
        case "auditlog":
            list.auditlog = true
        case "noauditlog":
            list.auditlog = false
        case "xmlns":
            list.namespaces.append(try namespace(piece))
        default:
            return false
        }
        return true
    }

    private func applyFlow(_ piece: Piece, to list: inout ActionList) throws(SyntaxError) -> Bool {
        switch piece.name {
        case "pass":
            list.disruptive = .pass
        case "deny":
            list.disruptive = .deny
        case "drop":
            list.disruptive = .drop
        case "block":
            // `deny,block` keeps its deny: block only stands for what is said elsewhere.
            list.disruptive = list.disruptive ?? .block
        case "allow":
            list.disruptive = .allow(try allowScope(piece))
        case "redirect":
            list.disruptive = .redirect(Macro(try value(piece), slots: slots))
        case "status":
            list.status = try number(piece, in: 100...999)
        case "chain":
            list.isChained = true
        case "capture":
            list.capture = true
        case "multimatch":
            list.multiMatch = true
        case "skip":
            list.skip = try number(piece, in: 0...100_000)
        case "skipafter":
            list.skipAfter = try value(piece)
        case "pause":
            list.pause = try number(piece, in: 0...3_600_000)
        case "t":
            try applyTransformation(piece, to: &list)
        default:
            return false
        }
        if Self.disruptiveNames.contains(piece.name) {
            list.disruptiveText = piece.value.map { "\(piece.name):\($0.lossyText)" } ?? piece.name
        }
        return true
    }

    private static let disruptiveNames: Set<String> = ["pass", "deny", "drop", "block", "allow", "redirect"]

    private func applyTransformation(_ piece: Piece, to list: inout ActionList) throws(SyntaxError) {
        let name = String(decoding: try value(piece), as: UTF8.self)
        if name.lowercased() == "none" {
            list.clearsTransformations = true
            list.transformations = []
            return
        }
        guard let transformation = Transformation(name: name) else {
            throw SyntaxError(
                "unknown transformation \(name)",
                at: piece.valueStart,
                hint: NearestName.hint(for: name, among: Transformation.allCases.map(\.name))
            )
        }
        list.transformations.append(transformation)
    }

    private func applyState(_ piece: Piece, to list: inout ActionList) throws(SyntaxError) -> Bool {
        switch piece.name {
        case "setvar":
            list.setVariables.append(try setVariable(piece))
            list.setVariableTexts.append(try text(piece))
        case "setenv":
            list.setEnvironment.append(try setEnvironment(piece))
        case "initcol":
            list.initializeCollections.append(try initializeCollection(piece))
        case "setsid":
            list.initializeCollections.append(try keyedCollection(piece, .session, identifier: .sessionID))
        case "setuid":
            list.initializeCollections.append(try keyedCollection(piece, .user, identifier: .userID))
        case "setrsc":
            list.initializeCollections.append(try keyedCollection(piece, .resource, identifier: nil))
        case "expirevar":
            list.expireVariables.append(try expireVariable(piece))
        case "deprecatevar":
            list.deprecateVariables.append(try deprecateVariable(piece))
        case "ctl":
            list.controls.append(try control(piece))
            list.controlTexts.append(try text(piece))
        case "exec":
            list.programs.append(try programs.program(try value(piece), use: "exec"))
        default:
            return try applySanitise(piece, to: &list)
        }
        return true
    }

    private func applySanitise(_ piece: Piece, to list: inout ActionList) throws(SyntaxError) -> Bool {
        switch piece.name.replacing("sanitize", with: "sanitise") {
        case "sanitisearg":
            list.sanitise.append(.argument(try value(piece).asciiLowercased()))
        case "sanitiserequestheader":
            list.sanitise.append(.requestHeader(try value(piece).asciiLowercased()))
        case "sanitiseresponseheader":
            list.sanitise.append(.responseHeader(try value(piece).asciiLowercased()))
        case "sanitisematched":
            list.sanitise.append(.matched)
        case "sanitisematchedbytes":
            list.sanitise.append(try matchedBytes(piece))
        default:
            return false
        }
        return true
    }
}
