// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import CZlib
import FalcoRules
import Foundation
import SystemCapture
import TestSupport
import Testing

private let isAvailable = TestData.available("threat/captures", for: "SystemFieldReader")

@Suite("Fields of system calls have values", .enabled(if: isAvailable))
struct SystemFieldReaderTests {
    private let catalogue = FieldCatalogue.system(eventTypes: SystemEventTypes.table)

    private func bytes(_ name: String) throws -> [UInt8] {
        let path = TestData.url("threat/captures/\(name).scap").path
        let file = try #require(gzopen(path, "rb"))
        defer {
            gzclose(file)
        }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = gzread(file, &buffer, UInt32(buffer.count)), count > 0 {
            all.append(contentsOf: buffer[..<Int(count)])
        }
        return all
    }

    private static func text(_ value: FieldValue) -> String? {
        switch value.kind {
        case .absent: nil
        case .bytes: String(decoding: value.bytes, as: UTF8.self)
        case .signed: "\(value.signedValue)"
        case .unsigned: "\(value.unsignedValue)"
        case .bool: "\(value.boolValue)"
        case .double: "\(value.doubleValue)"
        case .ipv4:
            "\(value.ipv4Bits >> 24).\(value.ipv4Bits >> 16 & 255).\(value.ipv4Bits >> 8 & 255).\(value.ipv4Bits & 255)"
        case .ipv6: String(value.ipv6Bits, radix: 16)
        }
    }

    /// Fields by name, `NAME` or `NAME/KEY`. The bytes of a key are as long-lived as the test process.
    private func references(_ names: [String]) throws -> [FieldReference] {
        try names.enumerated().map { serial, name in
            let parts = name.split(separator: "/").map(String.init)
            let number = try #require(catalogue[name: parts[0]]?.number)
            guard parts.count == 2 else {
                return FieldReference(field: number, serial: UInt16(serial))
            }
            let key = UnsafeMutableRawBufferPointer.allocate(byteCount: parts[1].utf8.count, alignment: 1)
            key.copyBytes(from: parts[1].utf8)
            return FieldReference(field: number, serial: UInt16(serial), key: UnsafeRawBufferPointer(key))
        }
    }

    /// The values of fields at each exit event of a type.
    private func values(_ capture: String, type: String, _ names: [String]) throws -> [[String?]] {
        let references = try references(names)
        let bytes = try bytes(capture)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        defer {
            copy.deallocate()
        }
        copy.copyBytes(from: bytes)
        var rows: [[String?]] = []
        var replay = CaptureReplay()
        var reader = SystemFieldReader(catalogue: catalogue, state: replay.state)
        replay.feed(UnsafeRawBufferPointer(copy), isLast: true)
        while try replay.next() == .event {
            let event = replay.event
            guard !event.isEnter, event.displayName == type else {
                continue
            }
            reader.move(to: event)
            var row: [String?] = []
            for reference in references {
                row.append(Self.text(reader.value(of: reference)))
            }
            rows.append(row)
        }
        return rows
    }

    @Test func `an opened file is known by its path and its flags`() throws {
        let rows = try values(
            "cat_write",
            type: "open",
            ["proc.name", "fd.name", "fd.directory", "fd.filename", "evt.arg/flags", "evt.is_open_read", "evt.res"]
        )
        #expect(rows.count == 4)
        #expect(
            rows.first == [
                "cat", "/etc/ld.so.cache", "/etc", "ld.so.cache", "O_RDONLY|O_CLOEXEC", "true", "SUCCESS",
            ]
        )
    }

    @Test func `an executed program is known by its arguments and its parent`() throws {
        let rows = try values(
            "cat_write",
            type: "execve",
            ["proc.cmdline", "proc.pname", "proc.cwd", "container.id", "proc.args", "evt.rawres"]
        )
        #expect(
            rows == [
                [
                    "cat /dev/null", "bash", "",
                    "host", "/dev/null", "0",
                ]
            ]
        )
    }

    @Test func `a connection is known by both of its ends`() throws {
        let rows = try values(
            "connect_localhost",
            type: "connect",
            ["fd.name", "fd.sport", "fd.sip", "fd.cip", "fd.l4proto", "fd.typechar"]
        )
        let row = try #require(rows.first)
        #expect(row[2] == "127.0.0.1")
        #expect(row[3] == "127.0.0.1")
        #expect(row[4] == "tcp" || row[4] == "udp")
        #expect(row[5] == "4")
        #expect(row[0]?.hasPrefix("127.0.0.1:") == true)
        #expect(row[0]?.hasSuffix(":\(row[1] ?? "")") == true)
    }

    @Test func `a failed call has the name of its error`() throws {
        let rows = try values("cat_write", type: "access", ["evt.res", "evt.rawres", "evt.failed", "evt.arg/name"])
        #expect(rows.first == ["ENOENT", "-2", "true", "/etc/ld.so.nohwcap"])
    }

    @Test func `a call without a type of its own has its name`() throws {
        let rows = try values("curl_google", type: "clock_gettime", ["evt.type", "syscall.type", "evt.dir"])
        #expect(rows.count == 94)
        #expect(rows.first == ["clock_gettime", "clock_gettime", "<"])
    }

    @Test func `times are written out in UTC`() throws {
        let rows = try values(
            "cat_write",
            type: "execve",
            ["evt.time", "evt.time.iso8601", "evt.datetime.s", "evt.reltime", "evt.deltatime.s"]
        )
        #expect(
            rows.first == ["16:17:57.881730713", "2016-08-04T16:17:57.881730713Z", "2016-08-04 16:17:57", "0", "0"]
        )
    }

    @Test func `rules match what a capture holds`() throws {
        var loader = RuleLoader(sources: [catalogue])
        let rules = """
            - rule: configuration is read
              desc: d
              output: "%proc.name reads %fd.name"
              priority: INFO
              condition: evt.type = open and evt.dir = < and evt.is_open_read = true and fd.name startswith /etc/
            - rule: an ancestor is a shell
              desc: d
              output: o
              priority: INFO
              condition: evt.type = execve and evt.dir = < and proc.aname = bash
            """
        let result = loader.load(name: "rules.yaml", content: Array(rules.utf8))
        try #require(result.errors.map(\.message) == [])
        let program = try #require(RuleProgram(loader, source: "syscall"))
        #expect(try fired(program, in: "cat_write") == [1, 1])
        #expect(try fired(program, in: "curl_google")[0] > 5)
    }

    /// How often each rule of a program matches.
    private func fired(_ program: RuleProgram, in capture: String) throws -> [Int] {
        let bytes = try bytes(capture)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        defer {
            copy.deallocate()
        }
        copy.copyBytes(from: bytes)
        var counts = Array(repeating: 0, count: program.rules.count)
        var replay = CaptureReplay()
        var reader = SystemFieldReader(catalogue: catalogue, state: replay.state)
        var matcher = RuleMatcher<SystemFieldReader>(program)
        replay.feed(UnsafeRawBufferPointer(copy), isLast: true)
        while try replay.next() == .event {
            reader.move(to: replay.event)
            for place in 0..<matcher.match(&reader) {
                counts[matcher.match(place)] += 1
            }
        }
        return counts
    }
}
