// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The address families of sockets, as Linux numbers them.
enum AddressFamily {
    static let unix: UInt8 = 1
    static let ipv4: UInt8 = 2
    static let ipv6: UInt8 = 10
    static let netlink: UInt8 = 16
}

/// Two ends of a connection, as a parameter holds them.
struct SocketTuple {
    var family: UInt8
    var source = AddressBytes()
    var destination = AddressBytes()
    var sourcePort: UInt16 = 0
    var destinationPort: UInt16 = 0
    var path = UnsafeBufferPointer<UInt8>(start: nil, count: 0)

    /// - Returns: nil for bytes that hold no two addresses.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let family = bytes.first else {
            return nil
        }
        self.family = family
        switch family {
        case AddressFamily.ipv4 where bytes.count >= 13:
            source.low = UInt64(bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
            sourcePort = bytes.loadUnaligned(fromByteOffset: 5, as: UInt16.self)
            destination.low = UInt64(bytes.loadUnaligned(fromByteOffset: 7, as: UInt32.self))
            destinationPort = bytes.loadUnaligned(fromByteOffset: 11, as: UInt16.self)
        case AddressFamily.ipv6 where bytes.count >= 37:
            source = AddressBytes(ipv6: bytes, at: 1)
            sourcePort = bytes.loadUnaligned(fromByteOffset: 17, as: UInt16.self)
            destination = AddressBytes(ipv6: bytes, at: 19)
            destinationPort = bytes.loadUnaligned(fromByteOffset: 35, as: UInt16.self)
        case AddressFamily.unix where bytes.count >= 17:
            source.low = bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self)
            destination.low = bytes.loadUnaligned(fromByteOffset: 9, as: UInt64.self)
            path = UnsafeRawBufferPointer(rebasing: bytes[17...]).text
        default:
            return nil
        }
    }

    /// Whether the addresses are IPv4 addresses written as IPv6 (`::ffff:a.b.c.d`).
    var isMapped: Bool {
        family == AddressFamily.ipv6 && source.isMappedIPv4 && destination.isMappedIPv4
    }
}

extension AddressBytes {
    /// An IPv6 address among other bytes; the caller has made sure that they are there.
    package static func ipv6(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> AddressBytes {
        AddressBytes(ipv6: bytes, at: offset)
    }

    init(ipv6 bytes: UnsafeRawBufferPointer, at offset: Int) {
        low = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        high = bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
    }

    /// Whether an IPv6 address holds an IPv4 address in its last 4 bytes.
    var isMappedIPv4: Bool {
        low == 0 && high & 0xFFFF_FFFF == 0xFFFF_0000
    }

    /// The IPv4 address in an IPv6 address that holds one.
    var mappedIPv4: AddressBytes {
        AddressBytes(low: high >> 32, high: 0)
    }
}

extension SystemState {
    /// `socket`: the kind follows from the family, the transport from type and protocol.
    func socket(_ event: SystemEvent) {
        guard let number = event.int64(0), number >= 0 else {
            return
        }
        let family = UInt8(truncatingIfNeeded: event.uint32(1) ?? 0)
        var entry = DescriptorEntry(number, type: .unknown)
        switch family {
        case AddressFamily.unix: entry.type = .unixSocket
        case AddressFamily.ipv4: entry.type = .ipv4Socket
        case AddressFamily.ipv6: entry.type = .ipv6Socket
        case AddressFamily.netlink: entry.type = .netlink
        default: break
        }
        let type = event.uint32(2) ?? 0
        if entry.type.isInternet {
            entry.transport = Self.transport(type: type & 0xFF, protocolNumber: event.uint32(3) ?? 0)
        }
        // SOCK_CLOEXEC
        if type & 0x80000 != 0 {
            entry.flags.insert(.closesOnExecute)
        }
        add(entry, to: event.threadNumber)
    }

    private static func transport(type: UInt32, protocolNumber: UInt32) -> TransportProtocol {
        let isRaw = type == 3
        switch protocolNumber {
        case 0: return type == 1 ? .tcp : type == 2 ? .udp : .raw
        case 1, 58: return isRaw ? .raw : .icmp
        case 6: return isRaw ? .raw : .tcp
        case 17: return isRaw ? .raw : .udp
        case 255: return .raw
        default: return .unknown
        }
    }

