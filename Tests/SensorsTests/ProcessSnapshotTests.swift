// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import Sensors
@testable import SystemCapture

@Suite struct ProcessSnapshotTests {
    @Test func `what runs here can be read as a capture`() throws {
        var capture = CaptureBytes()
        ProcessSnapshot().write(into: &capture)
        var replay = CaptureReplay()
        try capture.bytes.withUnsafeBytes { bytes throws in
            replay.feed(bytes, isLast: true)
            let step1 = try replay.next()
            #expect(step1 == .end)
            #expect(
                replay.machine.map { String(decoding: $0.hostName, as: UTF8.self) } == ProcessInfo.processInfo.hostName
            )
            let own = try #require(replay.state.thread(Int64(getpid()))?.pointee)
            #expect(own.processID == Int64(getpid()))
            let path = String(decoding: replay.state.text(own.executablePath), as: UTF8.self)
            #expect(path == (try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")))
            let directory = String(decoding: replay.state.text(own.directory), as: UTF8.self)
            #expect(directory == FileManager.default.currentDirectoryPath)
            #expect(replay.state.threadCount > 1)
        }
    }

    @Test func `a folder without processes gives a capture without them`() throws {
        var capture = CaptureBytes()
        ProcessSnapshot(root: "/nowhere").write(into: &capture)
        var replay = CaptureReplay()
        try capture.bytes.withUnsafeBytes { bytes throws in
            replay.feed(bytes, isLast: true)
            let step2 = try replay.next()
            #expect(step2 == .end)
            #expect(replay.state.threadCount == 0)
        }
    }

    @Test func `ends of connections are read from the kernel's tables`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "proc-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "net"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
               1: 0100007F:9C40 08080808:0035 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1
               2: broken
            """
        try Data(table.utf8).write(to: folder.appending(path: "net/tcp"))
        let sockets = SocketList(root: folder.path())
        let server = try #require(sockets[111])
        #expect(server.kind == 5 && server.local == [127, 0, 0, 1] && server.localPort == 8080)
        let client = try #require(sockets[222])
        #expect(
            client.kind == 3 && client.remote == [8, 8, 8, 8] && client.remotePort == 53 && client.localPort == 40_000
        )
    }
}
