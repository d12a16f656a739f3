// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// An open file of a log; errors name it.
///
/// Reads and writes name their place, so that several may read while one writes.
final class StorageFile: Sendable {
    let path: String
    private let descriptor: Int32

    enum Access {
        case reading
        /// Made where it is missing, for its owner alone.
        case writing
        /// Made, for its owner alone; it must not be there.
        case creating
    }

    init(_ path: String, _ access: Access) throws(EvidenceError) {
        self.path = path
        let flags =
            switch access {
            case .reading: O_RDONLY
            case .writing: O_RDWR | O_CREAT
            case .creating: O_RDWR | O_CREAT | O_EXCL
            }
        let result = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard result >= 0 else { throw Self.failure("cannot be opened", path) }
        descriptor = result
    }

    deinit {
        close(descriptor)
    }

    func size() throws(EvidenceError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure("has no size", path) }
        return Int(status.st_size)
    }

    /// The permissions, such as 0o600.
    func permissions() throws(EvidenceError) -> UInt32 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure("has no permissions", path) }
        return status.st_mode & 0o777
    }

    /// Reads up to a number of bytes; fewer only at the file's end.
    func read(_ count: Int, at offset: Int) throws(EvidenceError) -> [UInt8] {
        guard count > 0 else { return [] }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            while used < count {
                let rest = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[used...]))
                let result = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + used))
                if result < 0, errno == EINTR { continue }
                failed = result < 0
                guard result > 0 else { return }
                used += result
            }
        }
        if failed { throw Self.failure("cannot be read", path) }
        return bytes
    }

    /// All bytes of a file that is known to be small.
    ///
    /// - Throws: ``EvidenceError/Code/damaged`` where it has more than `limit` bytes.
    func readAll(limit: Int = 1 << 20) throws(EvidenceError) -> [UInt8] {
        let size = try size()
        guard size <= limit else {
            throw EvidenceError(.damaged, "has \(size) bytes, more than \(limit)", file: path)
        }
        return try read(size, at: 0)
    }

    /// Writes all bytes.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(EvidenceError) {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let result = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { throw Self.failure("cannot be written", path) }
            written += result
        }
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(EvidenceError) {
        var failure: EvidenceError?
        bytes.withUnsafeBytes { buffer in
            do throws(EvidenceError) { try write(buffer, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    func truncate(to size: Int) throws(EvidenceError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw Self.failure("cannot be cut", path) }
    }

    /// Waits till the content is on disk.
    func synchronize() throws(EvidenceError) {
        guard fdatasync(descriptor) == 0 else { throw Self.failure("cannot be brought to disk", path) }
    }

    /// Takes the file for this process.
    ///
    /// - Throws: ``EvidenceError/Code/inUse`` where another has it.
    func lock() throws(EvidenceError) {
        // A child that another thread has just forked holds what this process held until it runs its program.
        for _ in 0..<20 {
            guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
            guard errno == EWOULDBLOCK else { throw Self.failure("cannot be locked", path) }
            usleep(10_000)
        }
        throw EvidenceError(.inUse, "another process writes this log", file: path)
    }

    static func failure(_ what: String, _ path: String) -> EvidenceError {
        let number = errno
        let code: EvidenceError.Code =
            switch number {
            case ENOSPC, EDQUOT, EFBIG: .diskFull
            case ENOENT: .notFound
            default: .storage
            }
        return EvidenceError(code, "\(what): \(String(cString: strerror(number)))", file: path)
    }
}

/// What a log does with names in its folder.
enum StorageFolder {
    /// Makes a folder for its owner alone, with those above it, unless it is there.
    static func create(_ path: String) throws(EvidenceError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw StorageFile.failure("cannot be made", path)
        }
        try create(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw StorageFile.failure("cannot be made", path) }
    }

    /// Waits till the names in a folder are on disk.
    static func synchronize(_ path: String) throws(EvidenceError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageFile.failure("cannot be opened", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StorageFile.failure("cannot be brought to disk", path) }
    }

    /// The names in a folder, in order.
    static func names(in path: String) throws(EvidenceError) -> [String] {
        guard let folder = opendir(path) else { throw StorageFile.failure("cannot be listed", path) }
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

    /// Writes a small file so that it has either its old or its new content, whatever happens.
    static func replace(_ name: String, in folder: String, with bytes: [UInt8]) throws(EvidenceError) {
        let new = "\(folder)/\(name).new"
        unlink(new)
        let file = try StorageFile(new, .creating)
        try file.write(bytes, at: 0)
        try file.synchronize()
        guard rename(new, "\(folder)/\(name)") == 0 else { throw StorageFile.failure("cannot be renamed", new) }
        try synchronize(folder)
    }
}
