// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CFileSystem
internal import Crypto
internal import Glibc

/// Copies a file's bytes, and tells their hash.
enum FileCopy {
    private static let chunk = 1 << 20

    /// Copies what a file holds now into one that is not there yet, for its owner alone, and brings it to disk.
    ///
    /// - Parameter target: nil to read only.
    /// - Returns: the bytes and their SHA-256 in hexadecimal digits.
    static func run(
        _ source: String,
        to target: String?,
        progress: (Int) -> Bool
    ) throws(StorageError) -> (bytes: Int, sha256: String) {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard input >= 0 else { throw FileSystem.failure("cannot be opened", source) }
        defer { close(input) }
        guard let target else { return try copy(input, nil, source, "", progress) }
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard output >= 0 else { throw FileSystem.failure("cannot be made", target) }
        defer { close(output) }
        let result = try copy(input, output, source, target, progress)
        guard fsync(output) == 0 else { throw FileSystem.failure("cannot be brought to disk", target) }
        return result
    }

    private static func copy(
        _ input: Int32,
        _ output: Int32?,
        _ source: String,
        _ target: String,
        _ progress: (Int) -> Bool
    ) throws(StorageError) -> (bytes: Int, sha256: String) {
        var hash = SHA256()
        var total = 0
        var buffer = [UInt8](repeating: 0, count: chunk)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileSystem.failure("cannot be read", source) }
            guard count > 0 else { break }
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            if let output { try FileSystem.write(Array(buffer[..<count]), to: output, target) }
            total += count
            guard progress(count) else { throw StorageError(.cancelled, "the copy was cancelled", file: source) }
        }
        return (total, hash.finalize().map { hexadecimal($0) }.joined())
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
