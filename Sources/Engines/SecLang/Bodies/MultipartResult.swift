// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// How much of a multipart body is accepted.
package struct MultipartLimits: Sendable {
    /// The largest number of parts; one more is an error.
    package var maxParts: Int
    /// The largest number of file parts (`SecUploadFileLimit`); one more only sets a flag.
    package var maxFiles: Int
    /// The largest length of one line of a part's header, its line end included, plus one.
    package var headerLineLength: Int
    /// The largest number of header lines of one part.
    package var maxHeadersPerPart: Int
    /// The largest number of bytes in the headers of one part.
    package var headerBytes: Int

    package init(
        maxParts: Int = 1000,
        maxFiles: Int = 100,
        headerLineLength: Int = 4096,
        maxHeadersPerPart: Int = 100,
        headerBytes: Int = 64 * 1024
    ) {
        self.maxParts = maxParts
        self.maxFiles = maxFiles
        self.headerLineLength = headerLineLength
        self.maxHeadersPerPart = maxHeadersPerPart
        self.headerBytes = headerBytes
    }
}

/// What was odd about a multipart body; each flag is the `MULTIPART_` variable of the same name.
package struct MultipartFlags: OptionSet, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Something stands before the first boundary.
    package static let dataBefore = MultipartFlags(rawValue: 1 << 0)
    /// Something stands behind the last boundary.
    package static let dataAfter = MultipartFlags(rawValue: 1 << 1)
    /// The boundary is quoted in the content type.
    package static let boundaryQuoted = MultipartFlags(rawValue: 1 << 2)
    /// White space surrounds the `=` of the boundary parameter.
    package static let boundaryWhitespace = MultipartFlags(rawValue: 1 << 3)
    /// A part's header is folded.
    package static let headerFolding = MultipartFlags(rawValue: 1 << 4)
    /// A boundary or header line, or the line before a boundary, ends in LF alone.
    package static let lfLine = MultipartFlags(rawValue: 1 << 5)
    /// A boundary or header line ends in CRLF; this is how it should be and no oddity by itself.
    package static let crlfLine = MultipartFlags(rawValue: 1 << 6)
    /// No semicolon stands before the boundary parameter.
    package static let missingSemicolon = MultipartFlags(rawValue: 1 << 7)
    /// A value of `Content-Disposition` uses apostrophes as quotes, or quotes in the wrong place.
    package static let invalidQuoting = MultipartFlags(rawValue: 1 << 8)
    /// A boundary stands where a part's data should begin.
    package static let invalidPart = MultipartFlags(rawValue: 1 << 9)
    /// A folded header begins with something else than space or tab.
    package static let invalidHeaderFolding = MultipartFlags(rawValue: 1 << 10)
    /// There are more files than allowed.
    package static let fileLimitExceeded = MultipartFlags(rawValue: 1 << 11)

    /// The flags that make `MULTIPART_STRICT_ERROR`.
    package static let strict: MultipartFlags = [
        .dataBefore, .dataAfter, .boundaryQuoted, .boundaryWhitespace, .headerFolding, .lfLine,
        .missingSemicolon, .invalidQuoting, .invalidPart, .invalidHeaderFolding, .fileLimitExceeded,
    ]
}

/// One header line of a part, without its line end; a folded one is joined with single spaces.
package struct MultipartHeader: Sendable, Equatable {
    /// The whole line, in the arena.
    package var line: ByteRange
    /// Where the line begins in the body.
    package var offset: Int
}

/// A parameter's value and where it begins in the body.
package struct MultipartValue: Sendable, Equatable {
    /// The unescaped value, in the arena.
    package var bytes: ByteRange
    /// Where the value begins in the body; approximate in folded headers.
    package var offset: Int
}

/// One part of a multipart body.
package struct MultipartPart: Sendable, Equatable {
    /// The field's name.
    package var name: MultipartValue
    /// The file's name; a part that has one is a file, any other an argument.
    package var filename: MultipartValue?
    /// The value of `filename*` without character set and language, percent escapes left as they are.
    package var extendedFilename: MultipartValue?
    /// The part's header lines, as indices of ``MultipartResult/headers``.
    package var headers: Range<Int>
    /// The value or the file's content, in the **body**, line ends inside it kept.
    package var content: ByteRange

    /// Whether the part is an uploaded file.
    package var isFile: Bool { filename != nil }
}

/// What a multipart body holds.
package struct MultipartResult: Sendable {
    /// The complete parts, in order; those before an error too.
    package internal(set) var parts: [MultipartPart] = []
    /// The header lines of all parts, in order.
    package internal(set) var headers: [MultipartHeader] = []
    /// What was odd.
    package internal(set) var flags: MultipartFlags = []
    /// Why parsing stopped, if it did.
    package internal(set) var error: BodyError?
    /// `MULTIPART_UNMATCHED_BOUNDARY`: 0 when every line that looks like a boundary is the boundary; 1 when one is
    /// not; 2 when one is not, but boundaries came before and after it.
    package internal(set) var unmatchedBoundary = 0
    /// The bytes of headers and of arguments, what `SecRequestBodyNoFilesLimit` is about.
    package internal(set) var lengthWithoutFiles = 0
    /// The last `name` seen (`MULTIPART_NAME`).
    package internal(set) var lastName: MultipartValue?
    /// The last `filename` seen (`MULTIPART_FILENAME`).
    package internal(set) var lastFilename: MultipartValue?

    /// `MULTIPART_STRICT_ERROR`: any oddity or an error.
    package var strictError: Bool {
        error != nil || !flags.isDisjoint(with: .strict)
    }

    /// `MULTIPART_CRLF_LF_LINES`: both kinds of line ends occur.
    package var hasMixedLineEnds: Bool {
        flags.isSuperset(of: [.lfLine, .crlfLine])
    }
}
