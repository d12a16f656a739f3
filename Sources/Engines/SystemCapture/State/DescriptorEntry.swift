// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The kind of a file descriptor, with the number that captures use for it.
package enum DescriptorType: UInt8, Sendable, BitwiseCopyable {
    case uninitialized = 0
    case file = 1
    case directory = 2
    case ipv4Socket = 3
    case ipv6Socket = 4
    case ipv4Server = 5
    case ipv6Server = 6
    case fifo = 7
    case unixSocket = 8
    case event = 9
    case unsupported = 10
    case signal = 11
    case eventPoll = 12
    case inotify = 13
    case timer = 14
    case netlink = 15
    case fileVersion2 = 16
    case bpf = 17
    case userFault = 18
    case ioRing = 19
    case memory = 20
    case process = 21
    case unknown = 255

    /// The letter that `fd.typechar` shows.
    package var letter: UInt8 {
        switch self {
        case .file, .fileVersion2: UInt8(ascii: "f")
        case .directory: UInt8(ascii: "d")
        case .ipv4Socket, .ipv4Server: UInt8(ascii: "4")
        case .ipv6Socket, .ipv6Server: UInt8(ascii: "6")
        case .unixSocket: UInt8(ascii: "u")
        case .fifo: UInt8(ascii: "p")
        case .event: UInt8(ascii: "e")
        case .signal: UInt8(ascii: "s")
        case .eventPoll: UInt8(ascii: "l")
        case .inotify: UInt8(ascii: "i")
        case .timer: UInt8(ascii: "t")
        case .netlink: UInt8(ascii: "n")
        case .bpf: UInt8(ascii: "b")
        case .userFault: UInt8(ascii: "u")
        case .ioRing: UInt8(ascii: "r")
        case .memory: UInt8(ascii: "m")
        case .process: UInt8(ascii: "P")
        case .unsupported: UInt8(ascii: "X")
        case .unknown, .uninitialized: UInt8(ascii: "o")
        }
    }

    /// The kind of what a call makes that needs no path; `unknown` for other calls.
    init(madeBy call: String) {
        self = Self.kinds[call] ?? .unknown
    }

    private static let kinds: [String: DescriptorType] = [
        "eventfd": .event, "eventfd2": .event, "timerfd_create": .timer, "inotify_init": .inotify,
        "inotify_init1": .inotify, "signalfd": .signal, "signalfd4": .signal, "epoll_create": .eventPoll,
        "epoll_create1": .eventPoll, "userfaultfd": .userFault, "memfd_create": .memory, "pidfd_open": .process,
        "io_uring_setup": .ioRing, "bpf": .bpf,
    ]

    package var isSocket: Bool {
        switch self {
        case .ipv4Socket, .ipv4Server, .ipv6Socket, .ipv6Server, .unixSocket: true
        default: false
        }
    }

    /// Whether it is a socket of the Internet protocols.
    package var isInternet: Bool {
        switch self {
        case .ipv4Socket, .ipv4Server, .ipv6Socket, .ipv6Server: true
        default: false
        }
    }
}

/// The transport protocol of a socket, with the number that captures use for it.
package enum TransportProtocol: UInt8, Sendable, BitwiseCopyable {
    case unknown = 0
    case none = 1
    case tcp = 2
    case udp = 3
    case icmp = 4
    case raw = 5
}

/// An IPv4 address in the first 4 bytes, or an IPv6 address, in network order; for unix sockets a kernel address.
package struct AddressBytes: BitwiseCopyable, Equatable {
    package var low: UInt64 = 0
    package var high: UInt64 = 0
}

/// What the state knows of one open file descriptor.
package struct DescriptorEntry: BitwiseCopyable {
    package var number: Int64
    package var type: DescriptorType
    package var transport: TransportProtocol = .unknown
    package var flags: DescriptorFlags = []
    /// The path of a file or of a unix socket; sockets of the Internet protocols have their addresses instead.
    package var name: StringID = .empty
    /// The path as the caller gave it, not resolved.
    package var rawName: StringID = .empty
    package var openFlags: UInt32 = 0
    package var device: UInt32 = 0
    package var inode: UInt64 = 0
    /// The client's side of a connection, the own side before there is one.
    package var source = AddressBytes()
    /// The server's side; the only one of a listening socket.
    package var destination = AddressBytes()
    package var sourcePort: UInt16 = 0
    package var destinationPort: UInt16 = 0

    var owner: UInt32 = FlatIndex.absent
    var previous: UInt32 = FlatIndex.absent
    var next: UInt32 = FlatIndex.absent
    /// Whether it was used since the search for a descriptor to give up last came by.
    var wasUsed = true
    var isLive = true

    init(_ number: Int64, type: DescriptorType) {
        self.number = number
        self.type = type
    }
}

/// What is known of a descriptor in single bits.
package struct DescriptorFlags: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let closesOnExecute = DescriptorFlags(rawValue: 1 << 0)
    package static let isClient = DescriptorFlags(rawValue: 1 << 1)
    package static let isServer = DescriptorFlags(rawValue: 1 << 2)
    package static let isConnected = DescriptorFlags(rawValue: 1 << 3)
    package static let isConnectionPending = DescriptorFlags(rawValue: 1 << 4)
    package static let connectionFailed = DescriptorFlags(rawValue: 1 << 5)
    package static let inUpperLayer = DescriptorFlags(rawValue: 1 << 6)
    package static let inLowerLayer = DescriptorFlags(rawValue: 1 << 7)
    /// It was taken over from the list that the capture begins with.
    package static let fromList = DescriptorFlags(rawValue: 1 << 8)
    /// The directory that the path is relative to is not known.
    package static let isPathIncomplete = DescriptorFlags(rawValue: 1 << 9)
    package static let hasAddresses = DescriptorFlags(rawValue: 1 << 10)
}
