// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A mistake in an address that the gateway is given.
package struct GatewayAddressError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Where requests go: an HTTP or HTTPS server.
package struct UpstreamAddress: Sendable, Hashable {
    /// A name or numeric address, without brackets.
    package var host: String
    package var port: Int
    package var isTLS: Bool
    /// Whether the upstream's certificate has to be valid for its name.
    package var verifiesCertificate = true

    package init(host: String, port: Int, isTLS: Bool = false) {
        self.host = host
        self.port = port
        self.isTLS = isTLS
    }

    /// Reads `http://host:port` or `https://host`; a path other than `/` is not accepted.
    ///
    /// - Throws: ``GatewayAddressError`` that says what was expected.
    package init(url: String) throws {
        let isTLS = url.hasPrefix("https://")
        guard isTLS || url.hasPrefix("http://") else {
            throw GatewayAddressError("\(url): expected an address that starts with http:// or https://")
        }
        var rest = url.dropFirst(isTLS ? 8 : 7)
        if rest.hasSuffix("/") {
            rest = rest.dropLast()
        }
        guard !rest.contains(where: { "/?#@".contains($0) }) else {
            throw GatewayAddressError("\(url): expected only a host and a port, such as http://127.0.0.1:8080")
        }
        let (host, port) = try splitHostAndPort(String(rest), of: url)
        self.init(host: host, port: port ?? (isTLS ? 443 : 80), isTLS: isTLS)
    }

    /// The value of `Host` that names this server.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }
}

/// Where the gateway listens.
package struct GatewayListener: Sendable {
    /// A name or numeric address, without brackets.
    package var host: String
    /// 0 lets the system choose.
    package var port: Int
    /// Certificate chain and private key in PEM, for TLS.
    package var identity: TLSIdentity?

    package struct TLSIdentity: Sendable, Hashable {
        package var certificateChainFile: String
        package var privateKeyFile: String

        package init(certificateChainFile: String, privateKeyFile: String) {
            self.certificateChainFile = certificateChainFile
            self.privateKeyFile = privateKeyFile
        }
    }

    package init(host: String, port: Int, identity: TLSIdentity? = nil) {
        self.host = host
        self.port = port
        self.identity = identity
    }

    /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or `:8080` (all addresses).
    ///
    /// - Throws: ``GatewayAddressError`` that says what was expected.
    package init(_ text: String) throws {
        let (host, port) = try splitHostAndPort(text.hasPrefix(":") ? "0.0.0.0\(text)" : text, of: text)
        guard let port else {
            throw GatewayAddressError("\(text): expected a port, such as \(text):8080")
        }
        self.init(host: host, port: port)
    }
}

private func splitHostAndPort(_ text: String, of whole: String) throws -> (host: String, port: Int?) {
    var host = text[...]
    var portText: Substring?
    if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
        host = text[text.index(after: text.startIndex)..<close]
        let rest = text[text.index(after: close)...]
        if !rest.isEmpty {
            guard rest.hasPrefix(":") else {
                throw GatewayAddressError("\(whole): expected a colon and a port behind the bracket")
            }
            portText = rest.dropFirst()
        }
    } else if let colon = text.lastIndex(of: ":") {
        host = text[..<colon]
        portText = text[text.index(after: colon)...]
        guard !host.contains(":") else {
            throw GatewayAddressError("\(whole): expected an IPv6 address in brackets")
        }
    }
    guard !host.isEmpty, !host.contains(where: { $0.isWhitespace }) else {
        throw GatewayAddressError("\(whole): expected a host")
    }
    guard let portText else {
        return (String(host), nil)
    }
    guard let port = UInt16(portText) else {
        throw GatewayAddressError("\(whole): expected a port from 0 to 65535")
    }
    return (String(host), Int(port))
}
