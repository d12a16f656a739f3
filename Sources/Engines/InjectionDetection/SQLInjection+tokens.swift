// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension SQLInjection {
    /// A token for people and tests.
    package struct Token: Sendable, Equatable {
        /// The letter of the type, as in ``SQLFingerprint``.
        package let letter: UInt8
        /// What opened a string, 0 for other tokens and where nothing did.
        package let opening: UInt8
        /// What closed a string, 0 for other tokens and where nothing did.
        package let closing: UInt8
        /// How many `@` stand before a variable.
        package let sigils: Int
        /// The value, cut at 31 bytes.
        package let value: [UInt8]

        init(_ window: SQLTokenWindow, _ index: Int) {
            let token = window[index]
            letter = token.type.letter
            opening = token.opening
            closing = token.closing
            sigils = Int(token.sigils)
            value = Array(window.value(index))
        }
    }

    /// The tokens of an input before folding.
    package static func tokens(
        of input: UnsafeBufferPointer<UInt8>,
        quoting: SQLQuoting = .none,
        dialect: SQLDialect = .ansi
    ) -> [Token] {
        SQLTokenWindow.with(input) { window in
            var tokenizer = SQLTokenizer(input, quoting: quoting, dialect: dialect, tables: SQLTables.shared)
            var tokens: [Token] = []
            while true {
                window[0] = tokenizer.next()
                guard window.type(0) != .none else { return tokens }
                tokens.append(Token(window, 0))
            }
        }
    }

    /// The tokens of an input after folding: five at most, six where the last one is what no one writes in good faith.
    package static func foldedTokens(
        of input: UnsafeBufferPointer<UInt8>,
        quoting: SQLQuoting = .none,
        dialect: SQLDialect = .ansi
    ) -> [Token] {
        SQLTokenWindow.with(input) { window in
            let tokenizer = SQLTokenizer(input, quoting: quoting, dialect: dialect, tables: SQLTables.shared)
            var folding = SQLFolding(tokenizer, window: window)
            return (0..<folding.run()).map { Token(window, $0) }
        }
    }

    /// The fingerprint of an input read in one way, whether it is one of an injection or not.
    package static func fingerprint(
        of input: UnsafeBufferPointer<UInt8>,
        quoting: SQLQuoting,
        dialect: SQLDialect
    ) -> SQLFingerprint {
        SQLTokenWindow.with(input) { window in
            let tokenizer = SQLTokenizer(input, quoting: quoting, dialect: dialect, tables: SQLTables.shared)
            return SQLReading(tokenizer, window: window).fingerprint
        }
    }
}
