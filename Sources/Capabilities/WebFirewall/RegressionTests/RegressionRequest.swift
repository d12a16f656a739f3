// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Builds the bytes that a regression test sends.
enum RegressionRequest {
    /// The whole request. Nothing of it need be well formed: tests break HTTP on purpose.
    static func bytes(of input: RegressionTest.Input) -> [UInt8] {
        if let raw = input.rawRequest {
            return raw
        }
        var headers = input.headers
        let body = complete(&headers, of: input)
        var bytes = Array("\(input.method) \(input.uri)".utf8)
        // A request line without a version is that of HTTP/0.9 and ends behind the target.
        bytes += Array((input.version.isEmpty ? "" : " \(input.version)").utf8)
        bytes += crlf
        for header in headers {
            bytes += Array("\(header.name): \(header.value)".utf8)
            bytes += crlf
        }
        bytes += crlf
        bytes += body
        return bytes
    }

    private static let crlf: [UInt8] = [13, 10]

    /// Fills in what the test leaves out; the body as it is sent.
    private static func complete(
        _ headers: inout [(name: String, value: String)],
        of input: RegressionTest.Input
    ) -> [UInt8] {
        var body = input.data ?? []
        if !body.isEmpty, input.completesHeaders {
            add("Content-Type", form, to: &headers)
            if value(of: "Content-Type", in: headers) == form, FormEncoding.isUnchangedByDecoding(body) {
                body = FormEncoding.encode(body)
            }
        }
        if input.isNewSchema, value(of: "Content-Type", in: headers)?.hasPrefix("multipart/form-data;") == true {
            body = withCRLF(body)
        }
        guard input.completesHeaders else {
            return body
        }
        if input.isNewSchema {
            add("Connection", "close", to: &headers)
        }
        let announcesEmpty = input.isNewSchema && ["POST", "PUT", "PATCH", "DELETE"].contains(input.method)
        if !body.isEmpty || announcesEmpty {
            add("Content-Length", String(body.count), to: &headers)
        }
        return body
    }

    private static let form = "application/x-www-form-urlencoded"

    private static func value(of name: String, in headers: [(name: String, value: String)]) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    private static func add(_ name: String, _ value: String, to headers: inout [(name: String, value: String)]) {
        if self.value(of: name, in: headers) == nil {
            headers.append((name: name, value: value))
        }
    }

    /// Gives bare line feeds the carriage return that multipart bodies need.
    private static func withCRLF(_ body: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(body.count + body.count / 16)
        for byte in body {
            if byte == 10, result.last != 13 {
                result.append(13)
            }
            result.append(byte)
        }
        return result
    }
}
