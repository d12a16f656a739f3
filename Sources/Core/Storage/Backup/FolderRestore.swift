// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Evidence
internal import Glibc

/// Makes a data folder of a backup.
package enum FolderRestore {
    /// What was checked.
    package struct Report: Sendable {
        package var manifest: BackupManifest
        /// Nil where the backup has no evidence log.
        package var evidence: EvidenceReport?
        package var databases = 0
    }

    /// Reads a backup, or a data folder that was made of it, from end to end: each file's hash, each database's pages,
    /// indexes and foreign keys, each leaf and signature of the evidence log.
    ///
    /// - Throws: ``StorageError/Code/corrupt`` with the file that is not as it was written.
    package static func verify(
        _ path: String,
        against manifest: BackupManifest,
        progress: (Int, Int) -> Bool = { _, _ in true }
    ) throws(StorageError) -> Report {
        var report = Report(manifest: manifest)
        var done = 0
        for item in manifest.items {
            let file = "\(path)/\(item.path)"
            let (bytes, hash) = try FileCopy.run(file, to: nil) { count in
                done += count
                return progress(done, manifest.bytes)
            }
            guard bytes == item.bytes, hash == item.sha256 else {
                throw StorageError(.corrupt, "is not as it was written", file: file)
            }
            if item.path.hasSuffix(".sqlite") {
                _ = try DatabaseCopy.verify(file)
                report.databases += 1
            }
        }
        if manifest.items.contains(where: { $0.path.hasPrefix("evidence/") }) {
            report.evidence = try evidence(path + "/evidence")
        }
        return report
    }

    private static func evidence(_ path: String) throws(StorageError) -> EvidenceReport {
        do throws(EvidenceError) {
            return try EvidenceVerifier.verify(LogFolder(path))
        } catch {
            throw StorageError(.corrupt, error.message, file: error.file ?? path)
        }
    }

    /// Makes a data folder of a backup: as a whole, or not at all.
    ///
    /// A folder that cannot be renamed, as something is mounted there or the folder above is not ours, is filled in place:
    /// all is copied and checked in a folder within it, and only then the entries get their names, each taken back where one
    /// fails. What root restores belongs to whom the folder belonged to.
    ///
    /// - Parameters:
    ///   - folder: is not there, or empty, unless it is replaced.
    ///   - replacing: where what was in the folder goes, see ``aside(_:named:)``; nil to refuse a folder that is there.
    /// - Throws: ``StorageError/Code/inUse`` while a server has the folder.
    package static func write(
        _ path: String,
        to folder: String,
        replacing: String? = nil,
        progress: (Int, Int) -> Bool = { _, _ in true }
    ) throws(StorageError) -> BackupManifest {
        let folder = FolderTree.withoutSlash(folder)
        let isInPlace = try isInPlace(folder)
        return try write(path, to: folder, replacing: replacing, isInPlace: isInPlace, progress: progress)
    }

    static func write(
        _ path: String,
        to folder: String,
        replacing: String?,
        isInPlace: Bool,
        progress: (Int, Int) -> Bool = { _, _ in true }
    ) throws(StorageError) -> BackupManifest {
        let manifest = try BackupManifest.read(ofBackup: path)
        let isThere = FileSystem.exists(folder)
        if isThere, try (isInPlace ? entries(of: folder) : FileSystem.names(in: folder)).isEmpty == false {
            if let holder = try FolderLock.holder(ofFolder: folder + "/policy") {
                throw StorageError(.inUse, "process \(holder.process) uses this folder", file: folder)
            }
            guard replacing != nil else { throw StorageError(.constraint, "is there already", file: folder) }
        }
        let unfinished = isInPlace ? "\(folder)/.restoring" : folder + ".restoring"
        try FolderTree.remove(unfinished)
        do throws(StorageError) {
            try FileSystem.createFolder(unfinished)
            try fill(unfinished, from: path, manifest, progress)
            if isThere { try FolderTree.give(unfinished, toOwnerOf: folder) }
            try FolderTree.synchronize(unfinished)
            if isInPlace {
                try move(unfinished, into: folder, aside: replacing)
            } else {
                try swap(unfinished, folder, aside: isThere ? replacing ?? folder + ".replaced" : nil)
                if isThere, replacing == nil { try FolderTree.remove(folder + ".replaced") }
                try FileSystem.synchronize(FileSystem.folder(of: folder))
            }
        } catch {
            try FolderTree.remove(unfinished)
            throw error
        }
        return manifest
    }

    private static func fill(
        _ folder: String,
        from path: String,
        _ manifest: BackupManifest,
        _ progress: (Int, Int) -> Bool
    ) throws(StorageError) {
        var done = 0
        for item in manifest.items {
            let copy = "\(folder)/\(item.path)"
            try FileSystem.createFolder(FileSystem.folder(of: copy))
            let (bytes, hash) = try FileCopy.run("\(path)/\(item.path)", to: copy) { count in
                done += count
                return progress(done, manifest.bytes)
            }
            guard bytes == item.bytes, hash == item.sha256 else {
                throw StorageError(.corrupt, "is not as it was written", file: "\(path)/\(item.path)")
            }
        }
        for (path, target) in manifest.links ?? [:] where !isSetAside(path) {
            let link = "\(folder)/\(path)"
            try FileSystem.createFolder(FileSystem.folder(of: link))
            guard symlink(target, link) == 0 else { throw FileSystem.failure("cannot be made", link) }
        }
    }

    /// Gives a folder its name; where that fails, what had it has it again.
    private static func swap(_ new: String, _ folder: String, aside: String?) throws(StorageError) {
        if let aside { try FileSystem.rename(folder, to: aside) }
        do throws(StorageError) {
            try FileSystem.rename(new, to: folder)
        } catch {
            if let aside { try FileSystem.rename(aside, to: folder) }
            throw error
        }
    }
}
