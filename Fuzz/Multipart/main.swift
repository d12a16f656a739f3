// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import SecLang

/// Parses any bytes as a multipart body. A first line that begins with `m` is its content type.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMultipart(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    var body = UnsafeBufferPointer(start: data, count: size)
    var contentType = Array("multipart/form-data; boundary=0000".utf8)
    if body.first.map({ $0 | 0x20 }) == UInt8(ascii: "m"), let end = body.firstIndex(of: UInt8(ascii: "\n")) {
        contentType = Array(body[..<end])
        body = UnsafeBufferPointer(rebasing: body[(end + 1)...])
    }
    let limits = MultipartLimits(maxParts: 50, maxFiles: 10)
    let parser = contentType.withUnsafeBufferPointer { MultipartBody(contentType: $0, limits: limits) }
    var arena = ByteArena(capacity: 64)
    let isTraced = size % 2 == 0
    var traced = 0
    let result = parser.parse(body, into: &arena, trace: isTraced ? { traced += $0 + $1.count } : nil)
    check(result, bodyLength: body.count, arenaLength: arena.count)
    return 0
}

private func check(_ result: MultipartResult, bodyLength: Int, arenaLength: Int) {
    var place = 0
    var header = 0
    for part in result.parts {
        precondition(part.content.bounds.lowerBound >= place && part.content.bounds.upperBound <= bodyLength)
        precondition(part.headers.lowerBound == header && part.headers.upperBound <= result.headers.count)
        place = part.content.bounds.upperBound
        header = part.headers.upperBound
        for value in [part.name, part.filename, part.extendedFilename] {
            if let value {
                precondition(value.bytes.bounds.upperBound <= arenaLength && value.offset <= bodyLength)
            }
        }
    }
    precondition(header == result.headers.count && result.parts.count <= 50)
    for header in result.headers {
        precondition(header.line.bounds.upperBound <= arenaLength && header.offset <= bodyLength)
    }
    precondition(result.lengthWithoutFiles <= bodyLength)
    precondition((0...2).contains(result.unmatchedBoundary))
}
