// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Glibc
internal import Policy

/// Small files of JSON that are replaced as a whole.
enum PolicyFile {
    static func encode(_ value: some Encodable) throws(StorageError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw StorageError(.inputOutput, "cannot be written as JSON: \(error)")
        }
    }

    /// - Returns: nil where there is no such file.
    /// - Throws: ``StorageError/Code/corrupt`` where it is something else.
    static func read<Content: Decodable>(_ type: Content.Type, _ path: String) throws(StorageError) -> Content? {
        guard let size = FileSystem.size(path) else { return nil }
        let bytes = try FileSystem.read(path, atMost: size)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw StorageError(.corrupt, "cannot be read: \(error)", file: path)
        }
    }

    /// Writes a file so that it has either its old or its new content, whatever happens.
    static func replace(_ path: String, with bytes: [UInt8]) throws(StorageError) {
        let new = path + ".new"
        try FileSystem.remove(new)
        let descriptor = try FileSystem.open(new, creating: true)
        do throws(StorageError) {
            defer { close(descriptor) }
            try FileSystem.write(bytes, to: descriptor, new)
            guard fsync(descriptor) == 0 else { throw FileSystem.failure("cannot be brought to disk", new) }
        } catch {
            try FileSystem.remove(new)
            throw error
        }
        try FileSystem.rename(new, to: path)
        try FileSystem.synchronize(FileSystem.folder(of: path))
    }
}
