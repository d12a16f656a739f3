// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A place in a rule file.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file as it was named when it was read.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column in bytes, from 1.
    public var column: Int

    public init(file: String, line: Int, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// What is wrong, or doubtful, in a rule file.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    public enum Severity: String, Sendable {
        case warning, error
    }

    public var severity: Severity
    public var location: SourceLocation
    /// What was found and what was expected.
    public var message: String
    /// How to mend it, where that is known.
    public var hint: String?

    public init(severity: Severity, location: SourceLocation, message: String, hint: String? = nil) {
        self.severity = severity
        self.location = location
        self.message = message
        self.hint = hint
    }

    /// `file:line:column: error: message`
    public var description: String { "\(location): \(severity.rawValue): \(message)" }
}

/// Rules that do not load, with every fault that was found.
public struct SecLangError: Error, Sendable, CustomStringConvertible {
    /// The diagnostics in the order of their discovery; at least one is an error.
    public var diagnostics: [Diagnostic]

    public init(diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// The first error.
    public var first: Diagnostic? { diagnostics.first { $0.severity == .error } }

    public var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}

/// One fault found while a piece of SecLang is parsed; the caller knows the place.
struct SyntaxError: Error {
    var message: String
    var hint: String?
    /// Where in the parsed text, as a byte offset.
    var offset: Int

    init(_ message: String, at offset: Int = 0, hint: String? = nil) {
        self.message = message
        self.offset = offset
        self.hint = hint
    }
}
