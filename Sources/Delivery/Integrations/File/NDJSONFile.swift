// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// A file that whole lines are appended to, and that others may rename or rotate.
///
/// What a full disk cut off is taken back, and what a pipe did not take of a line comes before all else, so that a reader
/// never meets half a line that goes on with another.
struct NDJSONFile: ~Copyable {
    let descriptor: Int32
    let path: String
    /// Whether it is a file of its own, and no terminal, pipe or device.
    let isRegular: Bool
    private(set) var size: Int
    /// What a pipe is still to have of a line that it has the beginning of.
    var owed: [UInt8] = []

    /// Opens the file for its owner and group, or makes it, with the folders above it.
    init(path: String) throws(OutputError) {
        self.path = path
        var opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
        if opened < 0, errno == ENOENT {
            try Self.makeFolder(Self.folder(of: path))
            opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
        }
        guard opened >= 0 else { throw Self.failure("cannot be opened", path) }
        var status = stat()
        guard fstat(opened, &status) == 0 else {
            let failure = Self.failure("cannot be looked at", path)
            Glibc.close(opened)
            throw failure
        }
        descriptor = opened
        isRegular = status.st_mode & S_IFMT == S_IFREG
        size = Int(status.st_size)
    }

    deinit { Glibc.close(descriptor) }

    /// Whether the path still names this file; a rotation from outside renames or removes it.
    var isStillThere: Bool {
        var own = stat()
        var named = stat()
        guard fstat(descriptor, &own) == 0, stat(path, &named) == 0 else { return false }
        return own.st_ino == named.st_ino && own.st_dev == named.st_dev
    }

    /// Appends lines to a file of its own, all of them or none.
    mutating func append(_ bytes: [UInt8]) throws(OutputError) {
        // Somebody may have cut the file in place.
        let start = Int(lseek(descriptor, 0, SEEK_END))
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                let failure = Self.failure("cannot be written", path)
                if written > 0 { _ = ftruncate(descriptor, off_t(start)) }
                throw failure
            }
        }
        size = start + written
    }

    /// The folder that a path lies in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Renames `path.4` to `path.5` and so on, and the file itself to `path.1`.
    static func rotate(_ path: String, keeping count: Int) throws(OutputError) {
        guard count > 0 else {
            guard unlink(path) == 0 || errno == ENOENT else { throw failure("cannot be removed", path) }
            return
        }
        for number in stride(from: count - 1, through: 1, by: -1) {
            guard rename("\(path).\(number)", "\(path).\(number + 1)") == 0 || errno == ENOENT else {
                throw failure("cannot be renamed", "\(path).\(number)")
            }
        }
        guard rename(path, "\(path).1") == 0 || errno == ENOENT else { throw failure("cannot be renamed", path) }
    }

    private static func makeFolder(_ path: String) throws(OutputError) {
        if mkdir(path, 0o750) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path.contains("/"), folder(of: path) != path else {
            throw failure("cannot be made", path)
        }
        try makeFolder(folder(of: path))
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else { throw failure("cannot be made", path) }
    }

    static func failure(_ what: String, _ path: String) -> OutputError {
        OutputError(.store, "\(path) \(what): \(String(cString: strerror(errno)))")
    }
}
