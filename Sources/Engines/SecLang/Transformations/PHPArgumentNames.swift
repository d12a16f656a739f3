// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `phpArgsNames`: the name under which PHP registers a request variable (`php_register_variable_ex`).
///
/// Leading spaces go, spaces and dots before the first `[` become `_`, and `name[a][b]` ends behind its last
/// bracket; a `[` that nothing closes becomes `_`.
enum PHPArgumentNames {
    static func apply(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        guard let first = input.first, first != UInt8(ascii: "["), first != UInt8(ascii: "=") else {
            return
        }
        let lastClose = input.lastIndex(of: UInt8(ascii: "]")) ?? -1
        var index = 0
        while index < input.count, input[index] == ASCII.space {
            index += 1
        }
        var isPastBracket = false
        while index < input.count {
            let byte = input[index]
            if byte == UInt8(ascii: "["), !isPastBracket {
                if lastClose > index {
                    appendSubscripts(input, from: index, into: &sink)
                    return
                }
                isPastBracket = true
                sink.append(UInt8(ascii: "_"))
            } else if !isPastBracket, byte == ASCII.space || byte == ASCII.dot {
                sink.append(UInt8(ascii: "_"))
            } else {
                sink.append(byte)
            }
            index += 1
        }
    }

    /// Appends the subscripts that follow one another from the `[` at an index on; `[ ]` is written `[]`.
    private static func appendSubscripts(
        _ input: UnsafeBufferPointer<UInt8>,
        from start: Int,
        into sink: inout ByteSink
    ) {
        var index = start
        while index < input.count, input[index] == UInt8(ascii: "[") {
            guard let close = input[index...].firstIndex(of: UInt8(ascii: "]")) else {
                return
            }
            if close == index + 2, input[index + 1] == ASCII.space {
                sink.append(UInt8(ascii: "["))
                sink.append(UInt8(ascii: "]"))
            } else {
                sink.append(input, index..<(close + 1))
            }
            index = close + 1
        }
    }
}
