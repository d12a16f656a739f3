// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// What a backup holds: the file `manifest.json` beside the copies.
package struct BackupManifest: Codable, Sendable, Equatable {
    /// A file of the data folder.
    package struct Item: Codable, Sendable, Equatable {
        /// Below the data folder, with `/` between names.
        package var path: String
        package var bytes: Int
        /// In hexadecimal digits.
        package var sha256: String
    }

    /// The version of this form.
    package var format = Self.currentFormat
    /// The version of the program that made it.
    package var program: String
    /// Nanoseconds since 1970.
    package var made: Int64
    package var items: [Item]
    /// Links within the data folder, such as the one to the rule set in force, and what they say.
    package var links: [String: String]?
    /// What lies in the data folder and is not in the backup, and why.
    package var leftOut: [String: String]

    static let currentFormat = 1
    static let fileName = "manifest.json"
    private static let maximumBytes = 16 << 20
    private static let mostItems = 1_000_000
    private static let mostFileBytes = 1 << 42

    private enum CodingKeys: String, CodingKey {
        case format, program, made, items, links
        case leftOut = "left_out"
    }

    /// The bytes of all files.
    package var bytes: Int { items.reduce(0) { $0 + $1.bytes } }

    var encoded: [UInt8] {
        get throws(StorageError) {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            do {
                return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
            } catch {
                throw StorageError(.inputOutput, "the manifest cannot be written: \(error)")
            }
        }
    }

    /// Reads the manifest of a backup.
    ///
    /// - Throws: ``StorageError/Code/notFound`` where there is none; ``StorageError/Code/corrupt`` where it is no manifest
    ///   or names files outside of a data folder; ``StorageError/Code/newerSchema`` for one of a later program.
    package static func read(ofBackup path: String) throws(StorageError) -> BackupManifest {
        let file = "\(path)/\(fileName)"
        guard let size = FileSystem.size(file) else {
            throw StorageError(.notFound, "there is no backup here, which has a \(fileName)", file: path)
        }
        guard size <= maximumBytes else { throw StorageError(.corrupt, "is too long for a manifest", file: file) }
        let manifest: BackupManifest
        do {
            manifest = try JSONDecoder().decode(
                BackupManifest.self,
                from: Data(try FileSystem.read(file, atMost: maximumBytes))
            )
        } catch let error as StorageError {
            throw error
        } catch {
            throw StorageError(.corrupt, "is no manifest of a backup", file: file)
        }
        guard manifest.format == currentFormat else {
            throw StorageError(.newerSchema, "has the format \(manifest.format), not \(currentFormat)", file: file)
        }
        let isPlausible = manifest.items.allSatisfy { (0...mostFileBytes).contains($0.bytes) }
        guard isPlausible, manifest.items.count <= mostItems else {
            throw StorageError(.corrupt, "tells of more than a data folder can hold", file: file)
        }
        if let wrong = manifest.items.first(where: { !isInside($0.path) }) {
            throw StorageError(.corrupt, "names \"\(wrong.path)\", which is no file of a data folder", file: file)
        }
        if let wrong = (manifest.links ?? [:]).first(where: { !isInside($0.key) || !isInside($0.value) }) {
            throw StorageError(.corrupt, "has the link \"\(wrong.key)\", which leads elsewhere", file: file)
        }
        return manifest
    }

    static func isInside(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return path != fileName && !path.utf8.contains(0) && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }
}
