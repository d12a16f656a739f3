// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The sockets that are open, from the tables in /proc/net, by their inodes.
struct SocketList {
    struct Socket {
        /// The kind in a descriptor list: 3 IPv4, 4 IPv6, 5 and 6 servers of these, 8 Unix.
        var kind: UInt8
        var local: [UInt8] = []
        var remote: [UInt8] = []
        var localPort: UInt16 = 0
        var remotePort: UInt16 = 0
        /// 2 TCP, 3 UDP, 5 raw.
        var transport: UInt8 = 0
        var path: [UInt8] = []

        func write(_ number: Int, inode: UInt64, into capture: inout CaptureBytes) {
            capture.sized { entry in
                entry.put(Int64(number))
                entry.put(inode)
                entry.put(kind)
                switch kind {
                case 5, 6:
                    entry.put(bytes: local)
                    entry.put(localPort)
                    entry.put(transport)
                case 8:
                    entry.put(UInt64(0))
                    entry.put(UInt64(0))
                    entry.put(text: path, atMost: 1024)
                default:
                    entry.put(bytes: local)
                    entry.put(bytes: remote)
                    entry.put(localPort)
                    entry.put(remotePort)
                    entry.put(transport)
                }
            }
        }
    }

    private var sockets: [UInt64: Socket] = [:]

    subscript(inode: UInt64) -> Socket? { sockets[inode] }

    /// - Parameter root: where the kernel's file system of processes is.
    init(root: String) {
        for (name, transport) in [("tcp", 2), ("tcp6", 2), ("udp", 3), ("udp6", 3), ("raw", 5), ("raw6", 5)] {
            for line in Self.lines("\(root)/net/\(name)") {
                takeInternet(line, isIPv6: name.hasSuffix("6"), transport: UInt8(transport))
            }
        }
        for line in Self.lines("\(root)/net/unix") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count >= 7, let inode = UInt64(words[6]) else { continue }
            sockets[inode] = Socket(kind: 8, path: words.count > 7 ? Array(words[7].utf8) : [])
        }
    }

    private mutating func takeInternet(_ line: Substring, isIPv6: Bool, transport: UInt8) {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count >= 10, let inode = UInt64(words[9]), inode != 0, let local = Self.end(words[1]),
            let remote = Self.end(words[2])
        else { return }
        let isServer = remote.port == 0
        var socket = Socket(kind: isIPv6 ? (isServer ? 6 : 4) : (isServer ? 5 : 3))
        socket.local = local.address
        socket.remote = remote.address
        socket.localPort = local.port
        socket.remotePort = remote.port
        socket.transport = transport
        sockets[inode] = socket
    }

    private static func lines(_ path: String) -> ArraySlice<Substring> {
        let text = ProcessSnapshot.file(path, atMost: 4 << 20) ?? []
        return String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst()
    }

    /// `0100007F:1F90`: words of 32 bits in the machine's order, and the port.
    private static func end(_ word: Substring) -> (address: [UInt8], port: UInt16)? {
        let parts = word.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16), parts[0].utf8.count % 8 == 0 else { return nil }
        var address: [UInt8] = []
        var rest = parts[0]
        while !rest.isEmpty {
            guard let number = UInt32(rest.prefix(8), radix: 16) else { return nil }
            withUnsafeBytes(of: number) { address.append(contentsOf: $0) }
            rest = rest.dropFirst(8)
        }
        return (address, port)
    }
}
