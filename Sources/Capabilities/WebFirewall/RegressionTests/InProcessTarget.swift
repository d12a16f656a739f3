// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
package import DefenseModel
import Foundation

/// Runs regression tests in this process: the gateway's parser reads the request, the engine judges it.
package struct InProcessTarget: RegressionTarget {
    private let parseRawRequest: RawRequestParser
    private let evaluate: (RecordedTransaction) -> TransactionResult

    package init(
        parseRawRequest: @escaping RawRequestParser,
        evaluate: @escaping (RecordedTransaction) -> TransactionResult
    ) {
        self.parseRawRequest = parseRawRequest
        self.evaluate = evaluate
    }

    package func observe(_ request: [UInt8], response: RegressionTest.Response?) throws -> StageObservation {
        let received = parseRawRequest(request)
        let answer = response ?? ReflectingServer.response(to: received)
        let transaction = RecordedTransaction(
            id: "test",
            connection: HTTPConnectionInfo(
                clientAddress: "127.0.0.1",
                clientPort: 40_000,
                serverAddress: "127.0.0.1",
                serverPort: 80
            ),
            request: received,
            response: recorded(answer)
        )
        let result = evaluate(transaction)
        return StageObservation(
            status: result.outcome.verdict == .drop ? nil : result.outcome.status,
            isRefused: received.refusal != nil,
            log: result.errorLog,
            body: result.outcome.verdict == .pass ? answer.body : []
        )
    }

    private func recorded(_ response: RegressionTest.Response) -> RecordedResponse {
        let head = HTTPResponseHead(
            version: Array("HTTP/1.1".utf8),
            status: response.status,
            reason: [],
            fields: response.headers.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }
        )
        return RecordedResponse(head: head, body: response.body)
    }
}

/// The server that rule set tests expect behind the firewall: `POST /reflect` answers what its JSON body says,
/// everything else gets an empty 200.
enum ReflectingServer {
    static func response(to request: ReceivedRequest) -> RegressionTest.Response {
        var response = RegressionTest.Response()
        let head = request.head
        guard request.refusal == nil,
            part(head.method, of: head) == Array("POST".utf8),
            part(head.target, of: head).starts(with: Array("/reflect".utf8)),
            let wanted = try? JSONReader.read(request.body)
        else {
            return response
        }
        if let status = wanted["status"]?.integer, (100...999).contains(status) {
            response.status = status
        }
        for member in wanted["headers"]?.members ?? [] {
            let name = String(decoding: member.name, as: UTF8.self)
            response.headers.append((name: name, value: member.value.text ?? ""))
        }
        if let encoded = wanted["encodedBody"]?.bytes, let body = Data(base64Encoded: Data(encoded)) {
            response.body = Array(body)
        } else {
            response.body = wanted["body"]?.bytes ?? []
        }
        return response
    }

    /// The request that makes such a server answer so: the test's own header fields, `POST /reflect` and a body
    /// that describes the response.
    static func request(for response: RegressionTest.Response, in request: [UInt8]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("status")
        json.number(response.status)
        json.key("headers")
        json.beginObject()
        for header in response.headers {
            json.key(header.name)
            json.string(header.value)
        }
        json.endObject()
        json.key("encodedBody")
        json.string(Data(response.body).base64EncodedString())
        json.endObject()
        let head = request[..<(ByteSearch.firstIndex(of: [13, 10, 13, 10], in: request) ?? request.count)]
        let replaced: Set = ["content-length", "content-type", "transfer-encoding"]
        var lines = ["POST /reflect HTTP/1.1"]
        for line in String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n").dropFirst() {
            let name = line.prefix { $0 != ":" }.lowercased()
            if !replaced.contains(name), !line.isEmpty {
                lines.append(line)
            }
        }
        lines += ["Content-Type: application/json", "Content-Length: \(json.bytes.count)", "", ""]
        return Array(lines.joined(separator: "\r\n").utf8) + json.bytes
    }

    private static func part(_ range: ByteRange, of head: HTTPRequestHead) -> [UInt8] {
        let bounds = range.bounds
        guard bounds.upperBound <= head.bytes.count else {
            return []
        }
        return Array(head.bytes[bounds])
    }
}
