// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Glibc
package import SecLang

extension RuleFileAccess {
    /// The files of this machine.
    package static let fileSystem = RuleFileAccess(
        read: { path in try RuleFiles.read(path) },
        expand: { pattern in RuleFiles.expand(pattern) },
        exists: { path in FileManager.default.fileExists(atPath: path) }
    )
}

/// Reads rule files and their data.
enum RuleFiles {
    /// How large a rule or phrase file may be, in bytes.
    static let maximumSize = 64 << 20

    struct ReadError: Error, CustomStringConvertible {
        var description: String
    }

    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw ReadError(description: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw ReadError(description: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ReadError(description: "Not a regular file")
        }
        guard status.st_size <= maximumSize else {
            throw ReadError(description: "Larger than \(maximumSize) bytes")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        return Array(try handle.readToEnd() ?? Data())
    }

    /// The files that a pattern matches, in the order of their names; a plain path matches itself when it is there.
    static func expand(_ pattern: String) -> [String] {
        guard pattern.contains(where: { "*?[".contains($0) }) else {
            return FileManager.default.fileExists(atPath: pattern) ? [pattern] : []
        }
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(pattern, 0, nil, &result) == 0, let paths = result.gl_pathv else {
            return []
        }
        return (0..<Int(result.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
    }
}
