// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Evidence
internal import Foundation
internal import Glibc

/// Copies a data folder while a server may be using it.
///
/// Each database is one state of itself. Files that only grow are copied up to where they end at that moment, the policy
/// before the evidence, so that the log has every leaf that the policy's journal tells of. The folder is listed anew before
/// each of these steps: what was begun meanwhile, such as the events of a new day, is of the backup too.
package enum FolderBackup {
    /// What becomes of a name in a data folder.
    private enum Treatment {
        case database, file, passedOver
        case link(String)
        case leftOut(String)
    }

    /// Writes a backup.
    ///
    /// - Parameters:
    ///   - path: a folder that is not there yet; it has its name when it is whole and on disk.
    ///   - time: nanoseconds since 1970.
    ///   - progress: bytes done, of how many about; false ends the backup with ``StorageError/Code/cancelled``.
    package static func write(
        _ folder: String,
        to path: String,
        program: String,
        time: Int64,
        progress: (Int, Int) -> Bool = { _, _ in true }
    ) throws(StorageError) -> BackupManifest {
        let path = FolderTree.withoutSlash(path)
        guard FileSystem.exists(folder) else { throw StorageError(.notFound, "there is no such folder", file: folder) }
        guard !FileSystem.exists(path) else {
            throw StorageError(.constraint, "is there already; a backup is a new folder", file: path)
        }
        let unfinished = path + ".unfinished"
        try FolderTree.remove(unfinished)
        do throws(StorageError) {
            try FileSystem.createFolder(unfinished)
            guard try !FolderTree.contains(folder, unfinished) else {
                throw StorageError(
                    .constraint,
                    "lies in the data folder; every backup would hold those before",
                    file: path
                )
            }
            let manifest = try copy(folder, to: unfinished, program, time, progress)
            let output = try FileSystem.open("\(unfinished)/\(BackupManifest.fileName)", creating: true)
            defer { close(output) }
            try FileSystem.write(try manifest.encoded, to: output, unfinished)
            try FolderTree.synchronize(unfinished)
            try FileSystem.rename(unfinished, to: path)
            try FileSystem.synchronize(FileSystem.folder(of: path))
            return manifest
        } catch {
            try FolderTree.remove(unfinished)
            throw error
        }
    }

    private static func copy(
        _ folder: String,
        to target: String,
        _ program: String,
        _ time: Int64,
        _ progress: (Int, Int) -> Bool
    ) throws(StorageError) -> BackupManifest {
        var manifest = BackupManifest(program: program, made: time, items: [], leftOut: [:])
        var taken: Set<String> = []
        var done = 0
        var total = try FolderTree.files(of: folder).reduce(0) { $0 + $1.bytes }
        for step in 0...lastRank {
            for _ in 0..<mostListings {
                let names = try FolderTree.files(of: folder).filter { file in
                    // A database is empty only until whoever makes it has written its first page.
                    rank(file.path) == step && !taken.contains(file.path)
                        && !(file.bytes == 0 && file.path.hasSuffix(".sqlite"))
                }
                for name in names.sorted(by: { $0.path < $1.path }) {
                    taken.insert(name.path)
                    total = max(total, done + name.bytes)
                    let source = "\(folder)/\(name.path)"
                    let copy = "\(target)/\(name.path)"
                    do throws(StorageError) {
                        try take(name, source, copy, &manifest) { progress(done + $0, total) }
                    } catch {
                        // What went away meanwhile, such as a day that is too old, is not missing.
                        if error.code == .cancelled || FolderTree.isThere(source) { throw error }
                        try DatabaseCopy.removeFiles(of: copy)
                    }
                    done += name.bytes
                }
                if names.isEmpty { break }
            }
        }
        return manifest
    }

    /// What is begun while the last of so many is copied is of the next backup.
    private static let mostListings = 4

    private static func take(
        _ name: FolderTree.File,
        _ source: String,
        _ copy: String,
        _ manifest: inout BackupManifest,
        _ progress: (Int) -> Bool
    ) throws(StorageError) {
        switch treatment(of: name) {
        case .passedOver: break
        case .link(let target):
            manifest.links = (manifest.links ?? [:]).merging([name.path: target]) { $1 }
        case .leftOut(let reason):
            manifest.leftOut[name.path.split(separator: "/").first.map(String.init) ?? name.path] = reason
        case .database:
            try FileSystem.createFolder(FileSystem.folder(of: copy))
            try DatabaseCopy.write(databaseAt: source, to: copy) { pages, all in
                progress(name.bytes * pages / max(1, all))
            }
            let (bytes, hash) = try FileCopy.run(copy, to: nil) { _ in true }
            manifest.items.append(.init(path: name.path, bytes: bytes, sha256: hash))
        case .file:
            try FileSystem.createFolder(FileSystem.folder(of: copy))
            let (bytes, hash) = try FileCopy.run(source, to: copy) { _ in progress(0) }
            manifest.items.append(.init(path: name.path, bytes: bytes, sha256: hash))
        }
    }

    /// The policy first, the evidence last, and in it checkpoints before hashes before leaves: each tells only of what
    /// comes behind it.
    private static func rank(_ path: String) -> Int {
        if path.hasPrefix("policy/") { return 0 }
        guard path.hasPrefix("evidence/") else { return 1 }
        if path.hasPrefix("evidence/leaves/") { return 4 }
        return path.hasPrefix("evidence/hashes/") ? 3 : 2
    }

    private static let lastRank = 4

    private static func treatment(of file: FolderTree.File) -> Treatment {
        if FolderRestore.isSetAside(file.path) { return .leftOut("a restore has put it aside") }
        if let target = file.link {
            // Names are as good as paths within the same folder: what leads elsewhere is of no use elsewhere.
            let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
            guard BackupManifest.isInside(target), BackupManifest.isInside(file.path), !folder.isEmpty else {
                return .leftOut("\(file.path) is a link that leads elsewhere")
            }
            return .link(target)
        }
        guard file.isRegular else { return .passedOver }
        let name = file.path.split(separator: "/").last.map(String.init) ?? ""
        if name == "lock" { return .passedOver }
        for suffix in ["-wal", "-shm", "-journal", ".unfinished", ".restoring", ".replaced", ".new"]
        where name.hasSuffix(suffix) {
            return .passedOver
        }
        if file.path.hasPrefix("payloads/") {
            return .leftOut("kept payloads and their keys never leave the data folder")
        }
        if file.path.hasPrefix("patterns/") { return .leftOut("compiled patterns are made anew") }
        return name.hasSuffix(".sqlite") ? .database : .file
    }
}

