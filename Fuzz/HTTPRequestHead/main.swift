// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Gateway

/// Parses any bytes as a request, whole and in two pieces, which has to make no difference.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTPRequestHead(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: size)
    var whole = HTTP1RequestParser()
    let first = whole.parse(input)
    var pieces = HTTP1RequestParser()
    let cut = size / 2
    if case .incomplete = pieces.parse(UnsafeBufferPointer(rebasing: input.prefix(cut))) {
        compare(first, pieces.parse(input))
    }
    switch first {
    case .head(let request, let consumed):
        precondition(consumed <= size)
        check(request)
    case .incomplete:
        check(whole.abandon(input, refusal: .headTimeout))
    }
    let received = parseRawRequest(Array(input))
    precondition(received.body.count <= max(1 << 16, size * 50))
    return 0
}

private func check(_ request: ParsedRequest) {
    let head = request.head
    let ranges = [head.method, head.target, head.version, head.line, request.authority, request.originTarget]
    for range in ranges + head.fields.flatMap({ [$0.name, $0.value] }) {
        precondition(range.bounds.upperBound <= head.bytes.count)
    }
    guard request.refusal == nil else {
        precondition(!request.isKeptAlive)
        return
    }
    // What is forwarded holds nothing that could be read as a line end.
    for range in [head.method, head.target] + head.fields.flatMap({ [$0.name, $0.value] }) {
        precondition(!head.bytes[range.bounds].contains { $0 == 13 || $0 == 10 || $0 == 0 })
    }
}

private func compare(_ left: HTTP1RequestParser.Progress, _ right: HTTP1RequestParser.Progress) {
    switch (left, right) {
    case (.incomplete, .incomplete):
        break
    case (.head(let one, let oneLength), .head(let other, let otherLength)):
        precondition(oneLength == otherLength && one.refusal == other.refusal && one.framing == other.framing)
        precondition(one.head.fields == other.head.fields && one.head.target == other.head.target)
    default:
        preconditionFailure("the pieces made a difference")
    }
}
