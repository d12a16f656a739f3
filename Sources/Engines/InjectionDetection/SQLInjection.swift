// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Detects SQL injection in a value, whatever database it is meant for.
///
/// This is the published algorithm of libinjection 3.9.2 by Nick Galbreath (see NOTICE): the value is cut into SQL tokens, folded to
/// at most five, and the word that their types spell is looked up among 8,367 fingerprints. It is read as it stands,
/// as if it began inside single quotes, and as if it began inside double quotes.
///
/// A call allocates nothing and reads every byte a bounded number of times; any bytes may be given.
public enum SQLInjection {
    /// The fingerprint of the injection in a value, nil where the value is benign.
    public static func fingerprint(of input: UnsafeBufferPointer<UInt8>) -> SQLFingerprint? {
        let tables = SQLTables.shared
        if input.isEmpty || isSingleWord(input, tables) { return nil }
        return SQLTokenWindow.with(input) { window in
            let reader = Reader(input: input, window: window, tables: tables)
            return reader.injection(.none)
                ?? (input.contains(UInt8(ascii: "'")) ? reader.injection(.single) : nil)
                ?? (input.contains(UInt8(ascii: "\"")) ? reader.injection(.double) : nil)
        }
    }

    /// Whether an input is one word or one run of digits: one token, and no fingerprint of one token is an injection's
    /// but that of ``SQLTokenType/evil``, which words never are.
    private static func isSingleWord(_ input: UnsafeBufferPointer<UInt8>, _ tables: UnsafePointer<SQLTables>) -> Bool {
        let traits = tables.pointee.bytes.traits
        var isNumber = true
        for byte in input {
            if !traits[Int(byte)].isDisjoint(with: [.endsWord, .splitsWord]) { return false }
            isNumber = isNumber && byte &- UInt8(ascii: "0") <= 9
        }
        return switch tables.pointee.bytes.classes[Int(input[0])] {
        case .word, .binaryPrefix, .escapePrefix, .nationalPrefix, .oraclePrefix, .unicodePrefix, .hexPrefix: true
        default: isNumber
        }
    }

    /// Reads one input in several ways.
    private struct Reader {
        let input: UnsafeBufferPointer<UInt8>
        let window: SQLTokenWindow
        let tables: UnsafePointer<SQLTables>

        /// The fingerprint of the injection when the input begins inside such quotes.
        ///
        /// Where a comment mark is ambiguous, MySQL's reading counts as well; double quotes are read its way alone.
        func injection(_ quoting: SQLQuoting) -> SQLFingerprint? {
            if quoting != .double {
                let reading = read(quoting, .ansi)
                if reading.isInjection { return reading.fingerprint }
                guard reading.dependsOnDialect else { return nil }
            }
            let reading = read(quoting, .mySQL)
            return reading.isInjection ? reading.fingerprint : nil
        }

        private func read(_ quoting: SQLQuoting, _ dialect: SQLDialect) -> SQLReading {
            SQLReading(SQLTokenizer(input, quoting: quoting, dialect: dialect, tables: tables), window: window)
        }
    }
}
