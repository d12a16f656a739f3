// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// The parser of `multipart/form-data` bodies (RFC 7578) that lie in memory as a whole.
///
/// The semantics are those of ModSecurity v2's parser with the later fixes of both engines: everything that two
/// back ends might read differently is an error or a flag. Parsing goes line by line, is linear in the body, and
/// contents are not copied.
package struct MultipartBody: Sendable {
    /// The boundary without its leading hyphens; empty if the content type is unusable.
    package let boundary: [UInt8]
    private let limits: MultipartLimits
    private let flags: MultipartFlags
    private let error: BodyError?
    private let droppedParameters: Bool

    /// Takes the boundary from a content type; an unusable one is reported by ``parse(_:into:trace:)``.
    package init(contentType: UnsafeBufferPointer<UInt8>, limits: MultipartLimits = MultipartLimits()) {
        let found = MultipartBoundary(contentType: contentType)
        boundary = found.bytes
        flags = found.flags
        error = found.error
        droppedParameters = found.droppedParameters
        self.limits = limits
    }

    /// Parses a whole body.
    ///
    /// - Parameters:
    ///   - body: the bytes; must not lie in the arena. Contents are returned as ranges of it.
    ///   - arena: takes header lines, names and file names.
    ///   - trace: gets what the debug log shows.
    /// - Returns: the parts, also those before an error, and everything that was odd. An empty body is no error.
    package func parse(
        _ body: UnsafeBufferPointer<UInt8>,
        into arena: inout ByteArena,
        trace: BodyTrace? = nil
    ) -> MultipartResult {
        var result = MultipartResult()
        result.flags = flags
        if droppedParameters {
            trace?(3, Array("Multipart: Invalid parameter after boundary in C-T (tolerated).".utf8))
        }
        if let error {
            result.error = error
            trace?(4, Array(error.message.utf8))
        } else {
            let quoted = flags.contains(.boundaryQuoted) ? " (quoted)" : ""
            trace?(9, Array("Multipart: Boundary\(quoted): ".utf8) + boundary)
            var parser = MultipartParser(boundary: boundary, limits: limits, result: result, trace: trace)
            parser.parse(body, arena: &arena)
            result = parser.result
        }
        if let trace {
            traceOddities(of: result, trace)
        }
        return result
    }

    private func traceOddities(of result: MultipartResult, _ trace: BodyTrace) {
        let lineEnds =
            result.hasMixedLineEnds ? "mixed line endings used (CRLF/LF)" : "incorrect line endings used (LF)"
        let warnings: [(MultipartFlags, String)] = [
            (.dataBefore, "seen data before first boundary"),
            (.dataAfter, "seen data after last boundary"),
            (.boundaryQuoted, "boundary was quoted"),
            (.boundaryWhitespace, "boundary whitespace in C-T header"),
            (.headerFolding, "header folding used"),
            (.lfLine, lineEnds),
            (.missingSemicolon, "missing semicolon in C-T header"),
            (.invalidQuoting, "invalid quoting used"),
            (.invalidPart, "invalid part parsing"),
            (.invalidHeaderFolding, "invalid header folding used"),
        ]
        for (flag, text) in warnings where result.flags.contains(flag) {
            trace(4, Array("Multipart: Warning: \(text).".utf8))
        }
        // An unusable content type was reported before the warnings, an unusable body is reported after them.
        if let bodyError = result.error, error == nil {
            trace(1, Array(bodyError.message.utf8))
        }
    }
}
