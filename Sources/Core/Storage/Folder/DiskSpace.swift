// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// How full the disk is that a folder lies on.
package struct DiskSpace: Sendable, Equatable {
    /// Bytes that a program without privileges may still write.
    package var available: Int
    /// Bytes that such programs can have in all.
    package var total: Int

    package init(available: Int, total: Int) {
        self.available = available
        self.total = total
    }

    /// Asks the file system, see statvfs(3).
    package init(ofFolder path: String) throws(StorageError) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw FileSystem.failure("has no known disk", path) }
        let used = Int(status.f_blocks) - Int(status.f_bfree)
        available = Int(status.f_bavail) * Int(status.f_frsize)
        total = (used + Int(status.f_bavail)) * Int(status.f_frsize)
    }

    /// How far a disk is filled, as the guard sees it.
    package enum Level: String, Sendable, Comparable {
        case fine
        /// 90 % are used: people should be told.
        case warning
        /// 95 % are used: raw events are not written any more, so that decisions and detections can be.
        case full

        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .fine: 0
            case .warning: 1
            case .full: 2
            }
        }
    }

    package var level: Level {
        // In thousandths.
        let free = available / max(1, total / 1000)
        return free <= 50 ? .full : free <= 100 ? .warning : .fine
    }
}
