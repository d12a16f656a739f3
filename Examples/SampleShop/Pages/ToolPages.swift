// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore

extension Shop {
    /// Two conveniences of the kind that grow in every back office.
    func addToolPages(to router: Router<BasicRequestContext>) {
        router.get("/tools/ping") { request, _ in try await lookUp(host: request.query["host"]) }
        router.get("/preview") { request, _ in try await preview(url: request.query["url"]) }
    }

    /// Vulnerable: the name becomes part of a command line (CWE-78).
    ///
    /// Someone took out the one character that had made trouble and left the others (CWE-184).
    private func lookUp(host: String) async throws -> Page {
        var result = ""
        if !host.isEmpty {
            let output = try await commands.run("getent hosts \(host.filter { $0 != "&" })")
            let text = output.text.isEmpty ? "This server is not known." : output.text
            result = "<pre>\(text.escaped)</pre>" + (output.timedOut ? "<p>That took too long.</p>" : "")
        }
        return Page(
            title: "Delivery servers",
            content: """
                <p>Is the server of the parcel service known here?</p>
                <form action="/tools/ping" method="get">
                <label>Server <input name="host" value="\(host.isEmpty ? "localhost" : host.escaped)"></label>
                <button>Look up</button>
                </form>
                \(result)
                """
        )
    }

    /// Vulnerable: the server fetches whatever address a visitor names, also of its own network (CWE-918).
    private func preview(url: String) async throws -> Page {
        let form = """
            <form action="/preview" method="get">
            <label>The supplier's page <input name="url" placeholder="https://supplier.example/"></label>
            <button>Show</button>
            </form>
            """
        guard !url.isEmpty else { return Page(title: "Supplier preview", content: form) }
        // Other schemes would reach sockets of the machine, such as a container runtime's.
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw HTTPError(.badRequest, message: "An address starts with http:// or https://.")
        }
        do {
            let response = try await client.execute(HTTPClientRequest(url: url), timeout: .init(limits.fetch))
            let text = String(buffer: try await Self.firstBytes(of: response.body))
            return Page(
                title: "Supplier preview",
                content: form + "<p>Status \(response.status)</p><pre>\(text.escaped)</pre>"
            )
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return Page(
                title: "Supplier preview",
                content: form + "<p class=\"error\">\("\(error)".escaped)</p>",
                status: .badGateway
            )
        }
    }

    /// The first 64 KiB of a body; the rest is not fetched.
    private static func firstBytes(of body: HTTPClientResponse.Body) async throws -> ByteBuffer {
        let limit = 64 * 1024
        var result = ByteBuffer()
        for try await var chunk in body {
            let length = min(chunk.readableBytes, limit - result.readableBytes)
            if var part = chunk.readSlice(length: length) {
                result.writeBuffer(&part)
            }
            if result.readableBytes >= limit { break }
        }
        return result
    }
}
