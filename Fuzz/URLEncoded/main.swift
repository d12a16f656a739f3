// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import SecLang

/// Parses any bytes as name=value pairs; the first byte chooses the separator.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzURLEncoded(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: size)
    let separators: [UInt8] = [UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "%")]
    let separator = separators[Int(input.first ?? 0) % separators.count]
    var arena = ByteArena(capacity: 64)
    var ends: [Int] = []
    let result = URLEncodedBody.parse(input, separator: separator, limit: 1000, into: &arena) {
        name,
        value,
        at,
        valueAt in
        precondition(name.bounds.upperBound == value.bounds.lowerBound)
        precondition(at <= size && valueAt <= size + 1)
        ends.append(value.bounds.upperBound)
    }
    precondition(ends.count == result.count && result.count <= 1000)
    precondition(ends.allSatisfy { $0 <= arena.count } && arena.count <= size)
    return 0
}
