// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Puts a capture together, block by block.
struct CaptureBuilder {
    private(set) var bytes: [UInt8] = []
    private var time: UInt64 = 1_700_000_000_000_000_000

    init() {
        block(0x0A0D_0D0A, Self.bytes(0x1A2B_3C4D as UInt32, 1 as UInt16, 2 as UInt16, UInt64.max))
    }

    static func bytes(_ numbers: any FixedWidthInteger...) -> [UInt8] {
        numbers.flatMap { number($0) }
    }

    private static func number<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    static func text(_ text: String) -> [UInt8] {
        Array(text.utf8) + [0]
    }

    mutating func block(_ type: UInt32, _ body: [UInt8]) {
        let padded = body + Array(repeating: 0, count: (4 - body.count % 4) % 4)
        let length = UInt32(padded.count + 12)
        bytes += Self.bytes(type, length) + padded + Self.bytes(length)
    }

    /// An event of the second layout, one millisecond after the one before.
    mutating func event(_ type: UInt16, thread: Int64, _ parameters: [[UInt8]]) {
        time += 1_000_000
        let lengths = parameters.flatMap { Self.bytes(UInt16($0.count)) }
        let size = 26 + lengths.count + parameters.reduce(0) { $0 + $1.count }
        let header = Self.bytes(0 as UInt16, time, thread, UInt32(size), type, UInt32(parameters.count))
        block(0x216, header + lengths + parameters.flatMap { $0 })
    }

    /// `clone` as it returns in the caller (with the child's number) or in the child (with 0).
    mutating func clone(
        _ result: Int64,
        thread: Int64,
        process: Int64,
        parent: Int64,
        flags: UInt32 = 0,
        command: String = "sh",
        groups: String = ""
    ) {
        event(
            223,
            thread: thread,
            [
                Self.bytes(result), Self.text("/bin/\(command)"), Self.text("-c"), Self.bytes(thread),
                Self.bytes(process), Self.bytes(parent), Self.text("/home"), Self.bytes(1024 as Int64),
                Self.bytes(0 as UInt64), Self.bytes(0 as UInt64), Self.bytes(0 as UInt32), Self.bytes(0 as UInt32),
                Self.bytes(0 as UInt32), Self.text(command), Self.text(groups), Self.bytes(flags),
                Self.bytes(1000 as UInt32), Self.bytes(1000 as UInt32), Self.bytes(thread), Self.bytes(process),
            ]
        )
    }

    mutating func open(_ number: Int64, thread: Int64, _ path: String, flags: UInt32 = 1) {
        event(
            3,
            thread: thread,
            [Self.bytes(number), Self.text(path), Self.bytes(flags), Self.bytes(0 as UInt32), Self.bytes(0 as UInt32)]
        )
    }

    mutating func execute(thread: Int64, parent: Int64, _ path: String, arguments: [String], groups: String = "") {
        event(
            293,
            thread: thread,
            [
                Self.bytes(0 as Int64), Self.text(path), arguments.flatMap(Self.text), Self.bytes(thread),
                Self.bytes(thread), Self.bytes(parent), Self.text(""), Self.bytes(1024 as Int64),
                Self.bytes(0 as UInt64), Self.bytes(0 as UInt64), Self.bytes(0 as UInt32), Self.bytes(0 as UInt32),
                Self.bytes(0 as UInt32), Self.text(String(path.split(separator: "/").last ?? "")),
                Self.text(groups), Self.text("HOME=/root"), Self.bytes(0 as UInt32), Self.bytes(thread),
                Self.bytes(1000 as UInt32), Self.bytes(2 as UInt32), Self.bytes(0 as UInt64),
                Self.bytes(3 as UInt64), Self.bytes(3 as UInt64), Self.bytes(77 as UInt64),
                Self.bytes(1 as UInt64), Self.bytes(2 as UInt64), Self.bytes(0 as UInt32), Self.text(path),
                Self.bytes(thread), Self.bytes(0 as UInt32), Self.text(path),
            ]
        )
    }

    mutating func exit(thread: Int64, reaper: Int64) {
        event(
            186,
            thread: thread,
            [
                Self.bytes(0 as Int64), Self.bytes(0 as Int64), Self.bytes(0 as UInt8), Self.bytes(0 as UInt8),
                Self.bytes(reaper),
            ]
        )
    }
}
