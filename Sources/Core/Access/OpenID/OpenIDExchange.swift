// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A request to the provider, which the caller carries out.
package struct OpenIDRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    package var method: Method
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
}

/// What the provider answered.
package struct OpenIDResponse: Sendable {
    package var status: Int
    package var body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// Carries out a request. It follows no redirections, ends within 10 seconds, checks the server's certificate and reads at
/// most ``OpenIDClient/maximumResponse`` bytes.
package typealias OpenIDFetch = @Sendable (OpenIDRequest) async throws -> OpenIDResponse