    /// `bind`: the socket has an own address and counts as a server's.
    func bind(_ event: SystemEvent) {
        guard let result = event.int64(0), result >= 0, let number = event.int64(2),
            let entry = findDescriptor(number, of: event.threadNumber)
        else {
            return
        }
        let address = event.parameter(1)
        switch address.first {
        case AddressFamily.ipv4 where address.count >= 7:
            let port = address.loadUnaligned(fromByteOffset: 5, as: UInt16.self)
            guard port > 0 else {
                return
            }
            entry.pointee.type = .ipv4Server
            entry.pointee.destination = AddressBytes(
                low: UInt64(address.loadUnaligned(fromByteOffset: 1, as: UInt32.self)),
                high: 0
            )
            entry.pointee.destinationPort = port
            entry.pointee.flags.formUnion([.isServer, .hasAddresses])
        case AddressFamily.ipv6 where address.count >= 19:
            let port = address.loadUnaligned(fromByteOffset: 17, as: UInt16.self)
            guard port > 0 else {
                return
            }
            let bytes = AddressBytes(ipv6: address, at: 1)
            entry.pointee.type = bytes.isMappedIPv4 ? .ipv4Server : .ipv6Server
            entry.pointee.destination = bytes.isMappedIPv4 ? bytes.mappedIPv4 : bytes
            entry.pointee.destinationPort = port
            entry.pointee.flags.formUnion([.isServer, .hasAddresses])
        case AddressFamily.unix where address.count > 1:
            set(&entry.pointee.name, to: UnsafeRawBufferPointer(rebasing: address[1...]).text)
        default:
            break
        }
    }

    /// `connect`: a result of -115 (in progress) counts as a connection that is on its way.
    func connect(_ event: SystemEvent) {
        guard let result = event.int64(0), let number = event.int64(2),
            let entry = findDescriptor(number, of: event.threadNumber)
        else {
            return
        }
        if result == -115 {
            entry.pointee.flags.insert(.isConnectionPending)
        } else if result < 0 {
            entry.pointee.flags.insert(.connectionFailed)
            return
        } else {
            entry.pointee.flags.insert(.isConnected)
            entry.pointee.flags.remove([.isConnectionPending, .connectionFailed])
        }
        if let tuple = SocketTuple(event.parameter(1)) {
            take(tuple, into: entry, event: event)
            entry.pointee.flags.insert(.isClient)
        }
    }

    /// `accept`: a new descriptor for the server's side of a connection.
    func accept(_ event: SystemEvent) {
        guard let number = event.int64(0), number >= 0, let tuple = SocketTuple(event.parameter(1)) else {
            return
        }
        var entry = DescriptorEntry(number, type: .unknown)
        entry.transport = tuple.family == AddressFamily.unix ? .unknown : .tcp
        entry.flags = [.isServer, .isConnected]
        if let place = add(entry, to: event.threadNumber) {
            take(tuple, into: place, event: event)
        }
    }

    /// `socketpair`: two unix sockets that are each other's peers.
    func socketPair(_ event: SystemEvent) {
        guard let result = event.int64(0), result >= 0, let first = event.int64(1), let second = event.int64(2) else {
            return
        }
        for number in [first, second] {
            var entry = DescriptorEntry(number, type: .unixSocket)
            entry.source.low = event.uint64(3) ?? 0
            entry.destination.low = event.uint64(4) ?? 0
            add(entry, to: event.threadNumber)
        }
    }

    /// Sending and receiving tell the addresses of sockets that were never connected, and those of connections that
    /// the capture did not see begin.
    func transfer(_ event: SystemEvent, isSending: Bool) {
        let index = Int(event.kind.pointee.descriptorParameter)
        guard let result = event.int64(0), result >= 0, let number = event.int64(index),
            let tuple = SocketTuple(event.parameter(Int(event.kind.pointee.tupleParameter))),
            let entry = findDescriptor(number, of: event.threadNumber), entry.pointee.type.isSocket,
            // A connection keeps its ends; a socket without one may speak to another with each message.
            entry.pointee.transport != .tcp || !entry.pointee.flags.contains(.hasAddresses)
        else {
            return
        }
        let old = entry.pointee
        take(tuple, into: entry, event: event)
        guard entry.pointee.type.isInternet else {
            return
        }
        if !entry.pointee.flags.contains(.isClient), !entry.pointee.flags.contains(.isServer) {
            let isServer = listens(on: tuple.destinationPort, thread: event.threadNumber)
            entry.pointee.flags.insert(isServer ? .isServer : .isClient)
        }
        // The tuple has the sender first, the state the client.
        if entry.pointee.flags.contains(isSending ? .isServer : .isClient) {
            swap(&entry.pointee.source, &entry.pointee.destination)
            swap(&entry.pointee.sourcePort, &entry.pointee.destinationPort)
        }
        if old.source == entry.pointee.source, old.destination == entry.pointee.destination,
            old.sourcePort == entry.pointee.sourcePort, old.destinationPort == entry.pointee.destinationPort
        {
            nameChangedAt = 0
        }
    }

