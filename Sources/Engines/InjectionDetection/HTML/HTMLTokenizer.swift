// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Cuts bytes into HTML tokens the way that browsers do, old ones included.
///
/// It follows the published algorithm of libinjection 3.9.2, a shortened form of the HTML standard's tokenizer
/// (https://html.spec.whatwg.org/multipage/parsing.html#tokenization) with what Internet Explorer and Opera add:
/// zero bytes between names, backticks as quotes, `<%` as a comment.
///
/// Every byte is read at most twice.
package struct HTMLTokenizer: ~Copyable {
    /// What is read next.
    enum State {
        case data
        case tagOpen
        case endTagOpen
        case tagName
        case tagNameClose
        case selfClosingTag
        case beforeAttributeName
        case attributeName
        case afterAttributeName
        case beforeAttributeValue
        case quotedValue(UInt8)
        case unquotedValue
        case afterQuotedValue
        case markupDeclaration
        case bogusComment
        case percentComment
        case comment
        case characterData
        case doctype
        case end
    }

    let input: UnsafeBufferPointer<UInt8>
    var position = 0
    var state: State
    /// Whether the tag that is read began with `</`.
    var isClosingTag = false

    /// Begins with an input that stands somewhere in a page.
    package init(_ input: UnsafeBufferPointer<UInt8>, context: HTMLContext) {
        self.input = input
        switch context {
        case .text: state = .data
        case .unquotedAttribute: state = .beforeAttributeName
        case .singleQuotedAttribute: state = .quotedValue(UInt8(ascii: "'"))
        case .doubleQuotedAttribute: state = .quotedValue(UInt8(ascii: "\""))
        case .backtickedAttribute: state = .quotedValue(UInt8(ascii: "`"))
        }
    }

    /// The next token, nil at the end of the input.
    package mutating func next() -> HTMLToken? {
        while true {
            if case .end = state { return nil }
            if let token = step() { return token }
        }
    }

    /// Reads one piece; it may take several for a token. Every step reads a byte or enters a state that does.
    private mutating func step() -> HTMLToken? {
        switch state {
        case .data: data()
        case .tagOpen: tagOpen()
        case .endTagOpen: endTagOpen()
        case .tagName: tagName()
        case .tagNameClose: tagNameClose()
        case .selfClosingTag: selfClosingTag()
        case .beforeAttributeName: beforeAttributeName()
        case .attributeName: attributeName()
        case .afterAttributeName: afterAttributeName()
        case .beforeAttributeValue: beforeAttributeValue()
        case .quotedValue(let quote): quotedValue(quote)
        case .unquotedValue: unquotedValue()
        case .afterQuotedValue: afterQuotedValue()
        case .markupDeclaration: markupDeclaration()
        case .bogusComment: bogusComment()
        case .percentComment: percentComment()
        case .comment: comment()
        case .characterData: characterData()
        case .doctype: doctype()
        case .end: nil
        }
    }

    /// Goes to a state without giving a token.
    @inline(__always)
    mutating func enter(_ next: State, skipping skipped: Int = 0) -> HTMLToken? {
        position += skipped
        state = next
        return nil
    }

    /// Gives the bytes from the position to `end` as a token, and skips what belongs to its end.
    @inline(__always)
    mutating func give(_ kind: HTMLToken.Kind, upTo end: Int, skipping skipped: Int = 0, then next: State) -> HTMLToken
    {
        let token = HTMLToken(kind: kind, start: position, length: end - position)
        position = min(end + skipped, input.count)
        state = next
        return token
    }

    /// Where a byte comes next, nil where it doesn't.
    @inline(__always)
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        while index < input.count {
            if input[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// Goes on to the next byte that is no white space.
    ///
    /// The byte 255 stands for the end here, as it does in libinjection, whose answers rule sets are tuned for.
    @inline(__always)
    mutating func skipWhite() -> UInt8? {
        while position < input.count {
            let byte = input[position]
            guard Self.isWhite(byte) else { return byte == 0xff ? nil : byte }
            position += 1
        }
        return nil
    }

    /// White space, and the zero byte, which old browsers skip.
    @inline(__always)
    static func isWhite(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0 || 0x09...0x0d ~= byte
    }

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26
    }
}
