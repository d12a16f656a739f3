// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads a list of a process's open descriptors, in both layouts.
enum DescriptorListReader {
    private static let pathLimit = 4096

    static func read(
        _ body: UnsafeRawBufferPointer,
        version: Int,
        at offset: Int,
        into state: SystemState
    ) throws(CaptureError) {
        var list = ListCursor(body, at: offset)
        guard list.rest >= 8 else {
            return
        }
        let thread = state.findThread(try list.number(Int64.self))
        // The smallest entry: number, inode, type and an empty text.
        while list.rest >= (version >= 2 ? 4 : 19) {
            if version >= 2 {
                var entry = try list.entry(countsItself: true)
                try read(&entry, version: version, thread: thread, into: state)
            } else {
                try read(&list, version: version, thread: thread, into: state)
            }
        }
        if thread != FlatIndex.absent {
            state.orientListedSockets(of: state.descriptorOwner(of: thread))
        }
    }

    private static func read(
        _ list: inout ListCursor,
        version: Int,
        thread: UInt32,
        into state: SystemState
    ) throws(CaptureError) {
        let number = try list.number(Int64.self)
        let inode = try list.number(UInt64.self)
        let kind = DescriptorType(rawValue: try list.number(UInt8.self)) ?? .unknown
        var entry = DescriptorEntry(number, type: kind)
        entry.inode = inode
        entry.flags.insert(.fromList)
        var name = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        switch kind {
        case .ipv4Socket, .ipv6Socket:
            try readConnection(&list, entry: &entry)
        case .ipv4Server, .ipv6Server:
            try readServer(&list, entry: &entry)
        case .unixSocket:
            entry.source.low = try list.number()
            entry.destination.low = try list.number()
            name = try list.text(limit: pathLimit)
        case .fileVersion2:
            entry.type = .file
            entry.openFlags = try list.number()
            name = try list.text(limit: pathLimit)
            if version >= 2, list.rest >= 4 {
                entry.device = try list.number()
            }
            takeFlags(of: &entry)
        default:
            name = try list.text(limit: pathLimit)
        }
        guard thread != FlatIndex.absent else {
            return
        }
        entry.name = state.texts.add(name)
        state.add(entry, to: thread)
    }

    private static func takeFlags(of entry: inout DescriptorEntry) {
        if entry.openFlags & OpenFlags.closeOnExecute != 0 {
            entry.flags.insert(.closesOnExecute)
        }
        if entry.openFlags & OpenFlags.upperLayer != 0 {
            entry.flags.insert(.inUpperLayer)
        }
        if entry.openFlags & OpenFlags.lowerLayer != 0 {
            entry.flags.insert(.inLowerLayer)
        }
    }

    private static func readAddress(_ list: inout ListCursor, isIPv6: Bool) throws(CaptureError) -> AddressBytes {
        isIPv6
            ? AddressBytes(low: try list.number(), high: try list.number())
            : AddressBytes(low: UInt64(try list.number(UInt32.self)), high: 0)
    }

    private static func readConnection(_ list: inout ListCursor, entry: inout DescriptorEntry) throws(CaptureError) {
        let isIPv6 = entry.type == .ipv6Socket
        entry.source = try readAddress(&list, isIPv6: isIPv6)
        entry.destination = try readAddress(&list, isIPv6: isIPv6)
        entry.sourcePort = try list.number()
        entry.destinationPort = try list.number()
        entry.transport = TransportProtocol(rawValue: try list.number()) ?? .unknown
        entry.flags.formUnion([.hasAddresses, .isConnected])
        if isIPv6, entry.source.isMappedIPv4, entry.destination.isMappedIPv4 {
            entry.type = .ipv4Socket
            entry.source = entry.source.mappedIPv4
            entry.destination = entry.destination.mappedIPv4
        }
    }

    private static func readServer(_ list: inout ListCursor, entry: inout DescriptorEntry) throws(CaptureError) {
        entry.destination = try readAddress(&list, isIPv6: entry.type == .ipv6Server)
        entry.destinationPort = try list.number()
        entry.transport = TransportProtocol(rawValue: try list.number()) ?? .unknown
        entry.flags.formUnion([.hasAddresses, .isServer])
    }
}
