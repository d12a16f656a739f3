// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import Storage

struct PayloadVaultTests {
    private let folder: TestFolder
    private static let day: Int64 = 86_400_000_000_000
    private static let now = 20_000 * day + 5

    init() throws {
        folder = try TestFolder()
    }

    private func payload(_ number: Int, at time: Int64 = now, _ text: String = "password=hunter2") -> Payload {
        Payload(name: Array("t\(number)".utf8), time: time, bytes: Array("\(number) \(text)".utf8))
    }

    private func all(
        _ vault: PayloadVault,
        _ times: ClosedRange<Int64> = 0...(.max)
    ) throws -> (payloads: [Payload], damaged: Int) {
        var payloads: [Payload] = []
        let damaged = try vault.forEach(in: times) { payload in
            payloads.append(payload)
            return true
        }
        return (payloads, damaged)
    }

    private func open(
        _ change: (inout PayloadVault.Settings) -> Void = { _ in },
        at time: Int64 = now
    ) throws -> PayloadVault {
        var settings = PayloadVault.Settings()
        settings.blockBytes = 200
        change(&settings)
        return try PayloadVault(folder: folder.path, settings, time: time)
    }

    @Test func `what is kept can be read, also after a restart, and not in the files`() throws {
        let payloads = (0..<50).map { payload($0, at: Self.now + Int64($0)) }
        do {
            let vault = try open()
            payloads.forEach(vault.keep)
            vault.close()
            #expect(vault.statistics.kept == 50)
        }
        let vault = try open()
        vault.keep(payload(50, at: Self.now + 50))
        vault.flushNow()
        #expect(try all(vault).payloads == payloads + [payload(50, at: Self.now + 50)])
        #expect(try all(vault, (Self.now + 3)...(Self.now + 4)).payloads == Array(payloads[3...4]))
        // Whole blocks are counted, without a look into them.
        #expect(try vault.count(in: 0...(.max)) == 51 && vault.count(in: 0...1) == 0)
        #expect((2..<51).contains(try vault.count(in: (Self.now + 3)...(Self.now + 4))))
        let bytes = try folder.read("payloads-20241004")
        #expect(bytes.firstRange(of: Array("hunter2".utf8)) == nil && bytes.count > 500)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("payloads-20241004.key"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `a day that is too old is destroyed, key first`() throws {
        let vault = try open { $0.days = 2 }
        for number in 0..<4 {
            vault.keep(payload(number, at: Self.now + Int64(number) * Self.day))
            vault.flushNow()
        }
        #expect(try all(vault).payloads.map(\.name) == [payload(3).name, payload(2).name])
        #expect(folder.names.count == 4)
        _ = try open({ $0.days = 2 }, at: Self.now + 30 * Self.day)
        #expect(folder.names.isEmpty)
    }

    @Test func `the oldest day goes where there is too much`() throws {
        let vault = try open { $0.maximumBytes = 1_000 }
        for number in 0..<3 {
            for _ in 0..<5 { vault.keep(payload(number, at: Self.now + Int64(number) * Self.day, noise(300))) }
            vault.flushNow()
        }
        #expect(Set(try all(vault).payloads.map(\.name)) == [payload(2).name])
    }

    private func noise(_ count: Int) -> String { (0..<count).map { _ in String(Int.random(in: 0...9)) }.joined() }

    @Test func `what is changed is told, and the rest is read`() throws {
        let vault = try open()
        for number in 0..<3 {
            vault.keep(payload(number))
            vault.flushNow()
        }
        let name = "payloads-20241004"
        let bytes = try folder.read(name)
        let length = bytes.count / 3
        for place in [40, length - 1, 25] {
            var changed = bytes
            changed[length + place] ^= 1
            try folder.write(changed, name)
            let (payloads, damaged) = try all(vault)
            #expect(payloads == [payload(0), payload(2)] && damaged == 1)
        }
    }

    @Test func `files cut or filled with anything are read as far as they go`() throws {
        let vault = try open()
        for number in 0..<3 {
            vault.keep(payload(number))
            vault.flushNow()
        }
        let name = "payloads-20241004"
        let bytes = try folder.read(name)
        var generator = SeededGenerator(seed: 7)
        for length in 0..<bytes.count {
            try folder.write(Array(bytes.prefix(length)), name)
            #expect(try all(vault).payloads.count == length / (bytes.count / 3))
            let noise = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            try folder.write(noise, name)
            #expect(try all(vault).payloads.isEmpty)
        }
    }

    @Test func `what there is no room for is counted`() throws {
        let vault = try open { settings in
            settings.maximumWaitingBytes = 100
            settings.blockBytes = 1_000
            settings.patience = .seconds(3_600)
        }
        for number in 0..<10 { vault.keep(payload(number)) }
        vault.close()
        vault.keep(payload(11))
        let statistics = vault.statistics
        #expect(statistics.kept + statistics.dropped == 11 && statistics.dropped > 4 && statistics.kept > 3)
        #expect(try all(vault).payloads.count == statistics.kept)
    }
}
