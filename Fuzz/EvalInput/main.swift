// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

// The readers of outside text: transactions in NDJSON and HAR archives (what starts like JSON), regression tests
// and overrides in YAML (all else).

import Bytes
import DefenseModel
import WebFirewall

private let refuseRawRequests: RawRequestParser = { bytes in
    let head = HTTPRequestHead(method: [], target: [], version: [], fields: [])
    return ReceivedRequest(head: head, body: bytes, refusal: HTTPRefusal(status: 400, reason: "not parsed here"))
}

private func readTransactions(_ input: [UInt8]) {
    let decoder = TransactionDecoder(parseRawRequest: refuseRawRequests)
    var encoder = ResultEncoder()
    for (index, line) in input.split(separator: 10).enumerated() {
        do {
            let transaction = try decoder.decode(Array(line), line: index + 1)
            let outcome = TransactionResult.Outcome(verdict: .pass, status: 200)
            let result = TransactionResult(outcome: outcome, errorLog: [transaction.request.body])
            let answer = encoder.encode(result, id: transaction.id)
            precondition((try? JSONReader.read(answer)) != nil, "an answer is not JSON")
        } catch {
            precondition(error.line == index + 1 && error.column <= line.count + 1, "an error lies elsewhere")
        }
    }
}

private func readArchive(_ input: [UInt8]) {
    var report = ReplayReport()
    for transaction in (try? HARReader.read(input, onError: { _ in })) ?? [] {
        report.add(transaction, TransactionResult(outcome: .init(verdict: .pass, status: 200)))
    }
    precondition((try? JSONReader.read(report.json)) != nil, "a report is not JSON")
}

private func readTests(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    _ = try? RegressionFileReader.read(text: text, path: "input")
    _ = try? RegressionOverrides.read(text: text, path: "input")
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvalInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if input.first == UInt8(ascii: "{") {
        readTransactions(input)
        readArchive(input)
    } else {
        readTests(input)
    }
    return 0
}
