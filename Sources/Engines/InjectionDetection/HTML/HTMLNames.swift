// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a value of an attribute may do.
enum HTMLAttributeKind: UInt8 {
    /// Nothing that is known to be dangerous.
    case harmless
    /// Any value is dangerous.
    case dangerous
    /// The value is a URL.
    case url
    /// The value names another attribute.
    case attributeName
}

/// The elements and attributes that carry scripts, built at first use.
struct HTMLNames: Sendable {
    private let tags: NameTable
    private let tagPrefixes: PrefixList
    private let attributes: NameTable
    private let attributePrefixes: PrefixList

    /// The one copy.
    static let shared = HTMLNames()

    init() {
        var tags: [(offset: Int, length: Int, value: UInt8)] = []
        StaticText(HTMLNameData.tags).forEachWord { word, offset in
            tags.append((offset, word.count, 1))
        }
        self.tags = NameTable(text: HTMLNameData.tags, names: tags)
        tagPrefixes = PrefixList(HTMLNameData.tagPrefixes)
        var attributes: [(offset: Int, length: Int, value: UInt8)] = []
        StaticText(HTMLNameData.attributes).forEachWord { word, offset in
            guard word.count > 1 else { return }
            attributes.append((offset + 1, word.count - 1, Self.kind(word[0]).rawValue))
        }
        self.attributes = NameTable(text: HTMLNameData.attributes, names: attributes)
        attributePrefixes = PrefixList(HTMLNameData.attributePrefixes)
    }

    private static func kind(_ letter: UInt8) -> HTMLAttributeKind {
        switch letter {
        case UInt8(ascii: "!"): .dangerous
        case UInt8(ascii: "u"): .url
        case UInt8(ascii: "i"): .attributeName
        default: .harmless
        }
    }

    /// Whether an element runs scripts or loads what does.
    func isDangerousTag(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count >= 3 else { return false }
        return lookUp(name, in: tags) != nil || tagPrefixes.hasPrefix(of: name)
    }

    /// What an attribute's value may do.
    func kind(ofAttribute name: UnsafeBufferPointer<UInt8>) -> HTMLAttributeKind {
        guard name.count >= 2 else { return .harmless }
        if name.count >= 5, attributePrefixes.hasPrefix(of: name) {
            return .dangerous
        }
        return lookUp(name, in: attributes).flatMap(HTMLAttributeKind.init) ?? .harmless
    }

    /// Looks up a name without its zero bytes, which old browsers ignore.
    private func lookUp(_ name: UnsafeBufferPointer<UInt8>, in table: NameTable) -> UInt8? {
        if name.contains(0) {
            return lookUpWithoutZeroBytes(name, in: table)
        }
        return name.baseAddress.flatMap { table.value(of: $0, count: name.count) }
    }

    private func lookUpWithoutZeroBytes(_ name: UnsafeBufferPointer<UInt8>, in table: NameTable) -> UInt8? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NameTable.longestName) { buffer in
            var count = 0
            for byte in name where byte != 0 {
                guard count < buffer.count else { return nil }
                buffer.initializeElement(at: count, to: byte)
                count += 1
            }
            guard let start = buffer.baseAddress else { return nil }
            return table.value(of: UnsafePointer(start), count: count)
        }
    }
}
