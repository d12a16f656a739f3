// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Glibc

/// The folder of the pattern cache: files of ours alone, the least used of which make room.
struct PatternFolder {
    let path: String

    /// What cannot be done with a file.
    struct FileError: Error, CustomStringConvertible {
        var description: String

        fileprivate init(_ what: String) {
            description = "\(what): \(String(cString: strerror(errno)))"
        }
    }

    /// How many files are kept; those that were not used for longest go first.
    static let maximumFiles = 16
    /// After so many seconds a file that is still being written was left behind by a program that ended in the middle.
    static let writingTime = 600

    static let suffix = ".patterns"

    /// The bytes of a file, which counts as used from then on; nil where it is not there, or not to be trusted: a
    /// link, of another owner, or open to others' changes.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            return nil
        }
        defer { close(descriptor) }
        var status = stat()
        // Asked of the open file: whatever happens to the name, this is what is read.
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o022 == 0, let bytes = readAll(descriptor, count: Int(status.st_size))
        else {
            return nil
        }
        // Where the time cannot be set, the file only goes sooner.
        _ = futimens(descriptor, nil)
        return bytes
    }

    /// The first bytes of an open file, read to where they stay; nil where there are fewer.
    private static func readAll(_ descriptor: Int32, count: Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let start = buffer.baseAddress {
                let got = Glibc.read(descriptor, start + filled, count - filled)
                guard got > 0 || (got < 0 && errno == EINTR) else { return }
                filled += max(got, 0)
            }
        }
        return bytes.count == count ? bytes : nil
    }

    /// Writes a file, which appears as a whole with mode 0600, and removes those that are too many.
    func write(_ bytes: [UInt8], to file: String) throws {
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let temporary = "\(file).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw FileError(temporary)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(bytes))
            guard rename(temporary, file) == 0 else {
                throw FileError(file)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        prune()
    }

    private func prune() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        var files: [(name: String, time: Int)] = []
        for name in names where name.contains(Self.suffix) {
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0 else {
                continue
            }
            if name.hasSuffix(Self.suffix) {
                files.append((name: name, time: status.st_mtim.tv_sec))
            } else if status.st_mtim.tv_sec < time(nil) - Self.writingTime {
                unlink("\(path)/\(name)")
            }
        }
        for file in files.sorted(by: { $0.time > $1.time }).dropFirst(Self.maximumFiles) {
            unlink("\(path)/\(file.name)")
        }
    }
}
