// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Puts the items of lists into conditions, as text, which is what the language is defined by: the name of a list stands
/// for its items wherever blanks, parentheses, commas or equal signs surround it.
struct ListSubstitution {
    /// A list with the lists that it names put in.
    struct Expanded {
        var name: [UInt8]
        /// The items as they stand in a condition, with commas between.
        var text: [UInt8]
        var isUsed = false
    }

    private(set) var lists: [Expanded] = []

    /// - Parameter definitions: in the order in which they are put in.
    init(_ definitions: NamedItems<ListDefinition>) {
        var used: Set<String> = []
        for list in definitions.items {
            var items: [String] = []
            for item in list.items {
                if let named = definitions[item], named.index < list.visibility {
                    used.insert(named.name)
                    items += named.items
                } else {
                    items.append(item)
                }
            }
            let text = items.map(RuleException.quoted).joined(separator: ", ")
            lists.append(Expanded(name: Array(list.name.utf8), text: Array(text.utf8)))
        }
        for place in lists.indices where used.contains(definitions.items[place].name) {
            lists[place].isUsed = true
        }
    }

    /// - Returns: nil where the text would grow beyond what a condition may be.
    mutating func resolve(_ condition: String) -> [UInt8]? {
        var text = Array(condition.utf8)
        for place in lists.indices where !lists[place].name.isEmpty {
            guard let resolved = Self.put(lists[place], into: text) else { continue }
            lists[place].isUsed = true
            text = resolved
            guard text.count <= ConditionParser.maximumLength else { return nil }
        }
        return text
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        isBlank(byte) || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: ",")
            || byte == UInt8(ascii: "=")
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    /// The text with the list in place of its name; nil where the name does not stand in it.
    private static func put(_ list: Expanded, into text: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        let name = list.name
        while index + name.count <= text.count {
            guard text[index] == name[0], text[index..<index + name.count].elementsEqual(name),
                index == 0 || isDelimiter(text[index - 1]),
                index + name.count == text.count || isDelimiter(text[index + name.count])
            else {
                index += 1
                continue
            }
            var end = index + name.count
            while end < text.count, isBlank(text[end]) {
                end += 1
            }
            result += text[copied..<index]
            while let last = result.last, isBlank(last) {
                result.removeLast()
            }
            // An empty list takes one comma with it.
            if list.text.isEmpty {
                if result.last == UInt8(ascii: ",") {
                    result.removeLast()
                } else if end < text.count, text[end] == UInt8(ascii: ",") {
                    end += 1
                }
            }
            if !result.isEmpty {
                result.append(UInt8(ascii: " "))
            }
            result += list.text
            result.append(UInt8(ascii: " "))
            guard result.count <= ConditionParser.maximumLength else { return result }
            copied = end
            index = end
        }
        guard copied > 0 else { return nil }
        return result + text[copied...]
    }
}
