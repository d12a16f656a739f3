// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Why a request is refused; the raw value is the bounded reason that logs and metrics show.
///
/// Requests that servers on the way could read in two ways are refused rather than repaired: RFC 9112 section 11.2
/// (request smuggling) names the family, the cases are those that differ between real servers.
package enum HTTP1Refusal: String, Error, Sendable, CaseIterable {
    // The shape of the head
    case bareLineFeed = "bare line feed in head"
    case bareCarriageReturn = "bare carriage return in head"
    case controlCharacter = "control character in head"
    case emptyRequestLine = "empty request line"
    case invalidMethod = "method is not a token"
    case spacesInRequestLine = "extra blanks in request line"
    case missingVersion = "no protocol version"
    case emptyVersion = "empty protocol version"
    case invalidVersion = "invalid protocol version"
    case unsupportedVersion = "unsupported protocol version"
    case invalidTarget = "invalid request target"
    case targetFragment = "fragment in request target"
    case connectMethod = "method CONNECT"
    case requestLineTooLong = "request line too long"
    case headTooLarge = "head too large"
    case tooManyFields = "too many header fields"

    // Fields
    case lineFolding = "folded header line"
    case fieldWithoutColon = "header line without colon"
    case emptyFieldName = "empty header name"
    case blankBeforeColon = "blank before colon"
    case invalidFieldName = "header name is not a token"
    case missingHost = "no host"
    case repeatedHost = "more than one host"
    case invalidHost = "invalid host"
    case hostMismatch = "target differs from host"
    case unknownExpectation = "unknown expectation"

    // Body framing
    case lengthAndTransferEncoding = "content-length with transfer-encoding"
    case repeatedLength = "more than one content-length"
    case invalidLength = "invalid content-length"
    case invalidTransferEncoding = "transfer-encoding is not chunked"
    case transferEncodingInHTTP10 = "transfer-encoding in HTTP/1.0"
    case invalidChunkSize = "invalid chunk size"
    case chunkExtensionTooLong = "chunk extension too long"
    case invalidChunkExtension = "invalid chunk extension"
    case invalidChunkEnd = "chunk without line end"
    case invalidTrailer = "invalid trailer"
    case trailerTooLarge = "trailer too large"
    case bodyIncomplete = "body incomplete"

    // Content codings
    case unknownContentCoding = "unknown content coding"
    case stackedContentCodings = "more than one content coding"
    case invalidContentCoding = "invalid compressed body"
    case compressionRatio = "compression ratio over the limit"

    // Limits over time and size
    case headIncomplete = "head incomplete"
    case headTimeout = "head not received in time"
    case bodyTimeout = "body not received in time"
    case bodyTooLarge = "body over the limit"

    /// The answer's status.
    package var status: Int {
        switch self {
        case .requestLineTooLong: 414
        case .headTooLarge, .tooManyFields: 431
        case .unsupportedVersion: 505
        case .connectMethod: 501
        case .unknownExpectation: 417
        case .unknownContentCoding, .stackedContentCodings: 415
        case .compressionRatio, .bodyTooLarge: 413
        case .headTimeout, .bodyTimeout: 408
        default: 400
        }
    }

    /// The same for those who know nothing of this parser.
    package var refusal: HTTPRefusal {
        HTTPRefusal(status: status, reason: rawValue)
    }

    /// Whether the client could not read a status line: it asked without naming a protocol (HTTP/0.9).
    var closesWithoutAnswer: Bool {
        self == .emptyVersion
    }
}

/// How large the parts of a message may be, in bytes unless said otherwise.
package struct HTTP1Limits: Sendable, Equatable {
    /// The request line without its line end; over it: 414.
    package var requestLine = 8 * 1024
    /// The whole head; over it: 431.
    package var head = 64 * 1024
    /// The number of header fields; over it: 431.
    package var fields = 100
    /// One chunk's extension.
    package var chunkExtension = 256
    /// All trailers of a chunked body together, which are dropped.
    package var trailers = 8 * 1024

    package init() {}
}
