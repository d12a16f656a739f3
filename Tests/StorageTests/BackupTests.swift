// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Evidence
import Foundation
import Testing

@testable import Storage

@Suite struct BackupTests {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    private var data: String { folder.file("data") }
    private var backup: String { folder.file("backup") }

    /// A data folder as a server leaves it, or has it open.
    private func fill(leaves: Int) async throws -> (log: EvidenceLog, notes: Database) {
        try FileManager.default.createDirectory(atPath: data + "/payloads", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: data + "/policy", withIntermediateDirectories: true)
        try Data("secret".utf8).write(to: URL(fileURLWithPath: data + "/payloads/day"))
        try Data("journal".utf8).write(to: URL(fileURLWithPath: data + "/policy/journal"))
        let log = try EvidenceLog(LogFolder(data + "/evidence"), time: 1)
        for number in 0..<leaves {
            _ = try await log.append(EvidenceLeaf(kind: .gatewayConfigured, time: 1, content: Array("\(number)".utf8)))
        }
        let migration = Migration(1, "notes", sqlite: "CREATE TABLE note(text TEXT NOT NULL) STRICT")
        let notes = try Database(data + "/notes.sqlite", migrations: [migration])
        try await notes.write { connection throws(StorageError) in
            try connection.execute("INSERT INTO note VALUES (?)", [.text("one")])
        }
        return (log, notes)
    }

    private func make() throws(StorageError) -> BackupManifest {
        try FolderBackup.write(data, to: backup, program: "1", time: 7)
    }

    @Test func `a backup of a folder in use is whole, and a folder made of it goes on`() async throws {
        let (log, notes) = try await fill(leaves: 10)
        let manifest = try make()
        #expect(manifest == (try BackupManifest.read(ofBackup: backup)))
        #expect(manifest.items.map(\.path).contains("notes.sqlite"))
        #expect(manifest.leftOut.keys.sorted() == ["payloads"])
        #expect(!FileManager.default.fileExists(atPath: backup + "/payloads"))
        // What comes later is not in it.
        try await notes.write { connection throws(StorageError) in
            try connection.execute("INSERT INTO note VALUES (?)", [.text("two")])
        }
        await log.close()
        try notes.close()

        let restored = folder.file("restored")
        _ = try FolderRestore.write(backup, to: restored)
        let report = try FolderRestore.verify(restored, against: manifest)
        #expect(report.databases == 1)
        #expect(report.evidence?.isIntact == true)
        #expect(report.evidence?.leaves == log.leafCount)
        let copy = try Database(restored + "/notes.sqlite")
        let texts = try copy.readNow { connection throws(StorageError) in
            try connection.all("SELECT text FROM note") { row throws(StorageError) in try row.text(0) }
        }
        #expect(texts == ["one"])
        try copy.close()
        let again = try EvidenceLog(LogFolder(restored + "/evidence"), time: 2)
        let next = try await again.append(EvidenceLeaf(kind: .gatewayConfigured, time: 2, content: []))
        #expect(next.index >= 10)
        await again.close()
    }

    @Test func `a changed byte in any file is named`() async throws {
        let (log, notes) = try await fill(leaves: 3)
        let manifest = try make()
        await log.close()
        try notes.close()
        for item in manifest.items where item.bytes > 0 {
            let path = "\(backup)/\(item.path)"
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            var changed = bytes
            changed[bytes.count / 2] ^= 1
            try Data(changed).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: StorageError.self) {
                try FolderRestore.verify(backup, against: BackupManifest.read(ofBackup: backup))
            }
            #expect(error?.code == .corrupt)
            #expect(error?.file == path)
            let target = folder.file("target")
            #expect(throws: StorageError.self) { try FolderRestore.write(backup, to: target) }
            #expect(!FileManager.default.fileExists(atPath: target))
            #expect(!FileManager.default.fileExists(atPath: target + ".restoring"))
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
        _ = try FolderRestore.verify(backup, against: manifest)
    }

