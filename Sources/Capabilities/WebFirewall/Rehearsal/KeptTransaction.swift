// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel

/// A transaction as it is kept for trying changed rules on it: the request with its body, and the response's head.
package struct KeptTransaction: Sendable {
    /// A rule that matched, and what it looked at.
    package struct Match: Sendable, Hashable {
        package var rule: Int
        /// `ARGS:comment`
        package var target: String
    }

    package var identifier: [UInt8]
    /// In nanoseconds since 1970.
    package var time: Int64
    package var application: String?
    package var connection: HTTPConnectionInfo
    package var request: HTTPRequestHead
    /// As far as rules looked at it.
    package var body: [UInt8]
    /// Nil where no upstream answered.
    package var response: HTTPResponseHead?
    /// What the client was answered.
    package var status: Int
    /// The rule that ended the transaction, or would have; nil where none.
    package var decidedBy: Int?
    /// What matched then.
    package var matches: [Match]

    /// No more of a body is kept.
    static let longestBody = 128 << 10
    static let mostMatches = 128
}

extension KeptTransaction {
    /// The version of the form, its first byte.
    private static let version: UInt8 = 1

    /// The bytes that are kept.
    package var encoded: [UInt8] {
        var writer = FieldWriter()
        writer.bytes.append(Self.version)
        writer.append(identifier)
        writer.append(number: UInt64(bitPattern: time))
        writer.append(application.map { Array($0.utf8) } ?? [])
        writer.append(Array(connection.clientAddress.utf8))
        writer.append(number: UInt64(connection.clientPort))
        writer.append(Array(connection.serverAddress.utf8))
        writer.append(number: UInt64(connection.serverPort))
        writer.append(request.bytes[request.method.bounds])
        writer.append(request.bytes[request.target.bounds])
        writer.append(request.bytes[request.version.bounds])
        writer.append(fields: request.fields, of: request.bytes)
        writer.append(body.prefix(Self.longestBody))
        writer.append(number: UInt64(status))
        writer.append(number: UInt64(response?.status ?? 0))
        if let response {
            writer.append(response.bytes[response.version.bounds])
            writer.append(fields: response.fields, of: response.bytes)
        }
        writer.append(number: UInt64(decidedBy ?? 0))
        writer.append(number: UInt64(min(matches.count, Self.mostMatches)))
        for match in matches.prefix(Self.mostMatches) {
            writer.append(number: UInt64(match.rule))
            writer.append(Array(match.target.utf8))
        }
        return writer.bytes
    }

    /// Nil for bytes that are no kept transaction.
    package init?(encoded bytes: [UInt8]) {
        var reader = FieldReader(bytes)
        guard reader.byte() == Self.version, let identifier = reader.field(), let time = reader.number(),
            let application = reader.field(), let clientAddress = reader.field(), let clientPort = reader.int(),
            let serverAddress = reader.field(), let serverPort = reader.int(), let method = reader.field(),
            let target = reader.field(), let version = reader.field(), let fields = reader.fields(),
            let body = reader.field(), let status = reader.int(), let responseStatus = reader.int()
        else { return nil }
        self.identifier = identifier
        self.time = Int64(bitPattern: time)
        self.application = application.isEmpty ? nil : String(decoding: application, as: UTF8.self)
        connection = HTTPConnectionInfo(
            clientAddress: String(decoding: clientAddress, as: UTF8.self),
            clientPort: clientPort,
            serverAddress: String(decoding: serverAddress, as: UTF8.self),
            serverPort: serverPort
        )
        request = HTTPRequestHead(method: method, target: target, version: version, fields: fields)
        self.body = body
        self.status = status
        if responseStatus > 0 {
            guard let version = reader.field(), let fields = reader.fields() else { return nil }
            response = HTTPResponseHead(version: version, status: responseStatus, reason: [], fields: fields)
        }
        guard let decidedBy = reader.int(), let count = reader.int(), count <= Self.mostMatches else { return nil }
        self.decidedBy = decidedBy == 0 ? nil : decidedBy
        matches = []
        for _ in 0..<count {
            guard let rule = reader.int(), let target = reader.field() else { return nil }
            matches.append(Match(rule: rule, target: String(decoding: target, as: UTF8.self)))
        }
        guard reader.isAtEnd else { return nil }
    }
}
