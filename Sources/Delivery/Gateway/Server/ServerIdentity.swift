// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import NIOSSL
internal import Synchronization

/// A certificate with its private key, as a server shows them. They can be replaced while it serves: connections that are
/// there keep what they began with.
package final class ServerIdentity: Sendable {
    /// A certificate and a key that were read and belong together.
    package struct Loaded: Sendable {
        let context: NIOSSLContext
        /// When the certificate ends, in seconds since 1970.
        package let end: Int

        /// Reads the files.
        ///
        /// - Throws: ``ServerIdentityError`` that says which file is wrong and how.
        package init(_ files: GatewayListener.TLSIdentity) throws(ServerIdentityError) {
            let chain: [NIOSSLCertificate]
            do {
                chain = try NIOSSLCertificate.fromPEMFile(files.certificateChainFile)
            } catch {
                throw ServerIdentityError(files.certificateChainFile, "holds no certificate in PEM (\(error))")
            }
            guard let leaf = chain.first else {
                throw ServerIdentityError(files.certificateChainFile, "holds no certificate in PEM")
            }
            let key: NIOSSLPrivateKey
            do {
                key = try NIOSSLPrivateKey(file: files.privateKeyFile, format: .pem)
            } catch {
                throw ServerIdentityError(files.privateKeyFile, "holds no private key in PEM (\(error))")
            }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            do {
                context = try NIOSSLContext(configuration: configuration)
            } catch {
                throw ServerIdentityError(
                    files.privateKeyFile,
                    "is not the key of the first certificate in \(files.certificateChainFile) (\(error))"
                )
            }
            end = Int(leaf.notValidAfter)
        }
    }

    private let loaded: Mutex<Loaded>

    package init(_ loaded: Loaded) {
        self.loaded = Mutex(loaded)
    }

    /// What connections that begin now get.
    package var context: NIOSSLContext { loaded.withLock { $0.context } }

    /// When the certificate ends, in seconds since 1970.
    package var end: Int { loaded.withLock { $0.end } }

    package func replace(_ new: Loaded) {
        loaded.withLock { $0 = new }
    }
}

/// What is wrong with a certificate or its key.
package struct ServerIdentityError: Error, CustomStringConvertible {
    package let file: String
    private let reason: String

    init(_ file: String, _ reason: String) {
        self.file = file
        self.reason = reason
    }

    package var description: String { "\(file) \(reason)" }
}
