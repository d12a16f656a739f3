// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import SecLang

/// Parses any bytes as JSON, with and without limits that matter.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSONBody(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: size)
    let wide = parse(input, maxDepth: 512, maxArguments: 100_000)
    let narrow = parse(input, maxDepth: 3, maxArguments: 4)
    precondition(narrow.count <= 4 && narrow.count <= wide.count)
    if wide.error != nil {
        precondition(narrow.error != nil)
    }
    return 0
}

private func parse(
    _ input: UnsafeBufferPointer<UInt8>,
    maxDepth: Int,
    maxArguments: Int
) -> (error: BodyError?, count: Int) {
    var arena = ByteArena(capacity: 64)
    var ranges: [ByteRange] = []
    let error = JSONBody.parse(input, maxDepth: maxDepth, maxArguments: maxArguments, into: &arena) { name, value in
        precondition(name.count <= JSONBody.maxNameLength && value.count <= input.count)
        ranges.append(name)
        ranges.append(value)
    }
    precondition(ranges.allSatisfy { $0.bounds.upperBound <= arena.count })
    precondition(ranges.allSatisfy { $0.isEmpty || arena[$0].count == $0.count })
    if let offset = error?.offset {
        precondition(offset <= input.count)
    }
    return (error, ranges.count / 2)
}
