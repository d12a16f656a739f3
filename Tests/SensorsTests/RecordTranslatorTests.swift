// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import CSensor
import Testing

@testable import Sensors
@testable import SystemCapture

@Suite struct RecordTranslatorTests {
    /// A record as the kernel's programs write it.
    private struct Record {
        var head = sensor_head()
        var body: [UInt8] = []

        init(_ kind: sensor_kind, call: Int32 = -1) {
            head.kind = UInt16(kind.rawValue)
            head.syscall = call
            head.time = 1_000
            head.tid = 77
            head.pid = 77
            head.parent = 1
            head.uid = 1000
            head.gid = 100
        }

        var bytes: [UInt8] {
            var head = head
            head.length = UInt32(MemoryLayout<sensor_head>.size + body.count)
            return withUnsafeBytes(of: head) { Array($0) } + body
        }

        mutating func append<Value>(_ value: Value) {
            withUnsafeBytes(of: value) { body.append(contentsOf: $0) }
        }
    }

    private func events(_ records: [Record], _ body: (borrowing CaptureReplay, SystemEvent) throws -> Void) throws {
        var capture = CaptureBytes()
        ProcessSnapshot(root: "/nowhere").write(into: &capture)
        var translator = RecordTranslator(calls: SystemCallTable(), clockOffset: 1_000_000)
        for record in records {
            record.bytes.withUnsafeBytes { translator.translate($0, into: &capture) }
        }
        #expect(translator.unreadable == 0)
        var replay = CaptureReplay()
        try capture.bytes.withUnsafeBytes { bytes throws in
            replay.feed(bytes, isLast: true)
            while try replay.next() == .event {
                try body(replay, replay.event)
            }
        }
    }

    private func number(_ name: String) -> Int32 {
        Int32(SystemCallTable().entries.firstIndex { $0?.name == name } ?? -1)
    }

    @Test func `a program that runs replaces what its process was`() throws {
        var record = Record(SENSOR_EXEC)
        var process = sensor_process()
        process.new_tid = 77
        process.new_pid = 77
        process.vpid = 5
        process.exe_flags = UInt32(EXE_MEMFD)
        process.login_uid = 1000
        record.append(process)
        let arguments = Array("ls\0-l\0/tmp\0".utf8)
        let path = Array("ls\0bin\0usr\0".utf8)
        record.body += arguments + path + Array("tmp\0".utf8)
        record.head.pieces = (UInt16(arguments.count), UInt16(path.count), 0, 4, 0, 0)
        var count = 0
        try events([record]) { replay, event in
            count += 1
            #expect(event.kind.pointee.name.text == "execve" && event.time == 1_001_000)
            let thread = try #require(event.thread).pointee
            #expect(replay.state.text(thread.executablePath).elementsEqual("/usr/bin/ls".utf8))
            #expect(replay.state.text(thread.executable).elementsEqual("ls".utf8))
            #expect(Array(event.parameter(6)) == Array("/tmp".utf8) + [0])
            #expect(thread.flags.contains(.executableFromMemory) && thread.userID == 1000)
        }
        #expect(count == 1)
    }

    @Test func `a connection has both ends`() throws {
        var record = Record(SENSOR_SYSCALL, call: number("connect"))
        record.head.flags = UInt32(SENSOR_SOCKET)
        record.head.arguments.0 = 3
        var socket = sensor_socket()
        socket.family = 2
        socket.type = 1
        socket.local = (10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        socket.local_port = 40_000
        record.append(socket)
        // The address that was asked for; the connection was refused before the socket had it.
        record.body += [2, 0, 0x01, 0xBB, 8, 8, 4, 4] + [UInt8](repeating: 0, count: 8)
        record.head.pieces = (16, 0, 0, 0, 0, 0)
        try events([record]) { _, event in
            #expect(event.kind.pointee.name.text == "connect")
            #expect(Array(event.parameter(1)) == [2, 10, 0, 0, 1, 0x40, 0x9C, 8, 8, 4, 4, 0xBB, 0x01])
            #expect(Array(event.parameter(3)) == [2, 8, 8, 4, 4, 0xBB, 0x01])
            #expect(event.int64(2) == 3)
        }
    }

    @Test func `an opened file has its name, its folder and the flags of captures`() throws {
        var record = Record(SENSOR_SYSCALL, call: number("openat"))
        record.head.result = 5
        record.head.arguments.0 = UInt64(bitPattern: -100)
        record.head.arguments.2 = 0o101
        record.body = Array("notes".utf8)
        record.head.pieces.0 = 5
        try events([record]) { _, event in
            #expect(event.int64(0) == 5 && event.int64(1) == -100)
            #expect(Array(event.text(2)) == Array("notes".utf8))
            #expect(event.uint32(3) == 0b110)
        }
    }

    @Test func `bytes that are no record are counted, and harm nothing`() {
        var translator = RecordTranslator(calls: SystemCallTable(), clockOffset: 0)
        var capture = CaptureBytes()
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var head = sensor_head()
            withUnsafeMutableBytes(of: &head) { bytes in
                for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &random) }
            }
            head.kind = UInt16.random(in: 0...8)
            head.syscall = Int32.random(in: -2...600)
            let body = (0..<Int.random(in: 0...400)).map { _ in UInt8.random(in: 0...255) }
            head.length = UInt32(MemoryLayout<sensor_head>.size + body.count)
            let bytes = withUnsafeBytes(of: head) { Array($0) } + body
            bytes.withUnsafeBytes { translator.translate($0, into: &capture) }
        }
        #expect(translator.unreadable > 0)
        #expect(!capture.bytes.isEmpty)
    }
}
