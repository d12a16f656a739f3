// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import Foundation
internal import Glibc

/// The files of a vault: for each day `payloads-YYYYMMDD` with blocks, and `payloads-YYYYMMDD.key`.
///
/// A block is a head of 32 bytes and what AES-GCM made of its compressed payloads; the head is authenticated with it. The
/// nonce is random, which is sound for 2^32 blocks under one key (NIST SP 800-38D).
struct PayloadFiles: Sendable {
    let folder: String
    private var keys: [EventDay: SymmetricKey] = [:]

    static let prefix = "payloads-"

    init(_ folder: String) {
        self.folder = folder
    }

    func path(of day: EventDay) -> String { "\(folder)/\(Self.prefix)\(day)" }
    private func keyPath(of day: EventDay) -> String { path(of: day) + ".key" }

    /// The days that there are keys of, oldest first.
    func days() throws(StorageError) -> [EventDay] {
        try FileSystem.names(in: folder).compactMap { name in
            guard name.hasPrefix(Self.prefix), name.hasSuffix(".key") else { return nil }
            return EventDay(fileName: "events-\(name.dropFirst(Self.prefix.count).dropLast(4)).sqlite")
        }.sorted()
    }

    func size(of day: EventDay) -> Int { FileSystem.size(path(of: day)) ?? 0 }

    func key(of day: EventDay) throws(StorageError) -> SymmetricKey {
        let path = keyPath(of: day)
        let bytes = try FileSystem.read(path, atMost: 33)
        guard bytes.count == 32 else {
            throw StorageError(.corrupt, "expected a key of 32 bytes, found \(bytes.count)", file: path)
        }
        return SymmetricKey(data: bytes)
    }

    private mutating func writingKey(of day: EventDay) throws(StorageError) -> SymmetricKey {
        if let key = keys[day] { return key }
        if !FileSystem.exists(keyPath(of: day)) {
            try PolicyFile.replace(keyPath(of: day), with: SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
        }
        // Blocks come in the order of time: earlier days are needed no more.
        keys = [day: try key(of: day)]
        return try key(of: day)
    }

    mutating func append(_ payloads: [Payload], of day: EventDay) throws(StorageError) {
        let key = try writingKey(of: day)
        let block = try PayloadBlock.seal(payloads, key)
        let path = path(of: day)
        let descriptor = try FileSystem.open(path, creating: true)
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw FileSystem.failure("cannot be written", path) }
        do throws(StorageError) {
            try FileSystem.write(block, to: descriptor, path)
        } catch {
            // Half a block would hide what comes behind it.
            _ = ftruncate(descriptor, end)
            throw error
        }
    }

    /// Makes a day unreadable: its key is overwritten and removed before its blocks are.
    mutating func destroy(_ day: EventDay) throws(StorageError) {
        keys[day] = nil
        let path = keyPath(of: day)
        try overwrite(path)
        try FileSystem.remove(path)
        try FileSystem.remove(self.path(of: day))
    }

    private func overwrite(_ path: String) throws(StorageError) {
        let descriptor = try FileSystem.open(path, creating: false)
        defer { close(descriptor) }
        try FileSystem.write([UInt8](repeating: 0, count: 32), to: descriptor, path)
        guard fsync(descriptor) == 0 else { throw FileSystem.failure("cannot be brought to disk", path) }
    }
}
