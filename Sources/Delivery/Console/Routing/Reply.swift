// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What a handler answers.
struct Reply: Sendable {
    typealias Stream = @Sendable (inout any ResponseBodyWriter) async throws -> Void

    enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Written as it comes; it ends when the client goes or the stream does.
        case stream(Stream)
    }

    var status: HTTPResponse.Status = .ok
    var headers = HTTPFields()
    var body = Body.none

    init(_ status: HTTPResponse.Status = .ok) {
        self.status = status
    }

    init(_ status: HTTPResponse.Status = .ok, type: String, _ bytes: [UInt8]) {
        self.status = status
        headers[.contentType] = type
        body = .bytes(bytes)
    }

    static func json(_ value: JSONValue, _ status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status, type: "application/json", value.encoded)
    }

    /// - Parameter revision: becomes the ETag.
    static func json(_ value: JSONValue, revision: Int) -> Reply {
        var reply = json(value)
        reply.headers[.eTag] = EntityTag.text(revision)
        return reply
    }

    static func html(_ html: HTML, _ status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status, type: "text/html; charset=utf-8", Array(html.markup.utf8))
    }

    /// Goes on to a page of this console, after a form was posted.
    static func redirect(_ path: String) -> Reply {
        var reply = Reply(.seeOther)
        reply.headers[.location] = LocalPath.checked(path)
        return reply
    }

    /// Goes elsewhere; only to an address that the configuration or a provider whom it names has given.
    static func leave(for url: String) -> Reply {
        var reply = Reply(.seeOther)
        reply.headers[.location] = url
        return reply
    }

    /// A file that a browser saves.
    static func file(_ name: String, type: String, _ bytes: [UInt8]) -> Reply {
        var reply = Reply(type: type, bytes)
        reply.headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        return reply
    }

    static func problem(_ problem: Problem, requestID: String) -> Reply {
        var reply = Reply(problem.status, type: "application/problem+json", problem.json(requestID: requestID))
        reply.add(problem)
        return reply
    }

    /// The header fields that a problem has.
    mutating func add(_ problem: Problem) {
        if let seconds = problem.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        if !problem.allow.isEmpty { headers[.allow] = problem.allow.joined(separator: ", ") }
        if problem.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"redoubt\"" }
    }

    var response: Response {
        switch body {
        case .none: Response(status: status, headers: headers)
        case .bytes(let bytes):
            Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .stream(let stream): Response(status: status, headers: headers, body: ResponseBody(stream))
        }
    }
}

/// A path within this console, so that nobody is sent elsewhere.
enum LocalPath {
    /// - Returns: the path, or `/` for what leads away or is none.
    static func checked(_ path: String) -> String {
        let isPath = path.hasPrefix("/") && !path.hasPrefix("//") && !path.hasPrefix("/\\")
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
        return isPath && isPlain && path.utf8.count <= 2000 ? path : "/"
    }
}
