// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// Held by the process that ties attacks to findings: two at a time would count them twice.
///
/// The system lets go of it when the process ends, however that is.
package enum CorrelationLock {
    /// Runs the body while it is held.
    ///
    /// - Parameter database: the path of the findings; the lock is a file beside it.
    /// - Returns: whether it was run; not where another process, or another run of this one, holds the lock.
    /// - Throws: ``CorrelationError/Code/file`` where the file cannot be made or locked, and what the body throws.
    package static func hold(besideDatabase database: String, _ body: () throws -> Void) throws -> Bool {
        let path = database + ".correlation"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CorrelationError(.file, "\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // Some network file systems know no locks: nobody would ever run then.
            guard errno == EWOULDBLOCK else {
                throw CorrelationError(.file, "\(path) cannot be locked: \(String(cString: strerror(errno)))")
            }
            return false
        }
        try body()
        return true
    }
}
