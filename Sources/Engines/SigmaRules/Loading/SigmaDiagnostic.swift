// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Something about a rule file that its author should know.
package struct SigmaDiagnostic: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Severity: String, Sendable, Hashable {
        /// The document is left out.
        case error
        /// The document is used as far as it is understood.
        case warning
    }

    /// What kind of trouble it is; few enough to count by.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// Not YAML, or not UTF-8.
        case yaml
        /// Larger, deeper or more than is taken.
        case limit
        /// A member is missing or has another form than Sigma gives it.
        case structure
        /// A modifier is unknown, or cannot be used with this value.
        case modifier
        /// A value that does not fit: a bad regular expression, network, number or time.
        case value
        /// A condition that does not follow the grammar, or names what is not there.
        case condition
        /// Another rule that is named is not there, or refers back.
        case reference
        /// Two rules with one id or name.
        case duplicate
    }

    package var severity: Severity
    package var code: Code
    package var file: String
    /// From 1; 0 where no line can be told.
    package var line: Int
    /// From 1, in characters; 0 where none can be told.
    package var column: Int
    /// What was found and what was expected.
    package var message: String
    /// The title of the rule, where it was read before.
    package var rule: String?

    package init(
        _ severity: Severity,
        _ code: Code,
        file: String,
        line: Int,
        column: Int,
        _ message: String,
        rule: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.rule = rule
    }

    package var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        return "\(place): \(severity.rawValue): \(message)\(rule.map { " (rule \"\($0)\")" } ?? "")"
    }
}

/// A file of rules, as it was read by the caller.
package struct SigmaFile: Sendable {
    /// What diagnostics call it.
    package var name: String
    package var bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    package init(name: String, text: String) {
        self.init(name: name, bytes: Array(text.utf8))
    }
}

/// How much is taken from rule files, and what placeholders stand for.
package struct SigmaOptions: Sendable {
    /// The bytes of one file.
    package var fileBytes = 16 << 20
    /// The rules of one set.
    package var rules = 50_000
    /// The parts of one document, aliases counted as often as they are used.
    package var documentNodes = 200_000
    /// The values of one field's list.
    package var listValues = 100_000
    /// How deep parts of a document and parentheses of a condition may nest.
    package var depth = 100
    /// The values of `%name%`, for the modifier `expand`; a rule with a name that is not here is refused.
    package var placeholders: [String: [String]] = [:]

    package init() {}
}
