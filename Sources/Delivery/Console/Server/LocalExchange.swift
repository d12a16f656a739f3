// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// A request that the program makes to its own console.
package struct LocalRequest: Sendable {
    package var method: String
    /// With the query.
    package var path: String
    package var headers: [String: String]
    package var body: [UInt8]

    package init(_ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }
}

/// What the console answered.
package struct LocalAnswer: Sendable {
    package var status: Int
    /// By their names in small letters.
    package var headers: [String: String]
    package var body: [UInt8]
}

struct LocalExchange {
    let responder: ConsoleResponder
    let logger: Logger

    func answer(_ request: LocalRequest, as name: String) async -> LocalAnswer {
        guard let method = HTTPRequest.Method(rawValue: request.method) else {
            return LocalAnswer(status: 400, headers: [:], body: [])
        }
        var fields = HTTPFields()
        for (key, value) in request.headers {
            guard let key = HTTPField.Name(key) else { continue }
            fields[key] = value
        }
        let head = HTTPRequest(
            method: method,
            scheme: "http",
            authority: "localhost",
            path: request.path,
            headerFields: fields
        )
        let body = RequestBody(buffer: ByteBuffer(bytes: request.body))
        do {
            let context = ConsoleContext(program: name, logger: logger)
            let response = try await responder.respond(to: Request(head: head, body: body), context: context)
            let collected = CollectedBytes()
            try await response.body.write(CollectingWriter(bytes: collected))
            return LocalAnswer(
                status: response.status.code,
                headers: Dictionary(response.headers.map { ($0.name.canonicalName, $0.value) }) { first, _ in first },
                body: await collected.bytes
            )
        } catch {
            return LocalAnswer(status: 500, headers: [:], body: Array("\(error)".utf8))
        }
    }
}

private actor CollectedBytes {
    private(set) var bytes: [UInt8] = []

    func append(_ buffer: ByteBuffer) {
        bytes.append(contentsOf: buffer.readableBytesView)
    }
}

/// Gathers what would be sent.
private struct CollectingWriter: ResponseBodyWriter {
    let bytes: CollectedBytes

    mutating func write(_ buffer: ByteBuffer) async throws {
        await bytes.append(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
