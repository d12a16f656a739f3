// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Glibc

/// The right of one process to a data folder, as long as it lives.
///
/// The file `lock` is locked with flock(2) and says who holds it, so that others can tell people whom to ask.
package final class FolderLock: Sendable {
    /// Who holds a folder.
    package struct Holder: Sendable, Equatable {
        package var process: Int32
        /// How to reach it, such as a socket's path; empty where it cannot be reached.
        package var address: String
        /// When it took the folder, in nanoseconds since 1970.
        package var since: Int64
    }

    package let path: String
    private let descriptor: Int32

    /// Takes a folder for this process; makes it where it is missing.
    ///
    /// - Throws: ``StorageError/Code/inUse`` with the holder's process and address where another has it.
    package init(folder: String, address: String = "", time: Int64) throws(StorageError) {
        try FileSystem.createFolder(folder)
        path = folder + "/lock"
        descriptor = try FileSystem.open(path, creating: true)
        guard try Self.lock(descriptor, path) else {
            close(descriptor)
            throw Self.refusal(path)
        }
        let line = address.filter { !$0.isNewline }
        guard ftruncate(descriptor, 0) == 0 else { throw FileSystem.failure("cannot be cut", path) }
        try FileSystem.write(Array("\(getpid())\n\(line)\n\(time)\n".utf8), to: descriptor, path)
    }

    deinit {
        // Emptied rather than removed: who opened the file meanwhile would lock one that has no name.
        _ = ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// Who holds a folder now; nil where nobody does.
    package static func holder(ofFolder folder: String) throws(StorageError) -> Holder? {
        let path = folder + "/lock"
        guard FileSystem.exists(path) else { return nil }
        let descriptor = try FileSystem.open(path, creating: false)
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        return try read(path)
    }

    private static func lock(_ descriptor: Int32, _ path: String) throws(StorageError) -> Bool {
        // A child that another thread has just forked holds what this process held until it runs its program.
        for _ in 0..<20 {
            guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return true }
            guard errno == EWOULDBLOCK else { throw FileSystem.failure("cannot be locked", path) }
            usleep(10_000)
        }
        return false
    }

    private static func read(_ path: String) throws(StorageError) -> Holder {
        let text = String(decoding: try FileSystem.read(path, atMost: 4096), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // The holder may just be writing it: then its number is not known, and that it holds the folder is.
        return Holder(
            process: lines.first.flatMap { Int32($0) } ?? 0,
            address: lines.count > 1 ? String(lines[1]) : "",
            since: lines.count > 2 ? Int64(lines[2]) ?? 0 : 0
        )
    }

    private static func refusal(_ path: String) -> StorageError {
        do throws(StorageError) {
            let holder = try read(path)
            let address = holder.address.isEmpty ? "" : " at \(holder.address)"
            return StorageError(.inUse, "process \(holder.process)\(address) uses this folder", file: path)
        } catch {
            return StorageError(.inUse, "another process uses this folder", file: path)
        }
    }
}
