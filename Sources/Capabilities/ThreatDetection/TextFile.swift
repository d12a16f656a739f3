// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// Files of rules and events, read whole and never more than is taken.
enum TextFile {
    /// - Throws: ``ThreatError/Code/unreadable``, ``ThreatError/Code/tooLarge``.
    static func read(_ path: String, atMost limit: Int) throws(ThreatError) -> [UInt8] {
        guard let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path) else {
            throw ThreatError(.unreadable, "\(path): \(String(cString: strerror(errno)))")
        }
        do {
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else {
                throw ThreatError(.tooLarge, "\(path): more than \(limit >> 20) MB")
            }
            return Array(data)
        } catch let error as ThreatError {
            throw error
        } catch {
            throw ThreatError(.unreadable, "\(path): \(error.localizedDescription)")
        }
    }

    /// A file, or the files with an ending in a folder and those below it, in the order of their names.
    static func files(at path: String, endings: [String]) throws(ThreatError) -> [String] {
        var isFolder: ObjCBool = false
        guard path == "-" || FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ThreatError(.unreadable, "\(path): there is no such file or folder")
        }
        guard isFolder.boolValue else { return [path] }
        guard let walk = FileManager.default.enumerator(atPath: path) else {
            throw ThreatError(.unreadable, "\(path): the folder cannot be read")
        }
        var found: [String] = []
        for case let name as String in walk where endings.contains(where: { name.hasSuffix($0) }) {
            found.append("\(path)/\(name)")
        }
        return found.sorted()
    }
}
