// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc

/// Unpacks an archive that may be hostile into an empty folder, with the system's own tools.
///
/// The size is measured before anything is written, the tools run with a limit per file, and what they wrote is
/// looked at afterwards: anything but plain files and folders (links, devices) refuses the whole archive. GNU tar
/// and Info-ZIP both refuse members that lead out of the folder.
enum ArchiveExtractor {
    /// Releases are below 10 MB with all their tests.
    static let maximumBytes = 256 << 20
    static let maximumFiles = 20_000

    static func extract(_ archive: String, into folder: String) throws(RuleSetStoreError) {
        let magic = firstBytes(of: archive)
        if magic.starts(with: [0x1F, 0x8B]) {
            try measureGzip(archive)
            try unpack(
                "tar",
                [
                    "--extract", "--gzip", "--force-local", "--no-same-owner", "--no-same-permissions", "-f", archive,
                    "-C", folder,
                ]
            )
        } else if magic.starts(with: Array("PK".utf8)) {
            try measureZip(archive)
            try unpack("unzip", ["-q", "-o", archive, "-d", folder])
        } else {
            throw RuleSetStoreError(
                .badArchive,
                "\(archive) is neither a .tar.gz nor a .zip archive",
                hint: "use an archive from https://github.com/coreruleset/coreruleset/releases"
            )
        }
        try inspect(folder)
    }

    private static func firstBytes(of path: String) -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            return []
        }
        defer { try? handle.close() }
        return (try? handle.read(upToCount: 4)).map { Array($0) } ?? []
    }

    /// Counts what a gzip file unpacks to, and stops where that is too much.
    private static func measureGzip(_ archive: String) throws(RuleSetStoreError) {
        let result = try SystemTool.run("gzip", ["-dc", archive], outputLimit: maximumBytes, keepsOutput: false)
        guard !result.isOverLimit else {
            throw tooLarge
        }
        guard result.status == 0 else {
            throw RuleSetStoreError(.badArchive, "\(archive) is damaged: \(result.errorText)")
        }
    }

    /// Reads the total from `unzip -Zt`: "12 files, 3456 bytes uncompressed, ...".
    private static func measureZip(_ archive: String) throws(RuleSetStoreError) {
        let result = try SystemTool.run("unzip", ["-Zt", archive], outputLimit: 64 * 1024)
        let words = String(decoding: result.output, as: UTF8.self).split(separator: " ")
        guard result.status == 0, words.count > 3, let files = Int(words[0]), let bytes = Int(words[2]) else {
            throw RuleSetStoreError(.badArchive, "\(archive) is damaged: \(result.errorText)")
        }
        guard files <= maximumFiles, bytes <= maximumBytes else {
            throw tooLarge
        }
    }

    private static func unpack(_ tool: String, _ arguments: [String]) throws(RuleSetStoreError) {
        let result = try SystemTool.run(tool, arguments, outputLimit: 1 << 20, fileSizeLimit: maximumBytes)
        guard result.status == 0 else {
            throw RuleSetStoreError(.badArchive, "the archive cannot be unpacked: \(result.errorText)")
        }
    }

    private static var tooLarge: RuleSetStoreError {
        RuleSetStoreError(.badArchive, "the archive unpacks to more than \(maximumBytes >> 20) MB")
    }

    /// Goes through everything that was written and refuses what is no plain file or folder.
    private static func inspect(_ folder: String) throws(RuleSetStoreError) {
        var pending = [folder]
        var count = 0
        var bytes = 0
        while let path = pending.popLast() {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                let child = "\(path)/\(name)"
                var info = stat()
                guard lstat(child, &info) == 0 else {
                    throw RuleSetStoreError(.badArchive, "\(name) cannot be looked at")
                }
                let kind = info.st_mode & S_IFMT
                guard kind == S_IFDIR || (kind == S_IFREG && info.st_nlink == 1) else {
                    throw RuleSetStoreError(.badArchive, "the archive holds a link or device: \(name)")
                }
                count += 1
                bytes += kind == S_IFREG ? Int(info.st_size) : 0
                guard count <= maximumFiles, bytes <= maximumBytes else {
                    throw tooLarge
                }
                chmod(child, kind == S_IFDIR ? 0o755 : 0o644)
                if kind == S_IFDIR {
                    pending.append(child)
                }
            }
        }
    }
}
