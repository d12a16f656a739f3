// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A program that a rule names: in `exec`, `@inspectFile` or `SecRuleScript`.
public struct RuleProgram: Sendable, Hashable {
    public enum Kind: Sendable {
        /// A file that the system executes.
        case executable
        /// A Lua script with a function `main`, which an interpreter runs.
        case script
    }

    /// As far as it is known when the rules load: absolute, or relative to the working directory.
    public var path: String
    /// A name that ends in `.lua` is a script's, as in ModSecurity.
    public var kind: Kind

    public init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }
}

/// How the compiler makes sure of the programs that rules name.
public struct ProgramAccess: Sendable {
    /// Throws, with a reason that fits behind the program's path, where a program could not run.
    public var check: @Sendable (_ program: RuleProgram) throws -> Void

    public init(check: @escaping @Sendable (_ program: RuleProgram) throws -> Void) {
        self.check = check
    }
}

/// Runs programs outside of this process, for the engine has none of its own.
public struct ProgramRunner: Sendable {
    /// Runs a program to its end and waits for it; `answer` is called for what a script asks.
    public typealias Run = @Sendable (_ call: ProgramCall, _ answer: (ScriptRequest) -> [ScriptValue]) -> ProgramOutcome

    /// How long all programs together that a transaction waits for may take, in nanoseconds.
    public var patience: UInt64
    public var run: Run
    /// Starts a program whose result nobody wants; returns why it does not run, or nil.
    public var start: @Sendable (_ call: ProgramCall) -> String?

    public init(patience: UInt64, run: @escaping Run, start: @escaping @Sendable (_ call: ProgramCall) -> String?) {
        self.patience = patience
        self.run = run
        self.start = start
    }
}

/// One run of a program.
public struct ProgramCall: Sendable {
    /// What a program gets besides its environment.
    public enum Argument: Sendable, Equatable {
        case none
        /// A value as it is.
        case text([UInt8])
        /// The path of a file with these bytes, which is there as long as the program runs.
        case file([UInt8])
    }

    public var program: RuleProgram
    public var argument: Argument
    /// Names and values, in the manner of CGI; a program has no other environment.
    public var environment: [(name: [UInt8], value: [UInt8])]
    /// How long it may take, in nanoseconds.
    public var patience: UInt64
}

/// How a run ended.
public enum ProgramOutcome: Sendable, Equatable {
    /// What an executable wrote, or what a script's `main` returned; nil where that was no text.
    case finished([UInt8]?)
    /// Why there is no result, to fit behind "failed: ".
    case failed(String)
}

/// What a script asks for while it runs, as in ModSecurity: `m.log`, `m.getvar`, `m.getvars`, `m.setvar`.
public enum ScriptRequest: Sendable, Equatable {
    case log(level: Int, text: [UInt8])
    /// The first value of a variable such as `ARGS.name`, after the transformations of these names.
    case value(name: [UInt8], transformations: [[UInt8]])
    /// All values of a variable.
    case values(name: [UInt8], transformations: [[UInt8]])
    /// `TX.name` or a name in another collection.
    case set(name: [UInt8], value: [UInt8])
}

/// A value with its name, `ARGS:name`.
public struct ScriptValue: Sendable, Equatable {
    public var name: [UInt8]
    public var value: [UInt8]

    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }
}
