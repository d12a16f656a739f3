// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Glibc

/// Held by the process that ties attacks to findings: two at a time would count them twice.
///
/// The system lets go of it when the process ends, however that is.
enum CorrelationLock {
    /// Runs the body while it is held.
    ///
    /// - Parameter database: the path of the findings; the lock is a file beside it.
    /// - Returns: whether it was run; not where another process, or another run of this one, holds the lock.
    /// - Throws: ``CommandFailure`` where the file cannot be made, and what the body throws.
    static func hold(besideDatabase database: String, _ body: () throws -> Void) throws -> Bool {
        let path = database + ".correlation"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure.couldNotRun("\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        try body()
        return true
    }
}