/// Folders with all that is in them.
enum FolderTree {
    struct File {
        /// Below the folder.
        var path: String
        var bytes: Int
        var isRegular: Bool
        /// What it says where it is a link.
        var link: String?
    }

    /// A path as it names the folder itself, and nothing in it.
    static func withoutSlash(_ path: String) -> String {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        return String(path)
    }

    static func isThere(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Gives a folder with all that is in it to whom another one belongs, where root does this.
    static func give(_ folder: String, toOwnerOf other: String) throws(StorageError) {
        var owner = stat()
        guard geteuid() == 0, stat(other, &owner) == 0, owner.st_uid != 0 || owner.st_gid != 0 else { return }
        let files = try files(of: folder).map(\.path)
        var paths: Set<String> = []
        for var path in files {
            while !path.isEmpty, paths.insert(path).inserted {
                path = path.split(separator: "/").dropLast().joined(separator: "/")
            }
        }
        for path in [folder] + paths.map({ "\(folder)/\($0)" }) {
            guard lchown(path, owner.st_uid, owner.st_gid) == 0 else {
                throw FileSystem.failure("cannot be given away", path)
            }
        }
    }

    /// Whether a path that is there lies in a folder.
    static func contains(_ folder: String, _ path: String) throws(StorageError) -> Bool {
        (try real(path) + "/").hasPrefix(try real(folder) + "/")
    }

    /// A path without links in it.
    static func real(_ path: String) throws(StorageError) -> String {
        guard let resolved = realpath(path, nil) else { throw FileSystem.failure("cannot be found", path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func target(ofLink path: String) throws(StorageError) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(path, &bytes, bytes.count - 1)
        guard count >= 0 else { throw FileSystem.failure("cannot be read", path) }
        return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Deeper folders are not of a data folder.
    private static let deepest = 10

    static func files(of folder: String) throws(StorageError) -> [File] {
        var files: [File] = []
        try add(folder, "", depth: 0, to: &files)
        return files
    }

    private static func add(_ folder: String, _ prefix: String, depth: Int, to files: inout [File]) throws(StorageError)
    {
        guard depth < deepest else { throw StorageError(.inputOutput, "has too many folders in folders", file: folder) }
        for name in try FileSystem.names(in: folder) where !(depth == 0 && FolderRestore.isOfFileSystem(name)) {
            var status = stat()
            let path = "\(folder)/\(name)"
            guard lstat(path, &status) == 0 else {
                // Gone meanwhile, such as a day that is too old.
                if errno == ENOENT { continue }
                throw FileSystem.failure("cannot be looked at", path)
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                try add(path, prefix + name + "/", depth: depth + 1, to: &files)
            } else {
                let isRegular = status.st_mode & S_IFMT == S_IFREG
                let isLink = status.st_mode & S_IFMT == S_IFLNK
                files.append(
                    File(
                        path: prefix + name,
                        bytes: isRegular ? Int(status.st_size) : 0,
                        isRegular: isRegular,
                        link: isLink ? try target(ofLink: path) : nil
                    )
                )
            }
        }
    }

    /// Removes a folder with all that is in it; one that is not there is fine.
    static func remove(_ folder: String) throws(StorageError) {
        guard FileSystem.exists(folder) else { return }
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            throw StorageError(.inputOutput, "cannot be removed: \(error.localizedDescription)", file: folder)
        }
    }

    /// Waits till the names in a folder and in all below it are on disk.
    static func synchronize(_ folder: String) throws(StorageError) {
        let folders = Set(try files(of: folder).map { FileSystem.folder(of: "\(folder)/\($0.path)") })
        for each in folders.union([folder]).sorted(by: >) { try FileSystem.synchronize(each) }
    }
}
