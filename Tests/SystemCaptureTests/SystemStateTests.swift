// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SystemCapture
import Testing

@Suite("The state follows the events")
struct SystemStateTests {
    private static let docker = "cpu=/docker/1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef"

    /// The state after all events of a capture.
    private func state(_ build: (inout CaptureBuilder) -> Void) throws -> SystemState {
        var builder = CaptureBuilder()
        build(&builder)
        // Forgets what the last event leaves to do.
        builder.event(2, thread: 1, [])
        var replay = CaptureReplay()
        try replayAll(builder.bytes, &replay)
        return replay.state
    }

    private func replayAll(_ bytes: [UInt8], _ replay: inout CaptureReplay) throws {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        defer {
            copy.deallocate()
        }
        copy.copyBytes(from: bytes)
        replay.feed(UnsafeRawBufferPointer(copy), isLast: true)
        while try replay.next() == .event {}
    }

    private func text(_ id: StringID?, _ state: SystemState) -> String? {
        id.map { String(decoding: state.text($0), as: UTF8.self) }
    }

    private func path(_ number: Int64, _ thread: Int64, _ state: SystemState) -> String? {
        text(state.descriptor(number, ofThread: thread)?.pointee.name, state)
    }

    @Test(arguments: [false, true])
    func `a child is the same whichever return of clone comes first`(isChildFirst: Bool) throws {
        let state = try state { capture in
            capture.open(3, thread: 10, "/etc/hosts")
            if isChildFirst {
                capture.clone(0, thread: 11, process: 11, parent: 10)
                capture.clone(11, thread: 10, process: 10, parent: 1)
            } else {
                capture.clone(11, thread: 10, process: 10, parent: 1)
                capture.clone(0, thread: 11, process: 11, parent: 10)
            }
        }
        let child = try #require(state.thread(11)?.pointee)
        #expect(child.parentID == 10)
        #expect(child.processID == 11)
        #expect(child.userID == 1000)
        #expect(text(child.command, state) == "sh")
        #expect(path(3, 11, state) == "/etc/hosts")
        #expect(state.parent(of: child)?.pointee.threadID == 10)
    }

    @Test func `threads of a process share descriptors and directory`() throws {
        let shared: UInt32 = 1 << 0 | 1 << 1 | 1 << 13
        let state = try state { capture in
            capture.clone(11, thread: 10, process: 10, parent: 1)
            capture.clone(12, thread: 11, process: 11, parent: 10, flags: shared)
            capture.open(4, thread: 12, "/var/log/x")
            capture.event(95, thread: 12, [CaptureBuilder.bytes(0 as Int64), CaptureBuilder.text("/srv")])
            capture.open(5, thread: 11, "file")
        }
        #expect(path(4, 11, state) == "/var/log/x")
        #expect(path(5, 12, state) == "/srv/file")
        #expect(state.thread(12)?.pointee.processID == 11)
    }

    @Test func `a program that is executed replaces the one before`() throws {
        let state = try state { capture in
            capture.clone(11, thread: 10, process: 10, parent: 1)
            capture.open(3, thread: 11, "/etc/kept")
            capture.open(4, thread: 11, "/etc/closed", flags: 1 | 4096)
            capture.execute(
                thread: 11,
                parent: 10,
                "/usr/bin/curl",
                arguments: ["-s", "http://x"],
                groups: Self.docker
            )
        }
        let entry = try #require(state.thread(11)?.pointee)
        #expect(text(entry.command, state) == "curl")
        #expect(text(entry.executablePath, state) == "/usr/bin/curl")
        #expect(text(entry.arguments, state) == "-s\0http://x\0")
        #expect(entry.flags.contains(.executableInUpperLayer))
        #expect(entry.effectiveCapabilities == 3)
        #expect(state.container(entry.container)?.id == Array("1234567890ab".utf8))
        #expect(path(3, 11, state) == "/etc/kept")
        #expect(path(4, 11, state) == nil)
    }

    @Test func `children of a process that exits get another parent`() throws {
        let state = try state { capture in
            capture.clone(5, thread: 1, process: 1, parent: 0)
            capture.clone(11, thread: 5, process: 5, parent: 1)
            capture.clone(12, thread: 11, process: 11, parent: 5)
            capture.exit(thread: 11, reaper: 5)
        }
        #expect(state.thread(11) == nil)
        let child = try #require(state.thread(12)?.pointee)
        #expect(state.parent(of: child)?.pointee.threadID == 5)
    }

