// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a descriptor leads to, as /proc tells it: a path, `socket:[INODE]`, `pipe:[INODE]`, `anon_inode:[KIND]`.
struct DescriptorTarget {
    private let target: [UInt8]
    private let sockets: SocketList

    init(_ target: [UInt8], sockets: SocketList) {
        self.target = target
        self.sockets = sockets
    }

    /// Writes the entry of a descriptor list (version 2).
    func write(_ number: Int, into capture: inout CaptureBytes) {
        if target.starts(with: "socket:[".utf8), let inode = inode(after: 8), let socket = sockets[inode] {
            return socket.write(number, inode: inode, into: &capture)
        }
        capture.sized { entry in
            entry.put(Int64(number))
            entry.put(inode(after: (target.firstIndex(of: UInt8(ascii: "[")) ?? target.endIndex) + 1) ?? 0)
            entry.put(kind)
            if kind == Self.file {
                // Flags, name, device: how it was opened is not asked for.
                entry.put(UInt32(0))
                entry.put(text: target, atMost: 1024)
                entry.put(UInt32(0))
            } else {
                entry.put(text: target, atMost: 1024)
            }
        }
    }

    private static let file: UInt8 = 16

    /// Newer kinds than these are told as unsupported, as older readers give up on a kind that they do not know.
    private var kind: UInt8 {
        if target.first == UInt8(ascii: "/") { return Self.file }
        if target.starts(with: "pipe:".utf8) { return 7 }
        let kinds: [(String, UInt8)] = [
            ("[eventfd]", 9), ("[eventpoll]", 12), ("inotify", 13), ("[timerfd]", 14), ("[signalfd]", 11),
        ]
        guard target.starts(with: "anon_inode:".utf8) else { return 10 }
        let name = target.dropFirst(11)
        return kinds.first { name.starts(with: $0.0.utf8) }?.1 ?? 10
    }

    private func inode(after start: Int) -> UInt64? {
        guard start < target.endIndex, let end = target[start...].firstIndex(of: UInt8(ascii: "]")) else { return nil }
        return UInt64(String(decoding: target[start..<end], as: UTF8.self))
    }
}
