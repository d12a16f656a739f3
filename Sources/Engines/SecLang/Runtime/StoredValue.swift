// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// A value that a request or a response brought: an argument, a header field, a cookie.
struct StoredValue {
    /// The name as received; empty for single values.
    var key: ByteRange
    var bytes: ByteRange
    /// Which kinds of bytes occur, so that transformations can tell that they have nothing to do.
    var classes: ByteClasses
    /// Where the value stood in the request, for logs.
    var origin: Origin
    /// The row of the transformation cache; -1 until a rule wants the value transformed.
    var row: Int32 = -1
    /// Which of the rules' exclusions were asked about the value, a bit each, and which take it away.
    var knownExclusions: UInt32 = 0
    var exclusions: UInt32 = 0
}

/// Where a value stood in the request's bytes; names have both places.
struct Origin {
    static let none = Origin(offset: .max, length: 0)

    var offset: UInt32
    var length: UInt32
}

/// A value that a rule looks at.
struct ValueReference {
    var variable: Variable
    /// The variable's key, shown behind a colon; empty for single values.
    var key: ByteRange
    var bytes: ByteRange
    /// The index of the stored value; -1 for one that lives only as long as the rule.
    var index: Int32
    var origin: Origin
}

/// The lists of stored values that collections are made of.
enum ValueList: Int, CaseIterable {
    case argsGet, argsGetNames, argsPost, argsPostNames
    case requestHeaders, requestHeadersNames, requestCookies, requestCookiesNames
    case responseHeaders, responseHeadersNames
    case files, filesNames, filesSizes, filesTmpNames, filesTmpContent
    case multipartFilename, multipartName, multipartPartHeaders
}
