// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CFileSystem
internal import Glibc

/// What the store asks of the file system.
enum FileSystem {
    /// File systems whose memory maps are not shared between machines, by the numbers of statfs(2).
    ///
    /// SQLite's log needs shared memory, see https://www.sqlite.org/wal.html. FUSE and 9P may lie before anything, so they
    /// count as remote.
    private static let remoteTypes: [UInt: String] = [
        0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB 2", 0x5346_414F: "AFS",
        0x00C3_6400: "Ceph", 0x0BD0_0BD0: "Lustre", 0x4750_4653: "GPFS", 0x0116_1970: "GFS2", 0x7461_636F: "OCFS2",
        0x7375_7245: "Coda", 0x6573_5546: "FUSE", 0x0102_1997: "9P",
    ]

    /// The name of a remote file system that has a number; nil for local ones.
    static func remoteName(ofType type: UInt) -> String? { remoteTypes[type] }

    /// Refuses a path that lies on a file system of several machines.
    ///
    /// - Throws: ``StorageError/Code/networkFileSystem``.
    static func requireLocal(_ path: String) throws(StorageError) {
        guard let name = remoteName(ofType: redoubt_file_system_type(folder(of: path))) else { return }
        throw StorageError(
            .networkFileSystem,
            "lies on \(name), where several connections cannot share a database; choose a folder on a local disk",
            file: path
        )
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a folder for its owner alone, with those above it, unless it is there.
    static func createFolder(_ path: String) throws(StorageError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path.contains("/"), folder(of: path) != path else {
            throw failure("cannot be made", path)
        }
        try createFolder(folder(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("cannot be made", path) }
    }

    /// The names in a folder, in order.
    static func names(in path: String) throws(StorageError) -> [String] {
        guard let folder = opendir(path) else { throw failure("cannot be listed", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func remove(_ path: String) throws(StorageError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("cannot be removed", path) }
    }

    static func rename(_ path: String, to new: String) throws(StorageError) {
        guard Glibc.rename(path, new) == 0 else { throw failure("cannot be renamed", path) }
    }

    /// Waits till a file, or the names in a folder, are on disk.
    static func synchronize(_ path: String) throws(StorageError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be opened", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be brought to disk", path) }
    }

    /// An open descriptor for the owner's eyes alone.
    static func open(_ path: String, creating: Bool) throws(StorageError) -> Int32 {
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (creating ? O_CREAT : 0)
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be opened", path) }
        return descriptor
    }

    private static func open(_ path: String, _ flags: Int32) -> Int32 { Glibc.open(path, flags) }

    static func read(_ path: String, atMost limit: Int) throws(StorageError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be opened", path) }
        defer { close(descriptor) }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
            while used < limit {
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[used...])
                let result = Glibc.read(descriptor, rest.baseAddress, rest.count)
                if result < 0, errno == EINTR { continue }
                failed = result < 0
                guard result > 0 else { return }
                used += result
            }
        }
        if failed { throw failure("cannot be read", path) }
        return bytes
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let result = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { throw failure("cannot be written", path) }
            written += result
        }
    }

    static func failure(_ what: String, _ path: String) -> StorageError {
        let number = errno
        let code: StorageError.Code =
            switch number {
            case ENOSPC, EDQUOT, EFBIG: .diskFull
            case ENOENT: .notFound
            case EACCES, EPERM, EROFS: .readOnly
            default: .inputOutput
            }
        return StorageError(code, "\(what): \(String(cString: strerror(number)))", file: path)
    }
}
