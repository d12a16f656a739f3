// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads SecLang files and texts in order and makes a rule set of them.
///
/// Faults are collected, so that one run shows them all; ``finish()`` throws when there was any. Exceptions
/// (`SecRuleRemove…`, `SecRuleUpdate…`) hold for all rules, wherever in the files they stand.
public final class RuleSetCompiler {
    let files: RuleFileAccess
    let options: CompileOptions
    let slots = SlotTable()
    let scratch = RegexBox()

    var settings = EngineSettings()
    var diagnostics: [Diagnostic] = []
    /// Rules and markers in the order of the files.
    var items: [Item] = []
    var exceptions: [RuleException] = []
    /// SecDefaultAction per phase, 1 to 5.
    var defaults: [ActionList?] = Array(repeating: nil, count: 6)
    var defaultLocations: [SourceLocation?] = Array(repeating: nil, count: 6)
    var defaultTexts: [[UInt8]] = Array(repeating: [], count: 6)
    /// Where each setting was last made, by the directive's lower-cased name.
    var settingLocations: [String: SourceLocation] = [:]
    var openChain: (starter: RuleDraft, last: RuleDraft)?
    var identifiers: [Int: SourceLocation] = [:]
    var ruleCount = 0
    private var depth = 0
    /// The line of the directive that is being carried out.
    private(set) var currentLine = 1

    enum Item {
        /// A chain starter with the defaults of its phase at its place.
        case rule(RuleDraft, defaults: ActionList)
        case marker([UInt8])
    }

    static let maximumDiagnostics = 200
    private static let maximumWarnings = 10_000
    private static let maximumIncludes = 10_000
    private var errorCount = 0
    private var warningCount = 0
    private var includeCount = 0

    public init(files: RuleFileAccess = .none, options: CompileOptions = CompileOptions()) {
        self.files = files
        self.options = options
    }

    /// Reads a file and what it includes.
    public func add(file path: String) {
        let bytes: [UInt8]
        do {
            bytes = try files.read(path)
        } catch {
            let place = SourceLocation(file: path, line: 1)
            report(.error, place, "\(path): Not able to open file. \(error)")
            return
        }
        add(bytes, file: path)
    }

    /// Reads rules from a text; `name` stands for the file in diagnostics and logs.
    public func add(text: String, name: String) {
        add(Array(text.utf8), file: name)
    }

    func add(_ bytes: [UInt8], file: String) {
        depth += 1
        defer { depth -= 1 }
        var reader = DirectiveReader(file: file, bytes: bytes)
        do {
            while let directive = try reader.next() {
                handle(directive)
                // Warnings never end the reading: rules behind them would be lost without an error.
                guard errorCount < Self.maximumDiagnostics else {
                    return
                }
            }
        } catch {
            diagnostics += error.diagnostics
            errorCount += 1
        }
        if depth == 1, let chain = openChain {
            report(
                .warning,
                chain.last.location,
                "the chain that starts at \(chain.starter.location) lacks its next rule and never matches",
                hint: "remove `chain` from the last rule, or add the rule that it should lead to"
            )
            chain.starter.isRemoved = true
            openChain = nil
        }
    }

    func report(_ severity: Diagnostic.Severity, _ location: SourceLocation, _ message: String, hint: String? = nil) {
        if severity == .error {
            errorCount += 1
        } else {
            warningCount += 1
            guard warningCount <= Self.maximumWarnings else {
                return
            }
        }
        diagnostics.append(Diagnostic(severity: severity, location: location, message: message, hint: hint))
    }

    private func handle(_ directive: RawDirective) {
        currentLine = directive.location.line
        do {
            try apply(directive)
        } catch {
            report(.error, error.location, error.message, hint: error.hint)
        }
    }

    // MARK: Includes

    func include(_ directive: RawDirective, isOptional: Bool) throws(DirectiveError) {
        let argument = try single(directive)
        guard depth < options.includeDepth else {
            throw DirectiveError(directive.location, "files include one another more than \(options.includeDepth) deep")
        }
        let pattern = argument.text
        let candidates = paths(for: pattern, in: directive.line.file)
        for candidate in candidates {
            let found = files.expand(candidate)
            if !found.isEmpty {
                for path in found {
                    includeFile(path, directive)
                }
                return
            }
        }
        let isPattern = pattern.contains { "*?[".contains($0) }
        if isOptional || isPattern {
            if !isOptional {
                report(.warning, directive.location(of: argument), "no file matches \(pattern)")
            }
            return
        }
        throw DirectiveError(
            directive.location(of: argument),
            "\(pattern): Not able to open file. "
                + candidates.map { "Looking at: '\($0)'" }.joined(separator: ", ")
        )
    }

    private func includeFile(_ path: String, _ directive: RawDirective) {
        includeCount += 1
        guard includeCount <= Self.maximumIncludes else {
            if includeCount == Self.maximumIncludes + 1 {
                report(.error, directive.location, "more than \(Self.maximumIncludes) files are included")
            }
            return
        }
        do {
            add(try files.read(path), file: path)
        } catch {
            report(.error, directive.location, "\(path): Not able to open file. \(error)")
        }
    }

    /// Where a file named in a rule file may be: beside that file, or below the working directory.
    func paths(for path: String, in file: String) -> [String] {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else {
            return [path]
        }
        return [String(file[...slash]) + path, path]
    }

    /// Reads a data file that a rule names.
    func dataFile(_ path: String, in file: String) throws(SyntaxError) -> [UInt8] {
        let candidates = paths(for: path, in: file)
        let found = candidates.first { files.exists($0) } ?? path
        do {
            return try files.read(found)
        } catch {
            throw SyntaxError("Failed to open file: \(path): \(error)")
        }
    }

    func single(_ directive: RawDirective) throws(DirectiveError) -> RawDirective.Argument {
        guard let argument = directive.arguments.first, directive.arguments.count == 1 else {
            throw DirectiveError(directive.location, "\(directive.name.text) takes one argument")
        }
        return argument
    }
}

/// A directive that cannot be carried out, with the place of the fault.
struct DirectiveError: Error {
    var location: SourceLocation
    var message: String
    var hint: String?

    init(_ location: SourceLocation, _ message: String, hint: String? = nil) {
        self.location = location
        self.message = message
        self.hint = hint
    }

    /// A fault inside an argument.
    init(_ directive: RawDirective, _ argument: RawDirective.Argument, _ error: SyntaxError) {
        self.init(directive.location(of: argument, offset: error.offset), error.message, hint: error.hint)
    }
}

/// `SecRuleRemove…` and `SecRuleUpdate…`, kept until all rules are read.
struct RuleException {
    enum Change {
        case remove
        case targets(TargetList, replacing: TargetList?)
        case actions(ActionList, link: Int)
    }

    var selection: RuleSelection
    var change: Change
    var location: SourceLocation
}
