// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Bytes that come in pieces, and once more from the first where a reader asks for them.
///
/// A reader of large documents holds a window of them. Where what a document says at its end decides how its
/// beginning is read, it is read twice, so whoever has the bytes from a pipe keeps them in a file first.
package protocol ByteSource: AnyObject {
    /// Copies the next bytes to the start of `buffer`, which is not empty.
    ///
    /// - Returns: how many; 0 at the end only.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int

    /// Steps over the next bytes, where that is possible without reading them.
    ///
    /// - Returns: how many it stepped over, at most `count`; the others are still to be read.
    func skip(_ count: Int) throws -> Int

    /// Goes back to the first byte.
    func rewind() throws
}

extension ByteSource {
    package func skip(_ count: Int) throws -> Int { 0 }
}

/// The bytes of an array, in pieces of a given size.
package final class ArraySource: ByteSource {
    private let bytes: [UInt8]
    private let pieceLength: Int
    private var position = 0

    /// - Parameters:
    ///   - bytes: all that there is.
    ///   - pieceLength: the most bytes that one read gives.
    package init(_ bytes: [UInt8], pieceLength: Int = .max) {
        self.bytes = bytes
        self.pieceLength = max(pieceLength, 1)
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - position, pieceLength)
        guard count > 0 else {
            return 0
        }
        bytes.withUnsafeBytes { source in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<position + count]))
        }
        position += count
        return count
    }

    package func skip(_ count: Int) -> Int {
        let skipped = max(0, min(count, bytes.count - position))
        position += skipped
        return skipped
    }

    package func rewind() {
        position = 0
    }
}
