// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Detects cross-site scripting in a value, wherever in a page it may end up.
///
/// This is the published algorithm of libinjection 3.9.2 by Nick Galbreath (see NOTICE): the value is cut into HTML
/// tokens as text and as an attribute's value in each kind of quotes; elements, attributes, URLs and comments that
/// carry scripts give it away.
///
/// A call allocates nothing and reads every byte a bounded number of times; any bytes may be given.
public enum CrossSiteScripting {
    /// Whether a value carries a script in some context.
    public static func isDetected(in input: UnsafeBufferPointer<UInt8>) -> Bool {
        let marks = Marks(in: input)
        // Elements and comments need an angle bracket, attributes an equals sign.
        guard marks.hasBracket || marks.hasEqualsSign else { return false }
        let names = HTMLNames.shared
        return (marks.hasBracket && isDetected(in: input, context: .text, names))
            || isDetected(in: input, context: .unquotedAttribute, names)
            || (marks.hasSingleQuote && isDetected(in: input, context: .singleQuotedAttribute, names))
            || (marks.hasDoubleQuote && isDetected(in: input, context: .doubleQuotedAttribute, names))
            || (marks.hasBacktick && isDetected(in: input, context: .backtickedAttribute, names))
    }

    /// The tokens of a value in one context.
    package static func tokens(of input: UnsafeBufferPointer<UInt8>, context: HTMLContext = .text) -> [HTMLToken] {
        var tokenizer = HTMLTokenizer(input, context: context)
        var tokens: [HTMLToken] = []
        while let token = tokenizer.next() {
            tokens.append(token)
        }
        return tokens
    }

    /// Whether a value carries a script in one context.
    package static func isDetected(in input: UnsafeBufferPointer<UInt8>, context: HTMLContext) -> Bool {
        isDetected(in: input, context: context, .shared)
    }

    private static func isDetected(
        in input: UnsafeBufferPointer<UInt8>,
        context: HTMLContext,
        _ names: HTMLNames
    ) -> Bool {
        var tokenizer = HTMLTokenizer(input, context: context)
        var attribute = HTMLAttributeKind.harmless
        while let token = tokenizer.next() {
            let bytes = UnsafeBufferPointer(rebasing: input[token.start..<token.start + token.length])
            let previous = attribute
            attribute = .harmless
            switch token.kind {
            case .doctype:
                return true
            case .tagNameOpen:
                if names.isDangerousTag(bytes) { return true }
            case .attributeName:
                attribute = names.kind(ofAttribute: bytes)
            case .attributeValue:
                if isDangerous(bytes, of: previous, names) { return true }
            case .comment:
                if isDangerousComment(bytes) { return true }
            case .text, .tagNameClose, .tagNameSelfClose, .tagClose:
                break
            }
        }
        return false
    }

    private static func isDangerous(
        _ value: UnsafeBufferPointer<UInt8>,
        of attribute: HTMLAttributeKind,
        _ names: HTMLNames
    ) -> Bool {
        switch attribute {
        case .harmless: false
        case .dangerous: true
        case .url: HTMLURL(value).isDangerous
        case .attributeName: names.kind(ofAttribute: value) != .harmless
        }
    }

    /// Comments that Internet Explorer reads: one that a backtick ends, conditional ones, imports; and XML's entities.
    private static func isDangerousComment(_ comment: UnsafeBufferPointer<UInt8>) -> Bool {
        if comment.contains(UInt8(ascii: "`")) { return true }
        guard comment.count > 3 else { return false }
        if begins(comment, with: "[IF") || begins(comment, with: "XML") { return true }
        guard comment.count > 5 else { return false }
        return begins(comment, with: "IMPORT") || begins(comment, with: "ENTITY")
    }

    /// Whether bytes of any case begin with an upper-case word.
    private static func begins(_ bytes: UnsafeBufferPointer<UInt8>, with word: StaticString) -> Bool {
        guard bytes.count >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where bytes[index].asciiUppercased != word.utf8Start[index] {
            return false
        }
        return true
    }

    /// Which bytes that matter a value holds.
    private struct Marks {
        let hasBracket: Bool
        let hasEqualsSign: Bool
        let hasSingleQuote: Bool
        let hasDoubleQuote: Bool
        let hasBacktick: Bool

        init(in input: UnsafeBufferPointer<UInt8>) {
            // Sums of comparisons, without a branch, are what the compiler turns into vector code.
            var (bracket, equalsSign, single, double, backtick) = (UInt8(0), UInt8(0), UInt8(0), UInt8(0), UInt8(0))
            for byte in input {
                bracket |= byte == UInt8(ascii: "<") ? 1 : 0
                equalsSign |= byte == UInt8(ascii: "=") ? 1 : 0
                single |= byte == UInt8(ascii: "'") ? 1 : 0
                double |= byte == UInt8(ascii: "\"") ? 1 : 0
                backtick |= byte == UInt8(ascii: "`") ? 1 : 0
            }
            hasBracket = bracket != 0
            hasEqualsSign = equalsSign != 0
            hasSingleQuote = single != 0
            hasDoubleQuote = double != 0
            hasBacktick = backtick != 0
        }
    }
}