    @Test func `the first thread stays as long as another of its process lives`() throws {
        let thread: UInt32 = 1 << 0 | 1 << 1 | 1 << 13
        let first = try state { capture in
            capture.clone(11, thread: 10, process: 10, parent: 1)
            capture.clone(12, thread: 11, process: 11, parent: 10, flags: thread)
            capture.exit(thread: 11, reaper: 10)
        }
        #expect(first.thread(11) != nil)
        let both = try state { capture in
            capture.clone(11, thread: 10, process: 10, parent: 1)
            capture.clone(12, thread: 11, process: 11, parent: 10, flags: thread)
            capture.exit(thread: 11, reaper: 10)
            capture.exit(thread: 12, reaper: 10)
        }
        #expect(both.thread(11) == nil)
        #expect(both.thread(12) == nil)
    }

    @Test(arguments: [
        ("a/b", "/srv/u/a/b"), ("./a//b/", "/srv/u/a/b"), ("../../..", "/"), ("../x/../y", "/srv/y"),
        ("/etc/./passwd", "/etc/passwd"), ("/../../etc", "/etc"),
    ])
    func `paths are made absolute`(given: String, whole: String) throws {
        let state = try state { capture in
            capture.clone(11, thread: 10, process: 10, parent: 1)
            capture.event(95, thread: 11, [CaptureBuilder.bytes(0 as Int64), CaptureBuilder.text("/srv/u/")])
            capture.open(3, thread: 11, given)
        }
        #expect(path(3, 11, state) == whole)
    }

    @Test func `openat resolves against the directory's descriptor`() throws {
        let state = try state { capture in
            capture.open(3, thread: 10, "/srv/data", flags: 1 | 1024)
            for (number, directory) in [(4, 3), (5, 77)] as [(Int64, Int64)] {
                capture.event(
                    307,
                    thread: 10,
                    [
                        CaptureBuilder.bytes(number), CaptureBuilder.bytes(directory), CaptureBuilder.text("x/y"),
                        CaptureBuilder.bytes(1 as UInt32), CaptureBuilder.bytes(0 as UInt32),
                    ]
                )
            }
        }
        #expect(path(4, 10, state) == "/srv/data/x/y")
        #expect(path(5, 10, state) == "<UNKNOWN>/x/y")
    }

    @Test func `descriptors are doubled and closed`() throws {
        let state = try state { capture in
            capture.open(3, thread: 10, "/etc/hosts")
            capture.event(363, thread: 10, [7, 3, 7].map { CaptureBuilder.bytes($0 as Int64) })
            capture.event(4, thread: 10, [CaptureBuilder.bytes(3 as Int64)])
            capture.event(5, thread: 10, [CaptureBuilder.bytes(0 as Int64)])
        }
        #expect(path(7, 10, state) == "/etc/hosts")
        #expect(path(3, 10, state) == nil)
    }

    @Test func `setuid changes the user`() throws {
        let state = try state { capture in
            capture.clone(11, thread: 10, process: 10, parent: 1)
            capture.event(198, thread: 11, [CaptureBuilder.bytes(0 as UInt32)])
            capture.event(199, thread: 11, [CaptureBuilder.bytes(0 as Int64)])
        }
        #expect(state.thread(11)?.pointee.userID == 0)
    }

    @Test func `tables that are full give up what was not used`() throws {
        var limits = StateLimits()
        limits.threads = 50
        limits.descriptors = 60
        var builder = CaptureBuilder()
        for thread in 1...500 as ClosedRange<Int64> {
            builder.open(3, thread: thread, "/tmp/\(thread)")
            builder.open(4, thread: thread, "/tmp/\(thread)")
        }
        var replay = CaptureReplay(limits: limits)
        try replayAll(builder.bytes, &replay)
        #expect(replay.state.threadCount <= 50)
        #expect(replay.state.descriptorCount <= 60)
        #expect(replay.state.losses.threads == 450)
        #expect(path(4, 500, replay.state) == "/tmp/500")
    }

    @Test func `a fork storm leaves nothing behind`() throws {
        let state = try state { capture in
            capture.open(3, thread: 10, "/etc/hosts")
            for child in 100..<1100 as Range<Int64> {
                capture.clone(child, thread: 10, process: 10, parent: 1)
                capture.execute(thread: child, parent: 10, "/bin/true", arguments: ["\(child)"])
                capture.exit(thread: child, reaper: 1)
            }
        }
        #expect(state.threadCount == 2)
        #expect(state.descriptorCount == 1)
    }
}
