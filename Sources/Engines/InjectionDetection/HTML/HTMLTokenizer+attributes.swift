// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension HTMLTokenizer {
    mutating func beforeAttributeName() -> HTMLToken? {
        switch skipWhite() {
        case nil: enter(.end)
        case UInt8(ascii: "/"): enter(.selfClosingTag, skipping: 1)
        case UInt8(ascii: ">"): give(.tagNameClose, upTo: position + 1, then: .data)
        default: enter(.attributeName)
        }
    }

    /// A name; its first byte may be anything.
    mutating func attributeName() -> HTMLToken? {
        var end = position + 1
        while end < input.count {
            let byte = input[end]
            if byte == UInt8(ascii: "=") {
                return give(.attributeName, upTo: end, skipping: 1, then: .beforeAttributeValue)
            }
            if byte == UInt8(ascii: "/") {
                return give(.attributeName, upTo: end, skipping: 1, then: .selfClosingTag)
            }
            if byte == UInt8(ascii: ">") {
                return give(.attributeName, upTo: end, then: .tagNameClose)
            }
            if Self.isWhite(byte) {
                return give(.attributeName, upTo: end, skipping: 1, then: .afterAttributeName)
            }
            end += 1
        }
        return give(.attributeName, upTo: input.count, then: .end)
    }

    mutating func afterAttributeName() -> HTMLToken? {
        switch skipWhite() {
        case nil: enter(.end)
        case UInt8(ascii: "/"): enter(.selfClosingTag, skipping: 1)
        case UInt8(ascii: "="): enter(.beforeAttributeValue, skipping: 1)
        case UInt8(ascii: ">"): enter(.tagNameClose)
        default: enter(.attributeName)
        }
    }

    mutating func beforeAttributeValue() -> HTMLToken? {
        switch skipWhite() {
        case nil:
            return enter(.end)
        case let quote?
        where quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") || quote == UInt8(ascii: "`"):
            return enter(.quotedValue(quote))
        default:
            return enter(.unquotedValue)
        }
    }

    /// A value up to its quote; at the very beginning of the input no quote opens it.
    mutating func quotedValue(_ quote: UInt8) -> HTMLToken? {
        if position > 0 {
            position += 1
        }
        guard let end = firstIndex(of: quote, from: position) else {
            return give(.attributeValue, upTo: input.count, then: .end)
        }
        return give(.attributeValue, upTo: end, skipping: 1, then: .afterQuotedValue)
    }

    mutating func unquotedValue() -> HTMLToken? {
        var end = position
        while end < input.count {
            let byte = input[end]
            if byte == UInt8(ascii: ">") {
                return give(.attributeValue, upTo: end, then: .tagNameClose)
            }
            if Self.isWhite(byte) {
                return give(.attributeValue, upTo: end, skipping: 1, then: .beforeAttributeName)
            }
            end += 1
        }
        return give(.attributeValue, upTo: end, then: .end)
    }

    mutating func afterQuotedValue() -> HTMLToken? {
        guard position < input.count else { return enter(.end) }
        switch input[position] {
        case UInt8(ascii: "/"): return enter(.selfClosingTag, skipping: 1)
        case UInt8(ascii: ">"): return give(.tagNameClose, upTo: position + 1, then: .data)
        default: return enter(.beforeAttributeName)
        }
    }
}
