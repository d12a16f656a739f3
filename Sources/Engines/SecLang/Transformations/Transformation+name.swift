// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension Transformation {
    /// The transformation of a name as rules spell it, in any case; British spellings and v3's `cmd_line` count too.
    package init?(name: some StringProtocol) {
        let folded = name.lowercased()
        guard let found = Self.byFoldedName[folded] else {
            return nil
        }
        self = found
    }

    /// The name in its canonical SecLang spelling.
    package var name: String {
        switch self {
        case .base64Decode: "base64Decode"
        case .base64DecodeExt: "base64DecodeExt"
        case .base64Encode: "base64Encode"
        case .cmdLine: "cmdLine"
        case .compressWhitespace: "compressWhitespace"
        case .cssDecode: "cssDecode"
        case .escapeSeqDecode: "escapeSeqDecode"
        case .hexDecode: "hexDecode"
        case .hexEncode: "hexEncode"
        case .htmlEntityDecode: "htmlEntityDecode"
        case .jsDecode: "jsDecode"
        case .length: "length"
        case .lowercase: "lowercase"
        case .uppercase: "uppercase"
        case .md5: "md5"
        case .sha1: "sha1"
        case .normalizePath: "normalizePath"
        case .normalizePathWin: "normalizePathWin"
        case .parityEven7bit: "parityEven7bit"
        case .parityOdd7bit: "parityOdd7bit"
        case .parityZero7bit: "parityZero7bit"
        case .phpArgsNames: "phpArgsNames"
        case .removeComments: "removeComments"
        case .removeCommentsChar: "removeCommentsChar"
        case .removeNulls: "removeNulls"
        case .removeWhitespace: "removeWhitespace"
        case .replaceComments: "replaceComments"
        case .replaceNulls: "replaceNulls"
        case .sqlHexDecode: "sqlHexDecode"
        case .trim: "trim"
        case .trimLeft: "trimLeft"
        case .trimRight: "trimRight"
        case .urlDecode: "urlDecode"
        case .urlDecodeUni: "urlDecodeUni"
        case .urlEncode: "urlEncode"
        case .utf8toUnicode: "utf8toUnicode"
        }
    }

    private static let byFoldedName: [String: Transformation] = {
        var names: [String: Transformation] = [
            "normalisepath": .normalizePath,
            "normalisepathwin": .normalizePathWin,
            "cmd_line": .cmdLine,
        ]
        for transformation in allCases {
            names[transformation.name.lowercased()] = transformation
        }
        return names
    }()
}
