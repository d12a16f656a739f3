// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Walks over the lines of one multipart body; see ``MultipartBody``.
struct MultipartParser {
    /// Where in the body the parser stands.
    enum State {
        /// Before the first boundary.
        case preamble
        /// In a part's header lines.
        case headers
        /// In a part's data.
        case data
        /// Behind the last boundary.
        case complete
    }

    var result: MultipartResult
    var state = State.preamble
    /// The part under construction.
    var part = PartInProgress()
    let limits: MultipartLimits
    let trace: BodyTrace?
    private let boundary: [UInt8]
    /// The boundary with its leading hyphens.
    private let delimiter: [UInt8]
    private let delimiterPattern: BytePattern
    private var boundaryCount = 0
    private var fileCount = 0
    /// The line before ends in LF alone.
    private var previousLineIsBare = false

    init(boundary: [UInt8], limits: MultipartLimits, result: MultipartResult, trace: BodyTrace?) {
        self.boundary = boundary
        self.limits = limits
        self.result = result
        self.trace = trace
        delimiter = [BodyBytes.hyphen, BodyBytes.hyphen] + boundary
        delimiterPattern = BytePattern(delimiter)
    }

    mutating func parse(_ body: UnsafeBufferPointer<UInt8>, arena: inout ByteArena) {
        do throws(BodyError) {
            try parseLines(of: body, arena: &arena)
        } catch {
            result.error = error
            // What the unfinished part's headers said belongs to no part.
            result.headers.removeSubrange(part.firstHeader...)
        }
    }

    private mutating func parseLines(
        of body: UnsafeBufferPointer<UInt8>,
        arena: inout ByteArena
    ) throws(BodyError) {
        var start = 0
        while let end = BodyBytes.firstIndex(of: BodyBytes.lineFeed, in: body, from: start) {
            let line = start..<(end + 1)
            if try !processAsBoundary(line, of: body) {
                try process(line, of: body, arena: &arena)
            }
            previousLineIsBare = !(line.count >= 2 && body[end - 1] == BodyBytes.carriageReturn)
            start = line.upperBound
            if state == .complete {
                if start < body.count {
                    result.flags.insert(.dataAfter)
                    trace?(4, Array("Multipart: Ignoring data after last boundary.".utf8))
                }
                return
            }
        }
        try finish(start..<body.count, of: body)
    }

    /// Handles the bytes behind the last line end: the last boundary may come without one.
    private mutating func finish(
        _ tail: Range<Int>,
        of body: UnsafeBufferPointer<UInt8>
    ) throws(BodyError) {
        guard !body.isEmpty else {
            return
        }
        let isDelimiter = BodyBytes.hasBytes(delimiter, in: body, at: tail.lowerBound)
        if isDelimiter, boundaryCount > 0, tail.count == delimiter.count + 2,
            isFinal(at: tail.lowerBound + delimiter.count, in: body)
        {
            noteLineEndBeforeBoundary()
            if !partHasData {
                result.flags.insert(.invalidPart)
                trace?(3, Array("Multipart: Invalid part (data contains final boundary)".utf8))
            }
            noteMatchedBoundary()
            try endPart(at: tail.lowerBound, of: body)
            state = .complete
            return
        }
        if state == .headers, tail.count >= limits.headerLineLength {
            throw lineTooLong(at: tail.lowerBound)
        }
        throw BodyError(
            .malformed,
            boundaryCount > 0
                ? "Multipart: Final boundary missing." : "Multipart: No boundaries found in payload.",
            offset: body.count
        )
    }

    /// Whether a line, its line end included, is a boundary; if so, ends the part before it.
    private mutating func processAsBoundary(
        _ line: Range<Int>,
        of body: UnsafeBufferPointer<UInt8>
    ) throws(BodyError) -> Bool {
        guard line.count > 3, body[line.lowerBound] == BodyBytes.hyphen,
            body[line.lowerBound + 1] == BodyBytes.hyphen
        else {
            if delimiterPattern.occurs(in: BodyBytes.slice(body, line)) {
                result.unmatchedBoundary = 1
            }
            return false
        }
        guard BodyBytes.hasBytes(delimiter, in: body, at: line.lowerBound) else {
            try checkForeignBoundary(line, of: body)
            result.unmatchedBoundary = 1
            return false
        }
        noteLineEndBeforeBoundary()
        if boundaryCount > 0, !partHasData {
            result.flags.insert(.invalidPart)
            trace?(3, Array("Multipart: Invalid part (data contains boundary)".utf8))
            return false
        }
        noteMatchedBoundary()
        var end = line.lowerBound + delimiter.count
        let isLast = isFinal(at: end, in: body)
        end += isLast ? 2 : 0
        switch line.upperBound - end {
        case 1:
            result.flags.insert(.lfLine)
        case 2 where body[end] == BodyBytes.carriageReturn:
            result.flags.insert(.crlfLine)
        default:
            throw BodyError(
                .malformed,
                "Multipart: Invalid boundary: \(text(line, of: body))",
                offset: line.lowerBound
            )
        }
        boundaryCount += 1
        try endPart(at: line.lowerBound, of: body)
        state = isLast ? .complete : .headers
        return true
    }

