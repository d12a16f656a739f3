// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// The folders at which something is mounted, which can be neither renamed nor replaced (rename(2), EBUSY).
enum MountPoints {
    private static let table = "/proc/self/mountinfo"
    /// Some hundred bytes for each; a machine that runs thousands of containers has some thousand.
    private static let longestTable = 16 << 20

    /// Whether something is mounted at a folder, its links followed.
    ///
    /// - Throws: ``StorageError`` where the folder is not there, or the system does not tell.
    static func contain(_ folder: String) throws(StorageError) -> Bool {
        let path = try FolderTree.real(folder)
        return places(in: try FileSystem.read(table, atMost: longestTable)).contains(Array(path.utf8))
    }

    /// The paths in a table of mounts: the fifth field of each line, with octal numbers for blanks (proc_pid_mountinfo(5)).
    static func places(in table: [UInt8]) -> Set<[UInt8]> {
        var places: Set<[UInt8]> = []
        for line in table.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
            if fields.count > 4 { places.insert(unescaped(fields[4])) }
        }
        return places
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var path: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            guard byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) })
            else {
                path.append(byte)
                continue
            }
            path.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
            rest = rest.dropFirst(3)
        }
        return path
    }
}
