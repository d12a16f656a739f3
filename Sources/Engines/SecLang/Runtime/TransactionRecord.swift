// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

public import DefenseModel

/// What logs need to know of an exchange besides its matches.
public struct TransactionRecord: Sendable {
    public internal(set) var identifier: [UInt8] = []
    /// Nanoseconds since 1970.
    public internal(set) var startTime: UInt64 = 0
    public internal(set) var connection = HTTPConnectionInfo(
        clientAddress: "",
        clientPort: 0,
        serverAddress: "",
        serverPort: 0
    )
    public internal(set) var request: HTTPRequestHead?
    public internal(set) var response: HTTPResponseHead?
    /// The target up to its question mark, percent escapes decoded; for logs.
    public internal(set) var decodedPath: [UInt8] = []
}
