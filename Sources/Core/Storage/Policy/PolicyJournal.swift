// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Foundation
internal import Glibc
internal import Policy

/// One change of the policy as the journal has it, a line of JSON.
struct JournalEntry: Codable, Equatable {
    /// The revision that the change makes.
    var revision: Int
    /// The record of the change in the evidence log.
    var decision: Identifier
    /// How many leaves the log had before; the change's own is not before that.
    var leaves: Int
    var change: PolicyChange
    var by: Authorship
}

/// Changes of the policy since its document was last written whole. Each is on disk before its leaf is.
final class PolicyJournal {
    let path: String
    private let descriptor: Int32
    private(set) var byteCount = 0

    /// A line is one change; the largest are those of several.
    static let maximumBytes = 64 << 20

    /// Opens the journal, and makes it where it is missing. A last line without its end was never finished, and is cut.
    ///
    /// - Parameter entries: takes the entries, oldest first.
    init(_ path: String, _ entries: inout [JournalEntry]) throws(StorageError) {
        self.path = path
        descriptor = try FileSystem.open(path, creating: true)
        guard let size = FileSystem.size(path), size <= Self.maximumBytes else {
            throw StorageError(.corrupt, "a journal has at most \(Self.maximumBytes) bytes", file: path)
        }
        let bytes = try FileSystem.read(path, atMost: size)
        let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        for (number, line) in bytes[..<whole].split(separator: 0x0A).enumerated() {
            do {
                entries.append(try JSONDecoder().decode(JournalEntry.self, from: Data(line)))
            } catch {
                throw StorageError(.corrupt, "line \(number + 1) is no change of a policy: \(error)", file: path)
            }
        }
        try cut(to: whole)
    }

    deinit {
        close(descriptor)
    }

    /// Appends an entry; returns when it is on disk. What fails leaves nothing behind.
    func append(_ entry: JournalEntry) throws(StorageError) {
        let before = byteCount
        do throws(StorageError) {
            let line = try PolicyFile.encode(entry) + [0x0A]
            guard byteCount + line.count <= Self.maximumBytes else {
                throw StorageError(.overloaded, "the change is too large for the journal", file: path)
            }
            guard lseek(descriptor, off_t(byteCount), SEEK_SET) >= 0 else {
                throw FileSystem.failure("cannot be written", path)
            }
            try FileSystem.write(line, to: descriptor, path)
            guard fdatasync(descriptor) == 0 else { throw FileSystem.failure("cannot be brought to disk", path) }
            byteCount += line.count
        } catch {
            try cut(to: before)
            throw error
        }
    }

    /// Takes back what lies behind a length.
    func cut(to length: Int) throws(StorageError) {
        guard ftruncate(descriptor, off_t(length)) == 0, fdatasync(descriptor) == 0 else {
            throw FileSystem.failure("cannot be cut", path)
        }
        byteCount = length
    }
}
