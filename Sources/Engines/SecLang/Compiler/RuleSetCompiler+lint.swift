// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Warnings of rules that load but do not do what they seem to, told at the word that is meant.
extension RuleSetCompiler {
    func lint(_ directive: RawDirective, _ targets: TargetList, _ compiled: CompiledOperator) {
        lintPaths(directive, targets)
        if case .byteRange(let set) = compiled.op {
            for item in set.unreadableItems {
                report(
                    .warning,
                    place(of: Array(item.utf8), in: directive.arguments[1], directive),
                    "\(item) is neither a byte nor a range of bytes; @validateByteRange takes what is no number as 0",
                    hint: "write numbers from 0 to 255 and ranges of them, such as 9,10,13,32-126"
                )
            }
        }
        if openChain != nil, directive.arguments.count == 3 {
            lintLink(directive, directive.arguments[2])
        }
    }

    /// XPath expressions that do not compile select nothing in any document.
    private func lintPaths(_ directive: RawDirective, _ targets: TargetList) {
        for target in targets.targets + targets.exclusions {
            guard case .xpath(let expression) = target.selector, let fault = XMLSelector.fault(in: expression) else {
                continue
            }
            report(
                .warning,
                place(of: Array(expression.utf8), in: directive.arguments[0], directive),
                "\(expression) is no XPath expression, the rule never sees a value of it: \(fault)",
                hint: "`XML:/*` is the text of all elements, `XML://@*` the values of all attributes"
            )
        }
    }

    /// What describes a rule is taken from the first rule of a chain.
    func lintLink(_ directive: RawDirective, _ argument: RawDirective.Argument) {
        guard let chain = openChain, let pieces = try? ActionParser.split(argument.bytes) else {
            return
        }
        for piece in pieces where Self.startersActions.contains(piece.name) && !chain.starter.says(piece.name) {
            report(
                .warning,
                directive.location(of: argument, offset: piece.start),
                "\(piece.name) has no effect on a chained rule",
                hint: "move it to the rule at \(chain.starter.location), which starts the chain"
            )
        }
    }

    private static let startersActions: Set<String> = [
        "id", "rev", "ver", "tag", "maturity", "accuracy", "log", "nolog", "auditlog", "noauditlog", "pause",
    ]

    /// Whether what a rule looks up outside is only looked up once a setting asks for it: the chain begins with a look
    /// at TX alone, as in the Core Rule Set.
    static func isSwitchedBySetting(_ chain: Rule) -> Bool {
        !chain.targets.isEmpty && chain.targets.allSatisfy { $0.variable == .tx }
    }

    /// Where a text stands in an argument; the argument's start, should it not be there.
    private func place(
        of text: [UInt8],
        in argument: RawDirective.Argument,
        _ directive: RawDirective
    ) -> SourceLocation {
        let offset = argument.bytes.withUnsafeBufferPointer { bytes in
            text.withUnsafeBufferPointer { SubstringSearch.firstOffset(of: $0, in: bytes) }
        }
        return directive.location(of: argument, offset: offset ?? 0)
    }

    /// Logs that are named but never written.
    func lintLogs() {
        let audit = settings.audit
        switch audit.kind {
        case .https:
            warn(
                of: "secauditlogtype",
                "SecAuditLogType HTTPS writes nothing: records are not sent anywhere",
                hint: "use Serial or Concurrent, and let a collector send the files"
            )
        case .concurrent where audit.storageDirectory == nil:
            warn(
                of: "secauditlogtype",
                "SecAuditLogType Concurrent writes nothing without SecAuditLogStorageDir",
                hint: "name the folder of the records with SecAuditLogStorageDir"
            )
        case .serial where audit.secondFile != nil:
            warn(
                of: "secauditlog2",
                "SecAuditLog2 has no effect: it is a second index of concurrent logs",
                hint: "say SecAuditLogType Concurrent, or remove it"
            )
        default:
            break
        }
        if settings.debugLogLevel > 0, settings.debugLogFile == nil {
            warn(
                of: "secdebugloglevel",
                "SecDebugLogLevel has no effect: no SecDebugLog names a file",
                hint: "name one with SecDebugLog, or use `redoubt waf eval --debug-log`"
            )
        }
    }

    private func warn(of directive: String, _ message: String, hint: String) {
        let nowhere = SourceLocation(file: "", line: 1)
        report(.warning, settingLocations[directive] ?? nowhere, message, hint: hint)
    }
}

extension RuleDraft {
    /// Whether the rule's logging is what an action without a value asks for.
    fileprivate func says(_ action: String) -> Bool {
        switch action {
        case "log": actions.log == true
        case "nolog": actions.log == false
        case "auditlog": actions.auditlog == true
        case "noauditlog": actions.auditlog == false
        default: false
        }
    }
}
