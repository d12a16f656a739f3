// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// The file of the local socket. It lies in the data folder, of which one process has the lock, so that an old file there
/// belongs to nobody any more.
enum LocalSocket {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Removes what an earlier process has left, and makes sure that the new file is for its owner alone from its start.
    ///
    /// - Throws: ``Failure`` where something else has the name.
    static func prepare(_ path: String) throws(Failure) {
        guard path.utf8.count <= 107 else {
            throw Failure(description: "\(path) is too long for the name of a socket: 107 bytes is the most")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw Failure(description: "\(path) is there and is no socket")
        }
        guard unlink(path) == 0 else {
            throw Failure(description: "\(path) is left from before and cannot be removed: \(errno)")
        }
    }

    static func restrict(_ path: String) {
        chmod(path, 0o600)
    }

    static func remove(_ path: String) {
        unlink(path)
    }
}
