// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Gateway

/// Decodes any bytes as a chunked body, whole and byte by byte, which has to make no difference.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChunkedBody(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: size)
    let whole = decode(input, piece: max(size, 1))
    let single = decode(input, piece: 1)
    precondition(whole.body == single.body && whole.end == single.end && whole.used == single.used)
    precondition(whole.body.count <= size)
    return 0
}

private struct Outcome {
    var body: [UInt8] = []
    var used = 0
    var end = ChunkedDecoder.Event.needMore
}

private func decode(_ input: UnsafeBufferPointer<UInt8>, piece: Int) -> Outcome {
    var decoder = ChunkedDecoder()
    var outcome = Outcome()
    var start = 0
    while start < input.count {
        let end = min(start + piece, input.count)
        let part = UnsafeBufferPointer(rebasing: input[start..<end])
        var position = 0
        repeat {
            outcome.end = decoder.next(part, at: &position)
            if case .data(let range) = outcome.end {
                precondition(!range.isEmpty && range.upperBound <= part.count)
                outcome.body += part[range]
            }
        } while outcome.end.isData
        outcome.used = start + position
        guard outcome.end == .needMore else {
            return outcome
        }
        precondition(position == part.count)
        start = end
    }
    return outcome
}

extension ChunkedDecoder.Event {
    fileprivate var isData: Bool {
        if case .data = self {
            return true
        }
        return false
    }
}
