// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The identifier of a rule in its engine: a number in SecLang, a name or UUID elsewhere.
package struct RuleID: TextForm, Comparable {
    package let description: String
    /// The rule's number, where the text is one without leading zeros.
    package let number: Int?

    package static let maximumLength = 128

    /// - Parameter number: not negative.
    package init(_ number: Int) {
        self.number = max(0, number)
        description = String(max(0, number))
    }

    /// Reads 1 to ``maximumLength`` bytes without control characters and without spaces at either end.
    package init(parsing text: String) throws(ModelError) {
        let bytes = text.utf8
        guard (1...Self.maximumLength).contains(bytes.count) else {
            throw ModelError(.rule, "expected a rule of 1 to \(Self.maximumLength) bytes, found \(bytes.count)")
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), bytes.first != 0x20, bytes.last != 0x20 else {
            throw ModelError(
                .rule,
                "expected a rule without control characters and outer spaces, found \(ModelError.quote(bytes))"
            )
        }
        description = text
        number = Self.number(text)
    }

    package static func == (left: RuleID, right: RuleID) -> Bool {
        left.number == right.number && (left.number != nil || left.description == right.description)
    }

    /// Most rules have numbers, which are hashed faster than texts.
    package func hash(into hasher: inout Hasher) {
        if let number { hasher.combine(number) } else { hasher.combine(description) }
    }

    private static func number(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text == "0" || text.utf8.first != 0x30 else {
            return nil
        }
        return Int(text)
    }

    /// Numbers by value and before names, names by their bytes.
    package static func < (left: RuleID, right: RuleID) -> Bool {
        switch (left.number, right.number) {
        case (let left?, let right?): left < right
        case (_?, nil): true
        case (nil, _?): false
        case (nil, nil): left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
        }
    }
}
