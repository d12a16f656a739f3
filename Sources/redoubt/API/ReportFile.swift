// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import NIOCore

/// A file as it is sent: read while the other side takes it, so that its size does not matter.
struct ReportFile: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let path: String
    let size: Int

    private static let piece = 256 << 10

    /// - Throws: ``CommandFailure`` where it cannot be read, or is no file.
    init(_ path: String) throws {
        self.path = path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
            FileManager.default.isReadableFile(atPath: path),
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        else { throw CommandFailure.badInput("\(path) cannot be read") }
        self.size = size
    }

    func makeAsyncIterator() -> Iterator { Iterator(handle: FileHandle(forReadingAtPath: path)) }

    struct Iterator: AsyncIteratorProtocol {
        let handle: FileHandle?

        mutating func next() async throws -> ByteBuffer? {
            guard let data = try handle?.read(upToCount: ReportFile.piece), !data.isEmpty else { return nil }
            return ByteBuffer(bytes: data)
        }
    }
}
