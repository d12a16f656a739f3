// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The types that events of a source have, by number: what `evt.type`, `syscall.type` and `evt.dir` say of them, and
/// which parameters they carry.
///
/// Rules are compiled once for each kind of type, with all that is known of the type put in, so that no rule is ever
/// looked at for an event that it cannot match.
package struct EventTypeTable: Sendable {
    package struct Entry: Sendable {
        /// What `evt.type` says; nil where that differs from event to event (system calls without a type of their own).
        package var name: String?
        /// Whether `syscall.type` says the same; else it is absent.
        package var isSystemCall: Bool
        /// Whether it is the beginning of a system call: `evt.dir` is `>`, else `<`.
        package var isEnter: Bool
        /// Whether rules see events of this type at all.
        package var isDelivered: Bool
        /// The names of its parameters, for `evt.arg.NAME`; nil where they are not known.
        package var parameters: [String]?

        package init(
            name: String?,
            isSystemCall: Bool = true,
            isEnter: Bool = false,
            isDelivered: Bool = true,
            parameters: [String]? = nil
        ) {
            self.name = name
            self.isSystemCall = isSystemCall
            self.isEnter = isEnter
            self.isDelivered = isDelivered
            self.parameters = parameters
        }
    }

    package let entries: [Entry]
    /// Names that an event of a type without a fixed name may have.
    package let variableNames: Set<String>
    private let numbers: [String: [Int]]

    package init(entries: [Entry], variableNames: Set<String> = []) {
        self.entries = entries
        self.variableNames = variableNames
        var numbers: [String: [Int]] = [:]
        for (number, entry) in entries.enumerated() {
            if let name = entry.name {
                numbers[name, default: []].append(number)
            }
        }
        self.numbers = numbers
    }

    /// For sources whose events are of one nameless kind.
    package static let none = EventTypeTable(entries: [Entry(name: nil, isSystemCall: false)])

    package var count: Int { entries.count }

    /// Whether any event can be of the type.
    package func isKnown(_ name: String) -> Bool {
        numbers[name] != nil || variableNames.contains(name)
    }

    /// The numbers of all types of the name, enter and exit and all versions.
    package func types(named name: String) -> [Int] {
        numbers[name] ?? []
    }
}
