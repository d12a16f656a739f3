// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Failures of connections, told in a line.
enum NetworkFailure {
    /// What went wrong, in a line that may be shown.
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as OutputError: return error.message
        case let error as NIOConnectionError:
            return error.connectionErrors.first.map { words($0.error) } ?? "the name has no address"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout: return "no connection in time"
        case is ChannelError: return "the connection was closed"
        default: return String(String(describing: error).replacing("\n", with: " ").prefix(300))
        }
    }
}
