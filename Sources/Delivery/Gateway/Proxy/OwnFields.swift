// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The fields of the gateway's own that are the same in every request to an upstream, as bytes behind the line end of
/// the field before them.
struct OwnFields: Sendable {
    /// `Via` for requests of HTTP/1.0 and of HTTP/1.1, RFC 9110 section 7.6.3; empty where none is sent.
    let via10: [UInt8]
    let via11: [UInt8]
    /// What stands before the exchange's identifier; empty where none is sent.
    let identifierStart: [UInt8]
    /// The name of the identifier's field in small letters.
    private let identifierName: [UInt8]

    init(_ configuration: GatewayConfiguration) {
        via10 = configuration.viaPseudonym.map { Array("\r\nVia: 1.0 \($0)".utf8) } ?? []
        via11 = configuration.viaPseudonym.map { Array("\r\nVia: 1.1 \($0)".utf8) } ?? []
        identifierStart = configuration.identifierField.map { Array("\r\n\($0): ".utf8) } ?? []
        identifierName = configuration.identifierField.map { $0.utf8.map(lowercased) } ?? []
    }

    /// Whether this is the name of the identifier's field.
    func isIdentifier(_ bytes: UnsafeBufferPointer<UInt8>, _ name: Range<Int>) -> Bool {
        guard !identifierName.isEmpty, identifierName.count == name.count else {
            return false
        }
        return zip(name, identifierName).allSatisfy { lowercased(bytes[$0]) == $1 }
    }
}
