// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// The parser of JSON bodies (RFC 8259): every scalar becomes one argument.
///
/// Names follow ModSecurity v3: `{"a":{"b":[1,{"c":2}]}}` gives `json.a.b.array_0` and `json.a.b.array_1.c`, a
/// lone scalar is `json`. Values are unescaped strings, numbers as they are written, `true` and `false`, and nothing
/// for null. Duplicate keys give duplicate arguments.
///
/// The grammar is strict: one document, no comments, no byte order mark, valid UTF-8. A surrogate without its
/// partner is no error, as in YAJL: a leading one becomes `?`, a trailing one its three-byte form, so that
/// rules on invalid UTF-8 see it. There is no recursion; the work is linear in the input and in what is handed out.
package enum JSONBody {
    /// The largest length of an argument's name, in bytes.
    package static let maxNameLength = 4096

    /// Parses a whole body. An empty body has no arguments and is no error.
    ///
    /// - Parameters:
    ///   - input: the bytes; must not lie in the arena.
    ///   - maxDepth: the largest depth of arrays and objects (`SecRequestBodyJsonDepthLimit`).
    ///   - maxArguments: the largest number of arguments; one more is an error.
    ///   - arena: takes names and values.
    ///   - argument: gets each argument, also those before an error.
    /// - Returns: why parsing stopped, or nil after a complete document.
    package static func parse(
        _ input: UnsafeBufferPointer<UInt8>,
        maxDepth: Int,
        maxArguments: Int = .max,
        into arena: inout ByteArena,
        argument: (_ name: ByteRange, _ value: ByteRange) -> Void
    ) -> BodyError? {
        guard !input.isEmpty else {
            return nil
        }
        var parser = JSONParser(input: input, maxDepth: maxDepth, maxArguments: maxArguments)
        do throws(BodyError) {
            try parser.parse(into: &arena, argument: argument)
            return nil
        } catch {
            return error
        }
    }
}
