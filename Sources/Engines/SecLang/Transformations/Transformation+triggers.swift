// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension Transformation {
    /// The byte classes without which the transformation leaves a value as it is.
    ///
    /// Where ``ByteClasses/classify(_:)`` of a value is disjoint from the triggers, the transformation need not run.
    /// The classes may be too wide, never too narrow.
    package var triggers: ByteClasses {
        switch self {
        case .cmdLine:
            [
                .quote, .backslash, .caret, .listSeparator, .controlSpace, .upper, .doubleSpace,
                .spaceBeforeSlashOrParenthesis,
            ]
        case .compressWhitespace: [.controlSpace, .noBreakSpace, .doubleSpace]
        case .cssDecode, .escapeSeqDecode, .jsDecode: .backslash
        case .htmlEntityDecode: .ampersand
        case .lowercase: .upper
        case .uppercase: .lower
        case .normalizePath: [.slashSlash, .slashDot, .dotDot, .leadingDotOrEquals]
        case .normalizePathWin: [.slashSlash, .slashDot, .dotDot, .leadingDotOrEquals, .backslash]
        case .parityZero7bit: .nonASCII
        case .phpArgsNames: [.space, .dot, .openBracket, .leadingDotOrEquals]
        case .removeComments: [.commentOpen, .dashDash, .hash, .lessExclamation]
        case .removeCommentsChar: [.commentOpen, .commentClose, .dashDash, .hash, .lessExclamation]
        case .removeNulls, .replaceNulls: .nul
        case .removeWhitespace: [.space, .controlSpace, .noBreakSpace, .c2]
        case .replaceComments: .commentOpen
        case .sqlHexDecode: .zeroX
        case .trim, .trimLeft, .trimRight: .edgeSpace
        case .urlDecode, .urlDecodeUni: [.percent, .plus]
        case .urlEncode: .urlUnsafe
        case .utf8toUnicode: [.nonASCII, .nul]
        case .base64Decode, .base64DecodeExt, .base64Encode, .hexDecode, .hexEncode, .length, .md5, .sha1,
            .parityEven7bit, .parityOdd7bit:
            .any
        }
    }
}
