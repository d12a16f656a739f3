// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How much a rule's alert matters, from most to least (the levels of syslog, RFC 5424).
package enum RulePriority: UInt8, Sendable, CaseIterable, Comparable {
    case emergency, alert, critical, error, warning, notice, informational, debug

    /// Reads a priority without regard to case; `INFO` is short for informational.
    package init?(name: String) {
        let name = name.lowercased()
        if name == "info" {
            self = .informational
            return
        }
        guard let priority = Self.allCases.first(where: { $0.name.lowercased() == name }) else { return nil }
        self = priority
    }

    /// As alerts write it.
    package var name: String {
        switch self {
        case .emergency: "Emergency"
        case .alert: "Alert"
        case .critical: "Critical"
        case .error: "Error"
        case .warning: "Warning"
        case .notice: "Notice"
        case .informational: "Informational"
        case .debug: "Debug"
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A list as it stands after all files.
struct ListDefinition {
    var name: String
    var items: [String]
    var index = 0
    var visibility = 0
    var context: LoadContext
}

/// A macro as it stands after all files.
struct MacroDefinition {
    var name: String
    var condition: String
    var index = 0
    var visibility = 0
    var context: LoadContext
    var conditionContext: LoadContext
}

/// A rule as it stands after all files.
struct RuleDefinition {
    var name: String
    var condition: String
    var output: String
    var description: String
    var priority: RulePriority
    var source: String
    var isSourceUnknown = false
    var isEnabled = true
    var warnsAboutEventTypes = true
    var skipsUnknownFields = false
    var tags: Set<String> = []
    var exceptions: [RuleException] = []
    var capture = false
    /// In milliseconds.
    var captureDuration: Int?
    var index = 0
    var visibility = 0
    var context: LoadContext
    var conditionContext: LoadContext
    var outputContext: LoadContext
}

/// An exception of a rule.
struct RuleException {
    /// A scalar or a list of them, of which nothing is given where it is nil.
    indirect enum Entry {
        case item(String)
        case list([Entry])

        var item: String {
            if case .item(let item) = self { item } else { "" }
        }

        var items: [Entry]? {
            if case .list(let items) = self { items } else { nil }
        }
    }

    var name: String
    var fields: Entry?
    var comparisons: Entry?
    var values: [Entry] = []
    var context: LoadContext
}

/// What an item with `append` or `override` changes of an earlier rule.
struct RuleUpdate {
    var name: String
    var condition: String?
    var output: String?
    var description: String?
    var tags: Set<String>?
    var exceptions: [RuleException]?
    var priority: RulePriority?
    var isEnabled: Bool?
    var warnsAboutEventTypes: Bool?
    var skipsUnknownFields: Bool?
    var capture: Bool?
    var captureDuration: Int?
    var context: LoadContext
    var conditionContext: LoadContext?
    var outputContext: LoadContext?

    var isEmpty: Bool {
        condition == nil && output == nil && description == nil && tags == nil && exceptions == nil && priority == nil
            && isEnabled == nil && warnsAboutEventTypes == nil && skipsUnknownFields == nil && capture == nil
            && captureDuration == nil
    }
}

/// A version as `major.minor.patch`, ordered.
struct RuleVersion: Comparable, CustomStringConvertible {
    var major: Int
    var minor: Int
    var patch: Int

    init(_ major: Int, _ minor: Int, _ patch: Int) {
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    /// Three numbers with dots; what comes behind `-` or `+` is not looked at. Nil where it is none.
    init?(_ text: String) {
        let core = text.prefix { $0 != "-" && $0 != "+" }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let major = parts[0], let minor = parts[1], let patch = parts[2],
            major >= 0, minor >= 0, patch >= 0
        else { return nil }
        self.init(major, minor, patch)
    }

    /// Whether rules that ask for `required` work with this version.
    func satisfies(_ required: RuleVersion) -> Bool {
        major == required.major && self >= required
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    var description: String { "\(major).\(minor).\(patch)" }
}
