// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// Folders that stay where they are, such as a container's volume: what is in them is exchanged instead.
extension FolderRestore {
    /// Whether a folder is there and cannot be renamed: something is mounted at it, the folder above is not ours, or its name
    /// is a link, which somebody made to have the data elsewhere (systemd makes one for a dynamic user).
    static func isInPlace(_ folder: String) throws(StorageError) -> Bool {
        guard FileSystem.exists(folder) else { return false }
        if FolderTree.isLink(folder) { return true }
        if try MountPoints.contain(folder) { return true }
        return access(FileSystem.folder(of: try FolderTree.real(folder)), W_OK) != 0
    }

    /// Where what is in a folder goes when it is replaced: beside it, or, where that cannot be, within it.
    ///
    /// - Parameter name: tells it from others, such as a time.
    package static func aside(_ folder: String, named name: String) throws(StorageError) -> String {
        let folder = FolderTree.withoutSlash(folder)
        return try isInPlace(folder) ? "\(folder)/\(asidePrefix)\(name)" : "\(folder).replaced-\(name)"
    }

    private static let asidePrefix = ".replaced-"

    /// Whether a path below a data folder is of what was put aside in it.
    static func isSetAside(_ path: String) -> Bool { path.hasPrefix(asidePrefix) || path.hasPrefix(".restoring/") }

    /// Whether a name is not of what we keep but of the file system that is mounted there (mke2fs(8)).
    static func isOfFileSystem(_ name: String) -> Bool { name == "lost+found" }

    /// The names in a folder that have to give way; nothing of a restore before.
    static func entries(of folder: String) throws(StorageError) -> [String] {
        try FileSystem.names(in: folder).filter {
            $0 != ".restoring" && !$0.hasPrefix(asidePrefix) && !isOfFileSystem($0)
        }
    }

    /// Moves what is in a folder into another one, which it lies in; where an entry cannot be moved, those before are moved
    /// back. The policy, whose lock is the lock of all, is last.
    ///
    /// - Parameter aside: where what is there goes.
    static func move(_ new: String, into folder: String, aside: String?) throws(StorageError) {
        var moved: [(from: String, to: String)] = []
        do throws(StorageError) {
            let old = try entries(of: folder)
            if let aside, !old.isEmpty {
                try FileSystem.createFolder(aside)
                for name in old {
                    try FileSystem.rename("\(folder)/\(name)", to: "\(aside)/\(name)")
                    moved.append(("\(folder)/\(name)", "\(aside)/\(name)"))
                }
            }
            let names = try FileSystem.names(in: new)
            for name in names.filter({ $0 != "policy" }) + names.filter({ $0 == "policy" }) {
                try FileSystem.rename("\(new)/\(name)", to: "\(folder)/\(name)")
                moved.append(("\(new)/\(name)", "\(folder)/\(name)"))
            }
            try FileSystem.synchronize(folder)
        } catch {
            let stuck = moveBack(moved)
            // Only where nothing is left in it.
            if let aside { rmdir(aside) }
            guard stuck.isEmpty else {
                let message = "\(error.message); these could not be moved back: \(stuck.joined(separator: ", "))"
                throw StorageError(error.code, message, file: error.file)
            }
            throw error
        }
        // All is there, and nothing is left in it; where it stays the next restore removes it.
        rmdir(new)
    }

    /// - Returns: where those are that stay.
    private static func moveBack(_ moved: [(from: String, to: String)]) -> [String] {
        var stuck: [String] = []
        for (from, to) in moved.reversed() {
            do throws(StorageError) {
                try FileSystem.rename(to, to: from)
            } catch {
                stuck.append("\(to) (from \(from))")
            }
        }
        return stuck
    }
}
