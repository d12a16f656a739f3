// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A whole request as an HTTP parser understood it from raw bytes.
public struct ReceivedRequest: Sendable {
    /// The head; of a refused request as much of it as could be parsed.
    public var head: HTTPRequestHead
    /// The body with transfer and content codings removed.
    public var body: [UInt8]
    /// Why the parser refused the request; nil where it is well formed.
    public var refusal: HTTPRefusal?

    public init(head: HTTPRequestHead, body: [UInt8], refusal: HTTPRefusal?) {
        self.head = head
        self.body = body
        self.refusal = refusal
    }
}

/// Parses the raw bytes of one request; the gateway's parser, handed to those that may not depend on it.
public typealias RawRequestParser = @Sendable (_ bytes: [UInt8]) -> ReceivedRequest