    private func isFinal(at index: Int, in body: UnsafeBufferPointer<UInt8>) -> Bool {
        BodyBytes.hasBytes("--", in: body, at: index)
    }

    /// Lines of the part's data were seen since its headers ended.
    private var partHasData: Bool {
        state == .data && part.dataEnd > part.dataStart
    }

    private mutating func noteLineEndBeforeBoundary() {
        if previousLineIsBare {
            result.flags.insert(.lfLine)
        }
    }

    private mutating func noteMatchedBoundary() {
        if boundaryCount > 0, result.unmatchedBoundary != 0 {
            result.unmatchedBoundary = 2
        }
    }

    /// Refuses lines that some back ends would take for the boundary.
    private func checkForeignBoundary(
        _ line: Range<Int>,
        of body: UnsafeBufferPointer<UInt8>
    ) throws(BodyError) {
        var index = line.lowerBound + 2
        if result.flags.contains(.boundaryQuoted), body[index] == BodyBytes.quote,
            BodyBytes.hasBytes(boundary, in: body, at: index + 1)
        {
            throw BodyError(.malformed, "Multipart: Invalid boundary (quotes).", offset: line.lowerBound)
        }
        while index < line.upperBound, BodyBytes.isSpace(body[index]) {
            index += 1
        }
        // What follows the white space must lie in this line.
        if index > line.lowerBound + 2, index < line.upperBound, BodyBytes.hasBytes(boundary, in: body, at: index) {
            throw BodyError(.malformed, "Multipart: Invalid boundary (whitespace).", offset: line.lowerBound)
        }
    }

    /// Handles a line that is no boundary.
    private mutating func process(
        _ line: Range<Int>,
        of body: UnsafeBufferPointer<UInt8>,
        arena: inout ByteArena
    ) throws(BodyError) {
        switch state {
        case .preamble:
            result.flags.insert(.dataBefore)
            trace?(4, Array("Multipart: Ignoring data before first boundary.".utf8))
        case .headers:
            guard line.count < limits.headerLineLength else {
                throw lineTooLong(at: line.lowerBound)
            }
            try processHeaderLine(line, of: body, arena: &arena)
        case .data:
            part.dataEnd = line.upperBound
        case .complete:
            break
        }
    }

    /// Closes the part under construction, if there is one, and begins the next.
    private mutating func endPart(at end: Int, of body: UnsafeBufferPointer<UInt8>) throws(BodyError) {
        if boundaryCount > 0, state == .data, let name = part.name {
            guard result.parts.count < limits.maxParts else {
                throw BodyError(.count, "Multipart: More than \(limits.maxParts) parts.", offset: end)
            }
            let content = part.content(of: body)
            if part.filename == nil {
                result.lengthWithoutFiles += content.count
                if let trace {
                    trace(9, Array("Multipart: Added data to variable: ".utf8) + body[content])
                }
            } else {
                fileCount += 1
                if fileCount > limits.maxFiles {
                    result.flags.insert(.fileLimitExceeded)
                }
            }
            result.parts.append(
                MultipartPart(
                    name: name,
                    filename: part.filename,
                    extendedFilename: part.extendedFilename,
                    headers: part.firstHeader..<result.headers.count,
                    content: ByteRange(offset: content.lowerBound, length: content.count)
                )
            )
        } else {
            // The last boundary ended the body inside a part's headers.
            result.headers.removeSubrange(part.firstHeader...)
        }
        part = PartInProgress()
        part.firstHeader = result.headers.count
    }

    private func lineTooLong(at offset: Int) -> BodyError {
        BodyError(
            .size,
            "Multipart: Part header line over \(limits.headerLineLength) bytes long",
            offset: offset
        )
    }

    /// The beginning of a line, for messages.
    func text(_ line: Range<Int>, of body: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: body[line].prefix(200), as: UTF8.self)
    }
}

extension MultipartParser {
    /// What is known of the part that the lines belong to.
    struct PartInProgress {
        var name: MultipartValue?
        var filename: MultipartValue?
        var extendedFilename: MultipartValue?
        /// The index of the part's first header among all headers.
        var firstHeader = 0
        /// The bytes of header lines so far.
        var headerBytes = 0
        /// The last header's value may be continued.
        var canFold = false
        /// Where the value of `Content-Disposition` begins in its line, and which header it is.
        var disposition: (header: Int, value: Int)?
        /// Where the data begins, and where its last complete line ends.
        var dataStart = 0
        var dataEnd = 0

        /// The data without the line end that belongs to the boundary.
        func content(of body: UnsafeBufferPointer<UInt8>) -> Range<Int> {
            guard dataEnd > dataStart, dataEnd <= body.count else {
                return dataStart..<dataStart
            }
            var end = dataEnd - 1
            if end > dataStart, body[end - 1] == BodyBytes.carriageReturn {
                end -= 1
            }
            return dataStart..<end
        }
    }
}
