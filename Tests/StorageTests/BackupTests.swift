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

    /// A database beside the others, as a server makes one for the events of each day.
    private func makeDay(_ name: String, rows: Int = 1) throws -> Database {
        try FileManager.default.createDirectory(atPath: data + "/events", withIntermediateDirectories: true)
        let migration = Migration(1, "rows", sqlite: "CREATE TABLE row(number INTEGER, bytes BLOB NOT NULL) STRICT")
        let day = try Database(data + "/events/\(name).sqlite", migrations: [migration])
        try day.writeNow { connection throws(StorageError) in
            for number in 0..<rows {
                try connection.execute(
                    "INSERT INTO row VALUES (?, zeroblob(3000))",
                    [.integer(Int64(number))]
                )
            }
        }
        return day
    }

    @Test func `a day that begins while the backup is made is in it`() async throws {
        let (log, notes) = try await fill(leaves: 1)
        let first = try makeDay("2026-11-22")
        var begun: Database?
        var failure: (any Error)?
        let manifest = try FolderBackup.write(data, to: backup, program: "1", time: 7) { done, total in
            // The day before is being copied, so that the folder was listed before.
            if begun == nil, failure == nil, FileManager.default.fileExists(atPath: backup + ".unfinished/events") {
                do { begun = try makeDay("2026-11-23") } catch { failure = error }
            }
            return done <= total
        }
        if let failure { throw failure }
        let paths = manifest.items.map(\.path)
        #expect(paths.contains("events/2026-11-22.sqlite") && paths.contains("events/2026-11-23.sqlite"))
        #expect(Set(paths).count == paths.count)
        try #require(begun).close()
        try first.close()
        await log.close()
        try notes.close()
        _ = try FolderRestore.verify(backup, against: manifest)
    }

    @Test func `a file that goes away while the backup is made is not missing`() async throws {
        let (log, notes) = try await fill(leaves: 1)
        let day = try makeDay("2026-11-21")
        try day.close()
        try folder.write(Array("old".utf8), "data/events/zone")
        // The first of those that are listed together.
        try folder.write(Array("first".utf8), "data/again")
        let manifest = try FolderBackup.write(data, to: backup, program: "1", time: 7) { _, _ in
            // Retention goes on: what is too old is removed after it was listed.
            if FileManager.default.fileExists(atPath: backup + ".unfinished/again") {
                for name in ["2026-11-21.sqlite", "zone"] {
                    try? FileManager.default.removeItem(atPath: data + "/events/" + name)
                }
            }
            return true
        }
        #expect(!FileManager.default.fileExists(atPath: data + "/events/zone"))
        #expect(!manifest.items.contains { $0.path.hasPrefix("events/") })
        #expect(manifest.items.contains { $0.path == "notes.sqlite" })
        await log.close()
        try notes.close()
        #expect(try FolderRestore.verify(backup, against: manifest).evidence?.isIntact == true)
    }

    @Test func `what is written while a database is copied does not tear the copy`() async throws {
        // Some thousand pages, so that copying takes several steps.
        let day = try makeDay("2026-11-22", rows: 2_000)
        var writes = 0
        var failure: (any Error)?
        let source = data + "/events/2026-11-22.sqlite"
        try DatabaseCopy.write(databaseAt: source, to: folder.file("copy.sqlite")) { _, _ in
            guard writes < 3, failure == nil else { return true }
            writes += 1
            do {
                try day.writeNow { connection throws(StorageError) in
                    try connection.execute("DELETE FROM row WHERE number % 10 = ?", [.integer(Int64(writes))])
                    try connection.execute("INSERT INTO row VALUES (-1, zeroblob(100))")
                }
            } catch { failure = error }
            return true
        }
        if let failure { throw failure }
        #expect(writes == 3)
        let copy = try Database(folder.file("copy.sqlite"))
        let numbers = try copy.readNow { connection throws(StorageError) in
            try connection.all("SELECT count(*) FROM row UNION ALL SELECT min(number) FROM row") {
                row throws(StorageError) in try row.int(0)
            }
        }
        #expect(numbers == [2_000, 0])
        try copy.close()
        try day.close()
    }

    // MARK: Folders that stay where they are

    @Test func `what is mounted is told from what is not`() throws {
        #expect(try MountPoints.contain("/proc") && !MountPoints.contain(folder.path))
        #expect(throws: StorageError.self) { try MountPoints.contain(folder.file("nowhere")) }
        let table = """
            22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
            36 22 0:32 /volume /srv/my\\040data\\134 rw - ext4 /dev/vdb rw
            broken line

            """
        let places = MountPoints.places(in: Array(table.utf8))
        #expect(places == [Array("/".utf8), Array("/srv/my data\\".utf8)])
        #expect(try FolderRestore.aside("/proc/", named: "1") == "/proc/.replaced-1")
        #expect(try FolderRestore.aside(folder.file("nowhere"), named: "1") == folder.file("nowhere.replaced-1"))
    }

    @Test func `a folder that cannot be renamed is filled where it is`() async throws {
        let (log, notes) = try await fill(leaves: 3)
        let manifest = try make()
        await log.close()
        try notes.close()
        let volume = folder.file("volume")
        try FileManager.default.createDirectory(atPath: volume + "/lost+found", withIntermediateDirectories: true)
        let before = try FileManager.default.attributesOfItem(atPath: volume)[.systemFileNumber] as? Int
        _ = try FolderRestore.write(backup, to: volume, replacing: nil, isInPlace: true)
        #expect(try FolderRestore.verify(volume, against: manifest).evidence?.isIntact == true)
        // A second one is refused, or puts the first aside.
        try folder.write(Array("mine".utf8), "volume/mine")
        let error = #expect(throws: StorageError.self) {
            try FolderRestore.write(backup, to: volume, replacing: nil, isInPlace: true)
        }
        #expect(error?.code == .constraint)
        _ = try FolderRestore.write(backup, to: volume, replacing: volume + "/.replaced-1", isInPlace: true)
        #expect(try FolderRestore.verify(volume, against: manifest).evidence?.isIntact == true)
        #expect(try folder.read("volume/.replaced-1/mine") == Array("mine".utf8))
        let names = try FileManager.default.contentsOfDirectory(atPath: volume)
        #expect(!names.contains("mine") && !names.contains(".restoring") && names.contains("lost+found"))
        #expect(try FileManager.default.attributesOfItem(atPath: volume)[.systemFileNumber] as? Int == before)
        // What was put aside is of no backup.
        let again = try FolderBackup.write(volume, to: folder.file("again"), program: "1", time: 8)
        #expect(again.items.map(\.path).sorted() == manifest.items.map(\.path).sorted())
        #expect(again.leftOut[".replaced-1"] != nil)
        // Nor is a link in it, and what an older backup has of it is not restored.
        let rules = volume + "/.replaced-1/rules"
        try FileManager.default.createDirectory(atPath: rules, withIntermediateDirectories: true)
        #expect(symlink("one", rules + "/current") == 0)
        var third = try FolderBackup.write(volume, to: folder.file("third"), program: "1", time: 9)
        #expect(third.links ?? [:] == again.links ?? [:])
        third.links = [".replaced-1/rules/current": "one"]
        try folder.write(third.encoded, "third/manifest.json")
        _ = try FolderRestore.write(
            folder.file("third"),
            to: volume,
            replacing: volume + "/.replaced-2",
            isInPlace: true
        )
        #expect(try folder.read("volume/.replaced-1/mine") == Array("mine".utf8))
        #expect(try FolderRestore.verify(volume, against: third).evidence?.isIntact == true)
    }

    @Test func `a folder that is named by a link is filled where it is`() async throws {
        let (log, notes) = try await fill(leaves: 3)
        let manifest = try make()
        await log.close()
        try notes.close()
        try FileManager.default.createDirectory(atPath: folder.file("private/data"), withIntermediateDirectories: true)
        #expect(symlink("private/data", folder.file("link")) == 0)
        #expect(try FolderRestore.aside(folder.file("link"), named: "1") == folder.file("link/.replaced-1"))
        _ = try FolderRestore.write(backup, to: folder.file("link"))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link")) == "private/data")
        let report = try FolderRestore.verify(folder.file("private/data"), against: manifest)
        #expect(report.evidence?.isIntact == true)
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives files away"))
    func `what root restores belongs to whom the folder belongs to`() async throws {
        let (log, notes) = try await fill(leaves: 3)
        _ = try make()
        await log.close()
        try notes.close()
        let data = folder.file("data")
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        #expect(chown(data, 4_711, 4_712) == 0)
        for isInPlace in [true, false] {
            _ = try FolderRestore.write(backup, to: data, replacing: data + "-\(isInPlace)", isInPlace: isInPlace)
            for path in ["", "/evidence", "/evidence/leaves"] + (isInPlace ? ["/policy"] : []) {
                let attributes = try FileManager.default.attributesOfItem(atPath: data + path)
                #expect(attributes[.ownerAccountID] as? Int == 4_711, "\(path)")
                #expect(attributes[.groupOwnerAccountID] as? Int == 4_712, "\(path)")
            }
        }
    }

    @Test func `where an entry cannot be moved, those before are moved back`() throws {
        for name in ["new/a", "new/policy", "volume/a"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        try folder.write([0], "new/0")
        try folder.write([1], "new/a/one")
        try folder.write([2], "volume/a/two")
        // Nothing can be moved over a folder with something in it that is not put aside.
        #expect(throws: StorageError.self) {
            try FolderRestore.move(folder.file("new"), into: folder.file("volume"), aside: nil)
        }
        try folder.write([3], "volume/policy")
        #expect(throws: StorageError.self) {
            // The name for what is put aside is a file's.
            let aside = folder.file("volume/policy/x")
            try FolderRestore.move(folder.file("new"), into: folder.file("volume"), aside: aside)
        }
        #expect(try folder.read("new/0") == [0] && !FileManager.default.fileExists(atPath: folder.file("volume/0")))
        #expect(try folder.read("new/a/one") == [1] && folder.read("volume/a/two") == [2])
        #expect(try folder.read("volume/policy") == [3])
        let aside = folder.file("volume/.replaced-2")
        try FolderRestore.move(folder.file("new"), into: folder.file("volume"), aside: aside)
        #expect(try folder.read("volume/a/one") == [1] && folder.read("volume/.replaced-2/a/two") == [2])
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
