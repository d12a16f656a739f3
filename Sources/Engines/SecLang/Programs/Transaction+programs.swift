// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Rules that look through the eyes of a program.
extension Transaction {
    /// `SecRuleScript`, or `@inspectFile` for each value of the rule.
    ///
    /// A program that fails decides nothing: its rule does not match, negated or not, and the failure is logged.
    mutating func matchProgram(
        _ rule: Rule,
        _ starter: Rule,
        _ program: RuleProgram,
        _ pending: inout PendingMatch
    ) -> Bool {
        guard !rule.targets.isEmpty else {
            let result = wait(for: program, .none, of: rule)
            guard case .some(.some) = result else {
                return false
            }
            matchScratch.reset()
            recordMatch(rule, starter, nil, value: .empty, &pending)
            return true
        }
        var list: [ValueReference] = []
        swap(&list, &references)
        list.removeAll(keepingCapacity: true)
        for target in rule.targets where !isExcludedAltogether(target, in: rule) {
            collect(target, into: &list)
        }
        removeExcluded(from: &list, rule)
        var isMatch = false
        for reference in list {
            guard phase == 5 || isWithinBudget() else {
                break
            }
            let value = transform(reference, along: rule.path)
            traceTarget(reference, value)
            guard let isFound = inspect(reference, value, program, rule), isFound != rule.isNegated else {
                continue
            }
            matchScratch.reset()
            recordMatch(rule, starter, reference, value: value, &pending)
            isMatch = true
        }
        swap(&list, &references)
        return isMatch
    }

    /// Whether a program objects to a value; nil where it failed.
    private mutating func inspect(
        _ reference: ValueReference,
        _ value: ByteRange,
        _ program: RuleProgram,
        _ rule: Rule
    ) -> Bool? {
        guard let output = wait(for: program, argument(for: reference, value), of: rule) else {
            return nil
        }
        guard program.kind == .executable else {
            return output != nil
        }
        guard let first = output?.first else {
            noteFailure(of: program, rule, "it wrote nothing")
            return nil
        }
        // "1" means that the program approves.
        return first != UInt8(ascii: "1")
    }

    /// Uploads are held in memory, so a program gets a file with the content of the one that it is to inspect.
    private func argument(for reference: ValueReference, _ value: ByteRange) -> ProgramCall.Argument {
        switch reference.variable {
        case .filesTmpContent:
            return .file(arena.array(value))
        case .filesTmpNames:
            let names = lists[ValueList.filesTmpNames.rawValue]
            let contents = lists[ValueList.filesTmpContent.rawValue]
            guard let place = names.firstIndex(of: reference.index), place < contents.count else {
                return .file([])
            }
            return .file(arena.array(values[Int(contents[place])].bytes))
        default:
            return .text(arena.array(value))
        }
    }

    /// Runs a program to its end.
    ///
    /// - Returns: its result; nil where it failed.
    private mutating func wait(
        for program: RuleProgram,
        _ argument: ProgramCall.Argument,
        of rule: Rule
    ) -> [UInt8]?? {
        guard let runner = context.programs else {
            noteFailure(of: program, rule, "nobody runs programs here")
            return nil
        }
        guard usedProgramTime < runner.patience else {
            noteFailure(of: program, rule, "the programs of the transaction have used up their time")
            return nil
        }
        debug(8, "Running script... \(program.path)")
        let start = context.now()
        let patience = runner.patience - usedProgramTime
        let call = ProgramCall(
            program: program,
            argument: argument,
            environment: programEnvironment(for: program),
            patience: patience
        )
        let outcome = runner.run(call) { request in self.answer(request) }
        usedProgramTime &+= context.now() &- start
        switch outcome {
        case .finished(let output):
            debug(9, "Returning from \(program.path): \(Array((output ?? []).prefix(256)).lossyText)")
            return .some(output)
        case .failed(let reason):
            noteFailure(of: program, rule, reason)
            return nil
        }
    }

    // MARK: exec

    /// Starts the programs of `exec`, once for each match of a rule.
    ///
    /// Where the firewall only observes none is started: programs do things, and observing must change nothing.
    mutating func execute(_ rule: Rule) {
        for program in rule.actions.programs {
            guard !context.observesOnly else {
                debug(4, "Not running \(program.path): observed only")
                continue
            }
            guard program.kind == .executable else {
                _ = wait(for: program, .none, of: rule)
                continue
            }
            guard let runner = context.programs else {
                noteFailure(of: program, rule, "nobody runs programs here")
                continue
            }
            debug(8, "Running script... \(program.path)")
            let call = ProgramCall(
                program: program,
                argument: .none,
                environment: programEnvironment(for: program),
                patience: runner.patience
            )
            if let reason = runner.start(call) {
                noteFailure(of: program, rule, reason)
            }
        }
    }

    // MARK: Failures

    /// Logs that a program failed, once for each rule.
    private mutating func noteFailure(of program: RuleProgram, _ rule: Rule, _ reason: String) {
        debug(1, "\(program.path) failed: \(reason)")
        guard !matches.contains(where: { $0.rule == 0 && $0.location == rule.location }) else {
            return
        }
        isRelevant = true
        matches.append(
            RuleMatch(
                rule: 0,
                phase: phase,
                origin: RuleOrigin(
                    rule: 0,
                    location: rule.location,
                    literalTags: [Array("redoubt/program".utf8)]
                ),
                message: Array("The program \(program.path) of rule \(rule.id) failed: \(reason)".utf8),
                data: [],
                severity: 3,
                tags: [Array("redoubt/program".utf8)],
                variable: [],
                value: [],
                explanation: Array("A rule was not decided".utf8),
                reference: [],
                intervention: nil,
                isInErrorLog: true,
                isInAuditLog: true
            )
        )
    }
}
