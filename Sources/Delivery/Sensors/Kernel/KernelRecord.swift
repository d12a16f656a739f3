// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CSensor

/// One record of the kernel's programs, as a view into the buffer that it was copied to.
struct KernelRecord {
    let head: sensor_head
    /// All bytes of the record.
    let bytes: UnsafeRawBufferPointer
    private let bodyStart: Int

    /// - Returns: nil where the lengths do not fit, which no record of our own programs does.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= MemoryLayout<sensor_head>.size else { return nil }
        let head = bytes.loadUnaligned(as: sensor_head.self)
        guard Int(head.length) >= MemoryLayout<sensor_head>.size, Int(head.length) <= bytes.count else { return nil }
        self.head = head
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[..<Int(head.length)])
        var start = MemoryLayout<sensor_head>.size
        if head.kind == SENSOR_EXEC.rawValue || head.kind == SENSOR_FORK.rawValue {
            start += MemoryLayout<sensor_process>.size
        } else if head.flags & UInt32(SENSOR_SOCKET) != 0 {
            start += MemoryLayout<sensor_socket>.size
        }
        guard start <= self.bytes.count else { return nil }
        bodyStart = start
    }

    /// What is known of the process that runs or was made.
    var process: sensor_process? {
        guard head.kind == SENSOR_EXEC.rawValue || head.kind == SENSOR_FORK.rawValue else { return nil }
        return bytes.loadUnaligned(fromByteOffset: MemoryLayout<sensor_head>.size, as: sensor_process.self)
    }

    /// The socket that the call worked on.
    var socket: sensor_socket? {
        guard head.flags & UInt32(SENSOR_SOCKET) != 0, process == nil else { return nil }
        return bytes.loadUnaligned(fromByteOffset: MemoryLayout<sensor_head>.size, as: sensor_socket.self)
    }

    func argument(_ index: Int) -> UInt64 {
        switch index {
        case 0: head.arguments.0
        case 1: head.arguments.1
        case 2: head.arguments.2
        case 3: head.arguments.3
        case 4: head.arguments.4
        default: head.arguments.5
        }
    }

    /// A piece; empty where there is none.
    func piece(_ index: Int) -> UnsafeRawBufferPointer {
        guard (0..<Int(SENSOR_PIECES)).contains(index) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        // The lengths are read where they lie: an array of them would be an allocation for each piece.
        let (start, count) = withUnsafeBytes(of: head.pieces) { raw in
            let lengths = raw.assumingMemoryBound(to: UInt16.self)
            let isSocket = head.flags & UInt32(SENSOR_SOCKET) != 0 && process == nil
            // Of a socket's record piece 1, the name of the Unix socket, was written first.
            let before = isSocket ? (index == 0 ? Int(lengths[1]) : 0) : lengths[..<index].reduce(0) { $0 + Int($1) }
            return (bodyStart + before, Int(lengths[index]))
        }
        guard start + count <= bytes.count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
    }

    /// A path whose names were written from the last to the first, each ended by a zero byte.
    func path(_ index: Int) -> [UInt8] {
        let names = piece(index).split(separator: 0)
        guard !names.isEmpty else { return piece(index).isEmpty ? [] : [UInt8(ascii: "/")] }
        var path: [UInt8] = []
        for name in names.reversed() {
            path.append(UInt8(ascii: "/"))
            path.append(contentsOf: name)
        }
        return path
    }
}
