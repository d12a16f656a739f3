// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension MultipartParser {
    /// Handles one line of a part's header, its line end included.
    mutating func processHeaderLine(
        _ line: Range<Int>,
        of body: UnsafeBufferPointer<UInt8>,
        arena: inout ByteArena
    ) throws(BodyError) {
        guard !body[line].contains(0) else {
            throw BodyError(.malformed, "Multipart: Nul byte in part headers.", offset: line.lowerBound)
        }
        part.headerBytes += line.count
        result.lengthWithoutFiles += line.count
        guard part.headerBytes <= limits.headerBytes else {
            throw BodyError(.size, "Multipart: Part headers too long.", offset: line.lowerBound)
        }
        var content = line.lowerBound..<(line.upperBound - 1)
        if let last = body[content].last, last == BodyBytes.carriageReturn {
            content = content.lowerBound..<(content.upperBound - 1)
            result.flags.insert(.crlfLine)
        } else {
            result.flags.insert(.lfLine)
        }
        if content.isEmpty {
            try endHeaders(bodyOffset: line.upperBound, arena: &arena)
        } else if BodyBytes.isSpace(body[content.lowerBound]) {
            try fold(content, of: body, arena: &arena)
        } else {
            try addHeader(content, of: body, arena: &arena)
        }
    }

    private mutating func addHeader(
        _ content: Range<Int>,
        of body: UnsafeBufferPointer<UInt8>,
        arena: inout ByteArena
    ) throws(BodyError) {
        let bytes = BodyBytes.slice(body, content)
        guard let colon = bytes.firstIndex(of: BodyBytes.colon) else {
            throw invalidHeader("colon missing", at: content.lowerBound, text: text(content, of: body))
        }
        guard colon > 0 else {
            throw invalidHeader("header name missing", at: content.lowerBound)
        }
        let name = BodyBytes.slice(bytes, 0..<colon)
        guard name.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw invalidHeader("contains invalid character", at: content.lowerBound)
        }
        guard result.headers.count - part.firstHeader < limits.maxHeadersPerPart else {
            throw BodyError(.count, "Multipart: Too many part headers.", offset: content.lowerBound)
        }
        for header in result.headers[part.firstHeader...] {
            let other = arena[header.line]
            if other.count > colon, other[colon] == BodyBytes.colon,
                BodyBytes.equalIgnoringCase(BodyBytes.slice(other, 0..<colon), name)
            {
                let text = String(decoding: name, as: UTF8.self)
                throw BodyError(
                    .malformed,
                    "Multipart: Duplicate part header: \(text).",
                    offset: content.lowerBound
                )
            }
        }
        var value = colon + 1
        while value < bytes.count, BodyBytes.isBlank(bytes[value]) {
            value += 1
        }
        if BodyBytes.matches("content-disposition", in: name, at: 0), name.count == 19 {
            part.disposition = (result.headers.count, value)
        }
        result.headers.append(MultipartHeader(line: arena.append(bytes), offset: content.lowerBound))
        part.canFold = true
        if let trace {
            trace(9, Array("Multipart: Added part header: ".utf8) + bytes)
        }
    }

    /// Joins a continuation line to the header before it, which is the last thing in the arena.
    private mutating func fold(
        _ content: Range<Int>,
        of body: UnsafeBufferPointer<UInt8>,
        arena: inout ByteArena
    ) throws(BodyError) {
        result.flags.insert(.headerFolding)
        var index = content.lowerBound
        while index < content.upperBound, BodyBytes.isSpace(body[index]) {
            if !BodyBytes.isBlank(body[index]) {
                result.flags.insert(.invalidHeaderFolding)
            }
            index += 1
        }
        guard part.canFold, let last = result.headers.indices.last else {
            throw invalidHeader("folding error", at: content.lowerBound)
        }
        arena.append(byte: BodyBytes.space)
        _ = arena.append(BodyBytes.slice(body, index..<content.upperBound))
        let start = Int(result.headers[last].line.offset)
        result.headers[last].line = ByteRange(offset: start, length: arena.count - start)
        guard arena.count - start <= limits.headerLineLength else {
            throw BodyError(.size, "Multipart: Part header too long.", offset: content.lowerBound)
        }
    }

    /// Handles the empty line behind the headers: takes the part's names and goes on to its data.
    private mutating func endHeaders(bodyOffset: Int, arena: inout ByteArena) throws(BodyError) {
        guard let place = part.disposition, result.headers.indices.contains(place.header) else {
            throw BodyError(.malformed, "Multipart: Part missing Content-Disposition header.", offset: bodyOffset)
        }
        let header = result.headers[place.header]
        let line = arena[header.line]
        let disposition = ContentDisposition(BodyBytes.slice(line, place.value..<line.count))
        let usesPlainFilename = BodyBytes.contains("filename=", in: line)
        if disposition.invalidQuoting {
            result.flags.insert(.invalidQuoting)
        }
        let shown = disposition.code == 0 ? "" : String(decoding: line.dropFirst(place.value), as: UTF8.self)
        takeNames(of: disposition, header: header, valueOffset: place.value, arena: &arena)
        guard disposition.code == 0 else {
            traceRefusal(of: disposition, arena: arena)
            throw BodyError(
                .malformed,
                "Multipart: Invalid Content-Disposition header (\(disposition.code)): \(shown).",
                offset: header.offset
            )
        }
        guard part.name != nil else {
            throw BodyError(
                .malformed,
                "Multipart: Content-Disposition header missing name field.",
                offset: header.offset
            )
        }
        // Simple parsers look for this very text; where they find none, they see an argument instead of a file.
        if part.filename != nil, !usesPlainFilename {
            throw BodyError(
                .malformed,
                "Multipart: Invalid Content-Disposition header (filename).",
                offset: header.offset
            )
        }
        part.canFold = false
        part.dataStart = bodyOffset
        part.dataEnd = bodyOffset
        state = .data
    }

    private mutating func takeNames(
        of disposition: ContentDisposition,
        header: MultipartHeader,
        valueOffset: Int,
        arena: inout ByteArena
    ) {
        let start = Int(header.line.offset) + valueOffset
        let bodyStart = header.offset + valueOffset
        part.name = value(disposition.name, at: start, bodyStart, arena: &arena)
        part.filename = value(disposition.filename, at: start, bodyStart, arena: &arena)
        part.extendedFilename = value(disposition.extendedFilename, at: start, bodyStart, arena: &arena)
        if let last = value(disposition.lastName, at: start, bodyStart, arena: &arena) {
            result.lastName = last
        }
        if let last = value(disposition.lastFilename, at: start, bodyStart, arena: &arena) {
            result.lastFilename = last
        }
        guard let trace else {
            return
        }
        for (label, value) in [("name", part.name), ("filename", part.filename)] {
            if let value {
                trace(9, Array("Multipart: Content-Disposition \(label): ".utf8) + arena.array(value.bytes) + [0x2E])
            }
        }
    }

    /// A value as a range of the header line in the arena, or of an unescaped copy behind it.
    private func value(
        _ value: ContentDisposition.Value?,
        at start: Int,
        _ bodyStart: Int,
        arena: inout ByteArena
    ) -> MultipartValue? {
        guard let value else {
            return nil
        }
        let offset = bodyStart + value.range.lowerBound
        let raw = ByteRange(offset: start + value.range.lowerBound, length: value.range.count)
        guard value.hasEscapes else {
            return MultipartValue(bytes: raw, offset: offset)
        }
        let copyStart = arena.count
        var index = 0
        while index < raw.count {
            if arena[raw][index] == BodyBytes.backslash, index + 1 < raw.count {
                let next = arena[raw][index + 1]
                if next == value.quote || next == BodyBytes.backslash {
                    index += 1
                }
            }
            arena.append(byte: arena[raw][index])
            index += 1
        }
        return MultipartValue(
            bytes: ByteRange(offset: copyStart, length: arena.count - copyStart),
            offset: offset
        )
    }

    private func traceRefusal(of disposition: ContentDisposition, arena: borrowing ByteArena) {
        guard let trace else {
            return
        }
        if let duplicate = disposition.duplicate {
            let value = duplicate == .name ? result.lastName : result.lastFilename
            let shown = value.map { arena.array($0.bytes) } ?? []
            let text = "Multipart: Warning: Duplicate Content-Disposition \(duplicate.rawValue): "
            trace(4, Array(text.utf8) + shown + [0x2E])
        }
        if disposition.code == ContentDisposition.missingFilename {
            trace(4, Array("Multipart: Warning: no filename= but filename*.".utf8))
        }
    }

    private func invalidHeader(_ reason: String, at offset: Int, text: String? = nil) -> BodyError {
        let shown = text.map { ": \($0)" } ?? ""
        return BodyError(.malformed, "Multipart: Invalid part header (\(reason))\(shown).", offset: offset)
    }
}
