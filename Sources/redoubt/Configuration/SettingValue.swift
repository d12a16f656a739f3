// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang

/// Who said what a setting is.
enum SettingOrigin: Hashable, CustomStringConvertible {
    /// An option of the command, `--listen`.
    case flag(String)
    /// A variable of the environment.
    case environment(String)
    /// A place in the configuration file.
    case file(SourceLocation)
    /// Nobody: the value that is built in.
    case standard

    var description: String {
        switch self {
        case .flag(let name): "flag \(name)"
        case .environment(let name): "environment \(name)"
        case .file(let location): "\(location.file):\(location.line)"
        case .standard: "default"
        }
    }

    /// Whether whoever started this very process said it; such a word goes before any of the file's.
    var isFromCommand: Bool {
        switch self {
        case .flag, .environment: true
        case .file, .standard: false
        }
    }
}

/// A piece of text with its place.
struct SettingText: Hashable {
    var text: String
    var origin: SettingOrigin
}

/// What a setting was given: one text, or for a list any number.
struct SettingValue: Hashable {
    var elements: [SettingText]
    /// Where the value as a whole stands.
    var origin: SettingOrigin

    init(_ elements: [SettingText], origin: SettingOrigin) {
        self.elements = elements
        self.origin = origin
    }

    /// Texts that all have the same origin.
    init(_ texts: [String], _ origin: SettingOrigin) {
        self.init(texts.map { SettingText(text: $0, origin: origin) }, origin: origin)
    }

    var texts: [String] { elements.map(\.text) }
}

/// A mistake in what the program was told, with the place where it was told.
struct ConfigurationProblem: Error, Hashable {
    var origin: SettingOrigin
    /// What was found and what was expected.
    var message: String
    var hint: String?
    var severity = Diagnostic.Severity.error

    init(_ origin: SettingOrigin, _ message: String, hint: String? = nil, severity: Diagnostic.Severity = .error) {
        self.origin = origin
        self.message = message
        self.hint = hint
        self.severity = severity
    }

    /// The mistake as rule files' mistakes are shown; nil where it does not stand in a file.
    var diagnostic: Diagnostic? {
        guard case .file(let location) = origin else {
            return nil
        }
        return Diagnostic(severity: severity, location: location, message: message, hint: hint)
    }
}