    /// Whether a process has a socket that is bound to a port.
    private func listens(on port: UInt16, thread: UInt32) -> Bool {
        var isBound = false
        forEachDescriptor(of: descriptorOwner(of: thread)) { entry in
            if entry.type == .ipv4Server || entry.type == .ipv6Server, entry.destinationPort == port {
                isBound = true
            }
        }
        return isBound
    }

    private func take(_ tuple: SocketTuple, into entry: UnsafeMutablePointer<DescriptorEntry>, event: SystemEvent) {
        let old = entry.pointee
        switch tuple.family {
        case AddressFamily.ipv4:
            entry.pointee.type = .ipv4Socket
            entry.pointee.source = tuple.source
            entry.pointee.destination = tuple.destination
        case AddressFamily.ipv6:
            entry.pointee.type = tuple.isMapped ? .ipv4Socket : .ipv6Socket
            entry.pointee.source = tuple.isMapped ? tuple.source.mappedIPv4 : tuple.source
            entry.pointee.destination = tuple.isMapped ? tuple.destination.mappedIPv4 : tuple.destination
        default:
            entry.pointee.type = .unixSocket
            entry.pointee.source = tuple.source
            entry.pointee.destination = tuple.destination
            set(&entry.pointee.name, to: tuple.path)
        }
        if tuple.family != AddressFamily.unix {
            entry.pointee.sourcePort = tuple.sourcePort
            entry.pointee.destinationPort = tuple.destinationPort
            entry.pointee.flags.insert(.hasAddresses)
        }
        if old.source != entry.pointee.source || old.destination != entry.pointee.destination
            || old.sourcePort != entry.pointee.sourcePort || old.destinationPort != entry.pointee.destinationPort
            || old.name != entry.pointee.name
        {
            nameChangedAt = event.number
        }
    }

    /// Whether an address is one of the machine's own.
    package func isLocal(_ address: AddressBytes, isIPv6: Bool) -> Bool {
        if isIPv6 {
            return localIPv6.contains(address) || (address.low == 0 && address.high == 1 << 56)
        }
        return address.low & 0xFF == 127 || localIPv4.contains(UInt32(truncatingIfNeeded: address.low))
    }

    /// Notes the addresses of the machine's interfaces.
    func setInterfaces(_ interfaces: [InterfaceInfo]) {
        localIPv4 = []
        localIPv6 = []
        for interface in interfaces {
            interface.address.withUnsafeBytes { bytes in
                if interface.isIPv6, bytes.count >= 16 {
                    localIPv6.append(AddressBytes(ipv6: bytes, at: 0))
                } else if bytes.count >= 4 {
                    localIPv4.append(bytes.loadUnaligned(as: UInt32.self))
                }
            }
        }
    }

    /// Finds out which side is the server's in connections that the list at a capture's beginning has: the one
    /// with a port that the process listens on. The list has the own side first, which is then the destination.
    func orientListedSockets(of thread: UInt32) {
        var ports: Set<UInt16> = []
        forEachDescriptor(of: thread) { entry in
            if entry.type == .ipv4Server || entry.type == .ipv6Server {
                ports.insert(entry.destinationPort)
            }
        }
        var index = threads[Int(thread)].firstDescriptor
        while index != FlatIndex.absent {
            let place = descriptors + Int(index)
            index = place.pointee.next
            guard place.pointee.type == .ipv4Socket || place.pointee.type == .ipv6Socket,
                place.pointee.flags.contains(.fromList), !place.pointee.flags.contains(.isClient),
                !place.pointee.flags.contains(.isServer)
            else {
                continue
            }
            guard ports.contains(place.pointee.sourcePort) else {
                place.pointee.flags.insert(.isClient)
                continue
            }
            place.pointee.flags.insert(.isServer)
            swap(&place.pointee.source, &place.pointee.destination)
            swap(&place.pointee.sourcePort, &place.pointee.destinationPort)
        }
    }
}
