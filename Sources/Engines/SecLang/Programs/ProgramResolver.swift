// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds the programs that a rule file names, where programs are allowed at all.
struct ProgramResolver {
    let compiler: RuleSetCompiler
    /// The rule file, beside which programs may lie.
    let file: String

    /// - Parameter use: what names the program, for messages: `exec`, `@inspectFile`, `SecRuleScript`.
    /// - Throws: `SyntaxError` where programs are off, or this one could not run.
    func program(_ name: [UInt8], use: String) throws(SyntaxError) -> RuleProgram {
        guard let access = compiler.options.programs else {
            throw SyntaxError(
                "\(use) is off: rules may not start programs",
                hint: "allow it with --allow-programs, or \"allow_programs: true\" in redoubt.yaml"
            )
        }
        guard !name.isEmpty, !name.contains(0) else {
            throw SyntaxError("\(use) needs the path of a program")
        }
        let written = name.lossyText
        let candidates = compiler.paths(for: written, in: file)
        let path = candidates.first { compiler.files.exists($0) } ?? written
        let program = RuleProgram(path: path, kind: written.hasSuffix(".lua") ? .script : .executable)
        do {
            try access.check(program)
        } catch {
            throw SyntaxError("\(use): \(path): \(error)")
        }
        return program
    }
}

extension RuleSetCompiler {
    /// `SecRuleScript FILE [ACTIONS]`: a rule that matches where a script's `main` returns a text.
    func addScript(_ directive: RawDirective) throws(DirectiveError) {
        guard let argument = directive.arguments.first, directive.arguments.count <= 2 else {
            throw DirectiveError(directive.location, "SecRuleScript takes a script and perhaps actions")
        }
        let program: RuleProgram
        do {
            let resolver = ProgramResolver(compiler: self, file: directive.line.file)
            program = try resolver.program(argument.bytes, use: "SecRuleScript")
        } catch {
            throw DirectiveError(directive, argument, error)
        }
        guard program.kind == .script else {
            throw DirectiveError(
                directive.location(of: argument),
                "Failed to load script: \(program.path): the name of a Lua script ends in .lua"
            )
        }
        let actions = directive.arguments.count == 2 ? try actions(directive, directive.arguments[1]) : ActionList()
        if openChain != nil, directive.arguments.count == 2 {
            lintLink(directive, directive.arguments[1])
        }
        try add(
            RuleDraft(
                location: directive.location,
                targets: TargetList(),
                op: .program(program),
                isNegated: false,
                operatorName: Array("Script".utf8),
                operatorArgument: argument.bytes,
                actions: actions
            )
        )
    }
}
