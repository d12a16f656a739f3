// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

// The readers of outside text: NDJSON transactions, HAR archives, regression tests, overrides. The first byte of
// the input chooses the reader.

import Bytes
import DefenseModel
import WebFirewall

private let refuseRawRequests: RawRequestParser = { bytes in
    let head = HTTPRequestHead(method: [], target: [], version: [], fields: [])
    return ReceivedRequest(head: head, body: bytes, refusal: HTTPRefusal(status: 400, reason: "not parsed here"))
}

private func read(_ input: [UInt8], with reader: UInt8) {
    switch reader % 4 {
    case 0:
        let decoder = TransactionDecoder(parseRawRequest: refuseRawRequests)
        if let transaction = try? decoder.decode(input, line: 1) {
            var encoder = ResultEncoder()
            let result = TransactionResult(
                outcome: .init(verdict: .pass, status: 200),
                errorLog: [transaction.request.body]
            )
            let answer = encoder.encode(result, id: transaction.id)
            precondition((try? JSONReader.read(answer)) != nil, "an answer is not JSON")
        }
    case 1:
        var report = ReplayReport()
        for transaction in (try? HARReader.read(input, onError: { _ in })) ?? [] {
            report.add(transaction, TransactionResult(outcome: .init(verdict: .pass, status: 200)))
        }
        precondition((try? JSONReader.read(report.json)) != nil, "a report is not JSON")
    case 2:
        _ = try? RegressionFileReader.read(text: String(decoding: input, as: UTF8.self), path: "input")
    default:
        _ = try? RegressionOverrides.read(text: String(decoding: input, as: UTF8.self), path: "input")
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvalInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if let reader = input.first {
        read(Array(input.dropFirst()), with: reader)
    }
    return 0
}
