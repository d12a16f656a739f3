// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import Hummingbird
internal import Logging
internal import NIOCore

/// What Hummingbird hands along with a request: where it comes from.
struct ConsoleContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let origin: Origin

    private enum Origin {
        case channel(any Channel)
        case program(name: String)
    }

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        origin = .channel(source.channel)
    }

    /// For a request of the program itself.
    init(program name: String, logger: Logger) {
        coreContext = CoreRequestContextStorage(source: ProgramSource(logger: logger))
        origin = .program(name: name)
    }

    private struct ProgramSource: RequestContextSource {
        let logger: Logger
    }

    /// Who is at the other end.
    ///
    /// - Throws: ``Problem`` where another account of the machine uses the local socket.
    func peer() async throws -> Peer {
        switch origin {
        case .program(let name): return .local(name: name)
        case .channel(let channel):
            guard let address = channel.remoteAddress ?? channel.localAddress else { return .unknown }
            switch address {
            case .v4, .v6:
                return address.ipAddress.map { .network(address: $0) } ?? .unknown
            case .unixDomainSocket: return try await Self.owner(of: channel)
            }
        }
    }

    /// Asks the kernel which account opened the other end of a local socket (`SO_PEERCRED`, unix(7)). The socket's file
    /// is for its owner alone, so that this only confirms it.
    private static func owner(of channel: any Channel) async throws -> Peer {
        guard let options = channel as? any SocketOptionProvider else { return .unknown }
        let credentials: PeerCredentials = try await options.unsafeGetSocketOption(
            level: NIOBSDSocket.OptionLevel(rawValue: SOL_SOCKET),
            name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        ).get()
        guard credentials.user == geteuid() || credentials.user == 0 else {
            throw Problem(.forbidden, "denied", "the local socket is for the account that runs the server, and root")
        }
        return .local(name: AccountName.of(credentials.user))
    }

    /// `struct ucred`.
    private struct PeerCredentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }
}

/// Names of the accounts of this machine.
enum AccountName {
    static func of(_ user: UInt32) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return "uid \(user)" }
            let result = getpwuid_r(user, &entry, base, buffer.count, &found)
            guard result == 0, let name = found?.pointee.pw_name else { return "uid \(user)" }
            return String(cString: name)
        }
    }
}
