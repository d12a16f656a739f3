// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A transformation (`t:` action) of SecLang: bytes in, bytes out, in time linear in the input.
///
/// The semantics are those of ModSecurity v2, except that a NUL byte never ends a value. `none` is not among
/// them: it clears a chain and is the parser's business.
package enum Transformation: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case base64Decode
    case base64DecodeExt
    case base64Encode
    case cmdLine
    case compressWhitespace
    case cssDecode
    case escapeSeqDecode
    case hexDecode
    case hexEncode
    case htmlEntityDecode
    case jsDecode
    case length
    case lowercase
    case uppercase
    case md5
    case sha1
    case normalizePath
    case normalizePathWin
    case parityEven7bit
    case parityOdd7bit
    case parityZero7bit
    case phpArgsNames
    case removeComments
    case removeCommentsChar
    case removeNulls
    case removeWhitespace
    case replaceComments
    case replaceNulls
    case sqlHexDecode
    case trim
    case trimLeft
    case trimRight
    case urlDecode
    case urlDecodeUni
    case urlEncode
    case utf8toUnicode

    /// An upper bound of the output's length, in bytes.
    package func maximumOutputLength(of inputLength: Int) -> Int {
        switch self {
        case .base64Encode: (inputLength + 2) / 3 * 4
        case .hexEncode: inputLength * 2
        case .urlEncode: inputLength * 3
        case .utf8toUnicode: inputLength * 4
        case .length: 20
        case .md5: 16
        case .sha1: 20
        default: inputLength
        }
    }

    /// Writes the transformed value to `output`.
    ///
    /// - Parameters:
    ///   - input: the value.
    ///   - output: room for ``maximumOutputLength(of:)`` bytes that does not overlap the input.
    ///   - unicodeMap: the mapping that `urlDecodeUni` uses for `%uXXXX`; without one the low byte is taken.
    /// - Returns: the number of bytes written.
    package func apply(
        _ input: UnsafeBufferPointer<UInt8>,
        into output: UnsafeMutablePointer<UInt8>,
        unicodeMap: UnicodeMap?
    ) -> Int {
        var sink = ByteSink(output)
        switch self {
        case .base64Decode: Base64.decode(input, into: &sink)
        case .base64DecodeExt: Base64.decodeForgiving(input, into: &sink)
        case .base64Encode: Base64.encode(input, into: &sink)
        case .cmdLine: CommandLineNormalization.apply(input, into: &sink)
        case .compressWhitespace: Whitespace.compress(input, into: &sink)
        case .cssDecode: CSSEscapes.decode(input, into: &sink)
        case .escapeSeqDecode: CEscapes.decode(input, into: &sink)
        case .hexDecode: HexTransformations.decode(input, into: &sink)
        case .hexEncode: HexTransformations.encode(input, into: &sink)
        case .htmlEntityDecode: HTMLEntities.decode(input, into: &sink)
        case .jsDecode: JavaScriptEscapes.decode(input, into: &sink)
        case .length: Digests.length(input, into: &sink)
        case .lowercase: ByteMapping.lowercase(input, into: &sink)
        case .uppercase: ByteMapping.uppercase(input, into: &sink)
        case .md5: Digests.md5(input, into: &sink)
        case .sha1: Digests.sha1(input, into: &sink)
        case .normalizePath: PathNormalization.apply(input, backslashes: false, into: &sink)
        case .normalizePathWin: PathNormalization.apply(input, backslashes: true, into: &sink)
        case .parityEven7bit: ByteMapping.evenParity(input, into: &sink)
        case .parityOdd7bit: ByteMapping.oddParity(input, into: &sink)
        case .parityZero7bit: ByteMapping.zeroParity(input, into: &sink)
        case .phpArgsNames: PHPArgumentNames.apply(input, into: &sink)
        case .removeComments: Comments.remove(input, into: &sink)
        case .removeCommentsChar: Comments.removeMarkers(input, into: &sink)
        case .removeNulls: ByteMapping.removeNulls(input, into: &sink)
        case .removeWhitespace: Whitespace.remove(input, into: &sink)
        case .replaceComments: Comments.replace(input, into: &sink)
        case .replaceNulls: ByteMapping.replaceNulls(input, into: &sink)
        case .sqlHexDecode: HexTransformations.decodeSQL(input, into: &sink)
        case .trim: Whitespace.trim(input, left: true, right: true, into: &sink)
        case .trimLeft: Whitespace.trim(input, left: true, right: false, into: &sink)
        case .trimRight: Whitespace.trim(input, left: false, right: true, into: &sink)
        case .urlDecode: URLEncoding.decode(input, into: &sink)
        case .urlDecodeUni: URLEncoding.decodeUnicode(input, map: unicodeMap, into: &sink)
        case .urlEncode: URLEncoding.encode(input, into: &sink)
        case .utf8toUnicode: UTF8Escaping.apply(input, into: &sink)
        }
        return sink.count
    }
}
