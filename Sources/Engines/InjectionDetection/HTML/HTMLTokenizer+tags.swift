// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension HTMLTokenizer {
    mutating func data() -> HTMLToken? {
        guard let end = firstIndex(of: UInt8(ascii: "<"), from: position) else {
            guard position < input.count else { return enter(.end) }
            return give(.text, upTo: input.count, then: .end)
        }
        if end == position {
            return enter(.tagOpen, skipping: 1)
        }
        return give(.text, upTo: end, skipping: 1, then: .tagOpen)
    }

    mutating func tagOpen() -> HTMLToken? {
        guard position < input.count else { return enter(.end) }
        let byte = input[position]
        switch byte {
        case UInt8(ascii: "!"):
            return enter(.markupDeclaration, skipping: 1)
        case UInt8(ascii: "/"):
            isClosingTag = true
            return enter(.endTagOpen, skipping: 1)
        case UInt8(ascii: "?"):
            return enter(.bogusComment, skipping: 1)
        case UInt8(ascii: "%"):
            return enter(.percentComment, skipping: 1)
        case _ where byte == 0 || Self.isLetter(byte):
            return enter(.tagName)
        default:
            // The angle bracket was text.
            state = .data
            return HTMLToken(kind: .text, start: position - 1, length: 1)
        }
    }

    mutating func endTagOpen() -> HTMLToken? {
        guard position < input.count else { return enter(.end) }
        let byte = input[position]
        if byte == UInt8(ascii: ">") {
            return enter(.data)
        }
        if Self.isLetter(byte) {
            return enter(.tagName)
        }
        isClosingTag = false
        return enter(.bogusComment)
    }

    mutating func tagName() -> HTMLToken? {
        var end = position
        while end < input.count {
            let byte = input[end]
            if byte == UInt8(ascii: "/") {
                return give(.tagNameOpen, upTo: end, skipping: 1, then: .selfClosingTag)
            }
            if byte == UInt8(ascii: ">") {
                guard isClosingTag else {
                    return give(.tagNameOpen, upTo: end, then: .tagNameClose)
                }
                isClosingTag = false
                return give(.tagClose, upTo: end, skipping: 1, then: .data)
            }
            // Old browsers ignore zero bytes inside the name.
            if byte != 0, Self.isWhite(byte) {
                return give(.tagNameOpen, upTo: end, skipping: 1, then: .beforeAttributeName)
            }
            end += 1
        }
        return give(.tagNameOpen, upTo: end, then: .end)
    }

    mutating func tagNameClose() -> HTMLToken? {
        isClosingTag = false
        return give(.tagNameClose, upTo: position + 1, then: .data)
    }

    mutating func selfClosingTag() -> HTMLToken? {
        guard position < input.count else { return enter(.end) }
        guard input[position] == UInt8(ascii: ">") else { return enter(.beforeAttributeName) }
        position -= 1
        return give(.tagNameSelfClose, upTo: position + 2, then: .data)
    }
}
