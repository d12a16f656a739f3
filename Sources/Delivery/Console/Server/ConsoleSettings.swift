// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import NIOSSL

/// Where the console listens, and within which limits.
package struct ConsoleSettings: Sendable {
    package var host = "127.0.0.1"
    /// Whether pages are served at all; else there is only the local socket.
    package var servesTCP = true
    /// 0 for any that is free.
    package var port = 7433
    /// The socket for commands on this machine; nil for none.
    package var socketPath: String?
    /// With it, the console speaks TLS. Asked for each connection, so that a certificate can be replaced.
    package var tls: (@Sendable () -> NIOSSLContext)?
    /// Whether clients reach the console over TLS that something before it ends.
    package var isBehindTLS = false
    /// The origin by which people reach the console, such as `https://redoubt.example.com`; nil where it is the address.
    package var origin: String?
    /// Names that clients may use for the console, beside `localhost` and addresses of loopback.
    package var names: [String] = []
    package var patience = ConsolePatience()
    package var maximumConnections = 500
    package var handlerDeadline: Duration = .seconds(30)
    /// How long a search over events may take.
    package var searchDeadline: Duration = .seconds(10)

    package init() {}

    /// Whether cookies only travel encrypted.
    var isSecure: Bool { tls != nil || isBehindTLS }
}
