// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import EventBus
import Foundation
import Testing

@testable import Storage

@Suite struct EntityFilterTests {
    @Test(arguments: [0, 1, 2, 24, 25, 1000, 20_000])
    func `never denies a key that it has, and rarely claims another`(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let keys = (0..<count).map { _ in EntityKey(hash: random.next()) }
        let filter = EntityFilter(keys)
        #expect(keys.allSatisfy { filter.mayContain($0) })
        let wrong = (0..<20_000).count { _ in filter.mayContain(EntityKey(hash: random.next())) }
        #expect(wrong < 20_000 * 3 / 100)
        #expect(filter.bytes.count <= count * 11 / 8 + 32)
        #expect(EntityFilter(bytes: filter.bytes) == filter)
    }

    @Test func `keys that were made of texts are found as well`() {
        let keys = (0..<5000).map { EntityKey(kind: 2, name: "10.1.\($0 / 256).\($0 % 256)".utf8) }
        let filter = EntityFilter(keys)
        #expect(keys.allSatisfy { filter.mayContain($0) })
        let others = (0..<5000).map { EntityKey(kind: 2, name: "10.2.\($0 / 256).\($0 % 256)".utf8) }
        #expect(others.count { filter.mayContain($0) } < 150)
    }

    @Test func `bytes of another length are no filter`() {
        #expect(EntityFilter(bytes: [1, 2, 3]) == nil)
    }
}

@Suite struct CursorSealTests {
    private let seal = CursorSeal(key: [UInt8](0..<32))
    private let numbers: [Int64] = [.min, -1, 0, .max]

    @Test func `gives the numbers back`() throws {
        let text = seal.seal(numbers, list: [1, 2])
        #expect(try seal.open(text, list: [1, 2], count: 4) == numbers)
        #expect(text.utf8.allSatisfy { UInt8(ascii: "!") < $0 && $0 < 0x7F && $0 != UInt8(ascii: "+") })
    }

    @Test func `refuses what was made for another list, by another key, or of another length`() {
        let text = seal.seal(numbers, list: [1, 2])
        #expect(throws: StorageError.self) { try seal.open(text, list: [1, 3], count: 4) }
        #expect(throws: StorageError.self) { try seal.open(text, list: [1, 2], count: 3) }
        #expect(throws: StorageError.self) {
            try CursorSeal(key: [UInt8](1..<33)).open(text, list: [1, 2], count: 4)
        }
    }

    @Test func `refuses each text that differs in one place, and any other`() {
        var random = SeededGenerator(seed: 3)
        let text = Array(seal.seal(numbers, list: [1]).utf8)
        for place in text.indices {
            for byte in [UInt8(ascii: "A"), UInt8(ascii: "="), 0x20, 0xC3, UInt8.random(in: 0...255, using: &random)]
            where byte != text[place] {
                var changed = text
                changed[place] = byte
                #expect(throws: StorageError.self) {
                    try seal.open(String(decoding: changed, as: UTF8.self), list: [1], count: 4)
                }
            }
            #expect(throws: StorageError.self) {
                try seal.open(String(decoding: text.prefix(place), as: UTF8.self), list: [1], count: 4)
            }
        }
        for text in ["", "c1.", "c1.====", String(repeating: "c1.A", count: 10_000), "c1.\u{0}", "🦆"] {
            #expect(throws: StorageError.self) { try seal.open(text, list: [1], count: 4) }
        }
    }

    @Test func `keeps its key in a file for the owner alone, and makes a new one where that is not whole`() throws {
        let folder = try TestFolder()
        let path = folder.file("cursor.key")
        let text = try CursorSeal(keyFile: path).seal([1], list: [])
        #expect(try CursorSeal(keyFile: path).open(text, list: [], count: 1) == [1])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try folder.write([1, 2, 3], "cursor.key")
        let other = try CursorSeal(keyFile: path)
        #expect(throws: StorageError.self) { try other.open(text, list: [], count: 1) }
        #expect(try folder.read("cursor.key").count == 32)
    }
}

@Suite struct EventDayTests {
    @Test(
        arguments: [
            (0, "19700101"), (-1, "19691231"), (86_400_000_000_000 - 1, "19700101"),
            (1_800_000_000_000_000_000, "20270115"),
            (951_782_400_000_000_000, "20000229"), (4_107_542_400_000_000_000, "21000301"),
        ] as [(Int64, String)]
    )
    func `is the day of a time in UTC`(time: Int64, text: String) {
        let day = EventDay(time: time)
        #expect("\(day)" == text)
        #expect(EventDay(fileName: "events-\(text).sqlite") == day)
    }

    @Test func `each day has a name of its own that is read back`() {
        for number in Int32(-100_000)...100_000 where number % 7 == 0 {
            let day = EventDay(number: number)
            #expect(EventDay(fileName: day.fileName) == day)
        }
    }

    @Test(arguments: [
        "events-20260231.sqlite", "events-2026012.sqlite", "events-20261301.sqlite", "events-20260101.sqlite-wal",
        "events-+2026010.sqlite", "events-.sqlite", "lock",
    ])
    func `other names are no days`(name: String) {
        #expect(EventDay(fileName: name) == nil)
    }
}

@Suite struct FolderTests {
    @Test func `one holder has a folder, and others learn who it is`() throws {
        let folder = try TestFolder()
        let path = folder.file("data/deep")
        let lock = try FolderLock(folder: path, address: "/run/socket", time: 77)
        #expect(
            try FolderLock.holder(ofFolder: path)
                == FolderLock.Holder(process: getpid(), address: "/run/socket", since: 77)
        )
        let error = #expect(throws: StorageError.self) { try FolderLock(folder: path, time: 78) }
        #expect(error?.code == .inUse)
        #expect(error?.message == "process \(getpid()) at /run/socket uses this folder")
        withExtendedLifetime(lock) {}
    }

    @Test func `a folder is free when its holder is gone`() throws {
        let folder = try TestFolder()
        do {
            let lock = try FolderLock(folder: folder.path, time: 1)
            withExtendedLifetime(lock) {}
        }
        #expect(try FolderLock.holder(ofFolder: folder.path) == nil)
        _ = try FolderLock(folder: folder.path, time: 2)
        #expect(try FolderLock.holder(ofFolder: folder.file("none")) == nil)
    }

    @Test(arguments: [
        (500, DiskSpace.Level.fine), (101, .fine), (100, .warning), (51, .warning), (50, .full), (0, .full),
    ])
    func `a disk is nearly full at 90 and full at 95 hundredths`(free: Int, level: DiskSpace.Level) {
        #expect(DiskSpace(available: free, total: 1000).level == level)
        #expect(DiskSpace(available: free << 40, total: 1000 << 40).level == level)
    }

    @Test func `a disk's size is read from the system`() throws {
        let space = try DiskSpace(ofFolder: FileManager.default.temporaryDirectory.path)
        #expect(space.available > 0 && space.available <= space.total)
        #expect(throws: StorageError.self) { try DiskSpace(ofFolder: "/nowhere/at/all") }
    }
}