    @Test func `a folder that is there is replaced only when told to, and kept`() async throws {
        let (log, notes) = try await fill(leaves: 1)
        _ = try make()
        await log.close()
        try notes.close()
        #expect(throws: StorageError.self) { try FolderRestore.write(backup, to: data) }
        #expect(FileManager.default.fileExists(atPath: data + "/payloads/day"))
        let aside = folder.file("aside")
        _ = try FolderRestore.write(backup, to: data, replacing: aside)
        #expect(FileManager.default.fileExists(atPath: aside + "/payloads/day"))
        #expect(!FileManager.default.fileExists(atPath: data + "/payloads/day"))
    }

    @Test func `a folder in use is not replaced`() async throws {
        let (log, notes) = try await fill(leaves: 1)
        _ = try make()
        let lock = try FolderLock(folder: data + "/policy", time: 1)
        let error = #expect(throws: StorageError.self) {
            try FolderRestore.write(backup, to: data, replacing: folder.file("aside"))
        }
        #expect(error?.code == .inUse)
        withExtendedLifetime(lock) {}
        await log.close()
        try notes.close()
    }

    @Test(arguments: [
        "", "{", "[]", "{\"format\":2,\"program\":\"1\",\"made\":1,\"items\":[],\"left_out\":{}}",
        #"{"format":1,"program":"1","made":1,"items":[{"path":"../x","bytes":1,"sha256":""}],"left_out":{}}"#,
        #"{"format":1,"program":"1","made":1,"items":[{"path":"/etc/x","bytes":1,"sha256":""}],"left_out":{}}"#,
        #"{"format":1,"program":"1","made":1,"items":[{"path":"a//b","bytes":1,"sha256":""}],"left_out":{}}"#,
        #"{"format":1,"program":"1","made":1,"items":[{"path":"a/./b","bytes":1,"sha256":""}],"left_out":{}}"#,
        #"{"format":1,"program":"1","made":1,"items":[],"links":{"a/b":"../../etc"},"left_out":{}}"#,
        #"{"format":1,"program":"1","made":1,"left_out":{},"items":[{"path":"a","bytes":9223372036854775807,"sha256":""}]}"#,
    ])
    func `a manifest that is none, or that leads elsewhere, is refused`(text: String) throws {
        try FileManager.default.createDirectory(atPath: backup, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: backup + "/manifest.json"))
        #expect(throws: StorageError.self) { try BackupManifest.read(ofBackup: backup) }
    }

    @Test func `a link to a neighbour is kept, one that leads elsewhere is named`() async throws {
        let (log, notes) = try await fill(leaves: 1)
        try FileManager.default.createDirectory(atPath: data + "/crs/releases/4.1.0", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: data + "/crs/current",
            withDestinationPath: "releases/4.1.0"
        )
        try FileManager.default.createSymbolicLink(atPath: data + "/crs/away", withDestinationPath: "/etc")
        let manifest = try make()
        #expect(manifest.links == ["crs/current": "releases/4.1.0"])
        #expect(manifest.leftOut["crs"]?.contains("leads elsewhere") == true)
        await log.close()
        try notes.close()
        let restored = folder.file("restored/")
        _ = try FolderRestore.write(backup + "/", to: restored)
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("restored/crs/current"))
        #expect(target == "releases/4.1.0")
    }

    @Test func `a backup within the data folder is refused`() async throws {
        let (log, notes) = try await fill(leaves: 1)
        let error = #expect(throws: StorageError.self) {
            try FolderBackup.write(data, to: data + "/backup", program: "1", time: 7)
        }
        #expect(error?.code == .constraint)
        #expect(!FileManager.default.fileExists(atPath: data + "/backup.unfinished"))
        await log.close()
        try notes.close()
    }

    @Test func `a backup that is cancelled leaves nothing`() async throws {
        let (log, notes) = try await fill(leaves: 1)
        #expect(throws: StorageError.self) {
            try FolderBackup.write(data, to: backup, program: "1", time: 1) { _, _ in false }
        }
        #expect(folder.names == ["data"])
        await log.close()
        try notes.close()
    }
}
