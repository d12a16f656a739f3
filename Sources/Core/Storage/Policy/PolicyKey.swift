// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Policy

/// The secret by which clients are put into canaries, so that nobody can choose to be outside of one.
enum PolicyKey {
    /// Reads the key of a folder, or makes one for the owner alone.
    static func read(_ path: String) throws(StorageError) -> HashKey {
        if !FileSystem.exists(path) {
            var generator = SystemRandomNumberGenerator()
            var bytes: [UInt8] = []
            for _ in 0..<16 {
                bytes.append(generator.next())
            }
            try PolicyFile.replace(path, with: bytes)
        }
        let bytes = try FileSystem.read(path, atMost: 17)
        guard bytes.count == 16 else {
            throw StorageError(.corrupt, "expected 16 bytes, found \(bytes.count)", file: path)
        }
        let words = bytes.withUnsafeBytes { buffer in
            (
                buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            )
        }
        return HashKey(words.0, words.1)
    }
}
