// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import SecLang

/// Parses any bytes as a cookie header of both versions.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCookies(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: size)
    for format in [CookieParser.Format.netscape, .rfc2109] {
        var arena = ByteArena(capacity: 64)
        var ranges: [ByteRange] = []
        let result = CookieParser.parse(input, format: format, limit: 200, into: &arena) { name, value, at, valueAt in
            precondition(!name.isEmpty && at < size && valueAt <= size)
            ranges.append(name)
            ranges.append(value)
        }
        precondition(ranges.count == 2 * result.count && result.count <= 200)
        precondition(ranges.allSatisfy { $0.bounds.upperBound <= arena.count })
        precondition(arena.count <= 5 * size + 1024)
    }
    return 0
}
