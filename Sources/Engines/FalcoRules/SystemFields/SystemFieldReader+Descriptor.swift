// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension SystemFieldReader {
    mutating func descriptorValue(
        _ code: SystemFieldCode.DescriptorField,
        of event: SystemEvent,
        _ field: FieldReference
    ) -> FieldValue {
        switch code {
        case .listNumbers, .listNames, .listClientAddresses, .listServerAddresses, .listClientPorts,
            .listServerPorts:
            return descriptorList(code, of: event)
        case .num:
            return number(of: event)
        default:
            break
        }
        guard let entry = event.descriptor(in: state) else {
            return unknownDescriptor(code, of: event)
        }
        return describe(entry.pointee, code, of: event)
    }

    private mutating func describe(
        _ entry: DescriptorEntry,
        _ code: SystemFieldCode.DescriptorField,
        of event: SystemEvent
    ) -> FieldValue {
        switch code {
        case .type, .types: return entry.typeName
        case .letter: return composed([entry.type.letter])
        case .name, .containerName: return name(of: entry, withContainer: code == .containerName, event: event)
        case .rawName: return entry.rawName.isEmpty ? text(entry.name) : text(entry.rawName)
        case .directory, .file, .containerDirectory: return part(code, of: entry, event: event)
        case .address, .clientAddress, .serverAddress, .localAddress, .remoteAddress, .network, .clientNetwork,
            .serverNetwork, .localNetwork, .remoteNetwork:
            return address(code, of: entry)
        case .port, .clientPort, .serverPort, .localPort, .remotePort:
            return port(code, of: entry)
        case .transport: return entry.transportName
        case .family: return entry.type.isInternet ? .text("ip") : entry.type == .unixSocket ? .text("unix") : .absent
        case .isServer: return .bool(entry.type.isInternet && entry.flags.contains(.isServer))
        case .uniqueID: return composed("\(event.threadID)\(entry.number)")
        case .connected:
            return entry.type.isSocket ? .bool(entry.flags.contains(.isConnected)) : .absent
        case .nameChanged: return .bool(state.nameChangedAt == event.number)
        case .device: return .unsigned(UInt64(entry.device))
        // The kernel's layout of device numbers: 20 bits of minor around 12 of major.
        case .deviceMajor: return .unsigned(UInt64((entry.device & 0xFFF00) >> 8))
        case .deviceMinor: return .unsigned(UInt64((entry.device & 0xFF) | ((entry.device >> 12) & 0xFFF00)))
        case .inode: return .unsigned(entry.inode)
        case .isUpperLayer: return .bool(entry.flags.contains(.inUpperLayer))
        case .isLowerLayer: return .bool(entry.flags.contains(.inLowerLayer))
        default: return .absent
        }
    }

    // MARK: Names

    mutating func name(of entry: DescriptorEntry, withContainer: Bool, event: SystemEvent) -> FieldValue {
        // What a connect call was called with, even if it failed.
        let isOwn = !withContainer && entry.number == event.descriptorNumber
        if isOwn, event.type == 23, !event.parameter(1).isEmpty {
            return socketTuple(event.parameter(1))
        }
        if isOwn, event.type == 21, entry.type.isInternet, !entry.flags.contains(.hasAddresses) {
            return socketAddress(event.parameter(1))
        }
        if !withContainer, !entry.type.isInternet {
            return text(entry.name)
        }
        scratch.begin()
        if withContainer, let thread = event.thread {
            scratch.append(String(decoding: state.container(thread.pointee.container)?.id ?? [], as: UTF8.self))
            scratch.append(byte: UInt8(ascii: ":"))
        }
        scratch.append(nameOf: entry, in: state)
        return scratch.finish()
    }

    /// The directory or the last part of a path.
    private mutating func part(
        _ code: SystemFieldCode.DescriptorField,
        of entry: DescriptorEntry,
        event: SystemEvent
    ) -> FieldValue {
        guard entry.type == .file || entry.type == .directory else {
            return .absent
        }
        let path = state.text(entry.name)
        if entry.type == .directory {
            return code == .file ? .absent : .bytes(UnsafeRawBufferPointer(path))
        }
        return code == .file ? Self.lastPart(of: path) : Self.directory(of: path)
    }

    private static func lastPart(of path: UnsafeBufferPointer<UInt8>) -> FieldValue {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else {
            return .text("/")
        }
        return .bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(path)[(slash + 1)...]))
    }

    private static func directory(of path: UnsafeBufferPointer<UInt8>) -> FieldValue {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")), slash > 0 else {
            return .text("/")
        }
        return .bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(path)[..<slash]))
    }

    /// The number of the event's descriptor; -1 where a call did not come to have one.
    private func number(of event: SystemEvent) -> FieldValue {
        if let number = event.descriptorNumber {
            return .signed(number)
        }
        let flags = event.kind.pointee.flags
        let isMissing = flags.contains(.usesDescriptor) || flags.contains(.createsDescriptor)
        return isMissing && !event.isEnter ? .signed(-1) : .absent
    }

    /// What is said of a descriptor that the state does not know.
    ///
    /// A call that works on a descriptor which was open before the capture began has an empty name; a call that
    /// should have made a descriptor and failed has the path that it was called with.
    private mutating func unknownDescriptor(
        _ code: SystemFieldCode.DescriptorField,
        of event: SystemEvent
    ) -> FieldValue {
        guard !event.isEnter else {
            return .absent
        }
        if event.kind.pointee.flags.contains(.usesDescriptor), event.openedPathParameter == nil {
            switch code {
            case .letter: return .text("o")
            case .name: return .text("")
            case .directory: return .text("/")
            default: return .absent
            }
        }
        switch code {
        case .name, .directory, .rawName: return pathOfFailedCall(code, of: event)
        case .letter: return event.openedPathParameter == nil ? .absent : .text("f")
        default: return .absent
        }
    }

    /// A call that should have made a descriptor and did not still has the path that it was called with.
    private mutating func pathOfFailedCall(
        _ code: SystemFieldCode.DescriptorField,
        of event: SystemEvent
    ) -> FieldValue {
        guard !event.isEnter, let index = event.openedPathParameter else {
            return .absent
        }
        let raw = event.parameter(index).textBytes
        guard code != .rawName else {
            return .bytes(UnsafeRawBufferPointer(raw))
        }
        let path = resolved(raw, index: index, of: event)
        scratch.begin()
        scratch.append(path)
        let value = scratch.finish()
        guard code != .name else {
            return value
        }
        return Self.directory(of: value.bytes.assumingMemoryBound(to: UInt8.self))
    }

    /// A path parameter made absolute.
    func resolved(_ path: UnsafeBufferPointer<UInt8>, index: Int, of event: SystemEvent) -> UnsafeBufferPointer<UInt8> {
        let directory = Int(EventSchema.shared.parameters(of: event.type)[index].directory)
        let descriptor =
            directory >= 0
            ? event.parameter(directory).signed64 ?? SystemState.currentDirectory
            : SystemState.currentDirectory
        return state.resolve(path, directory: descriptor, ofThread: event.threadID)
    }

    // MARK: Addresses

    private func isLocal(_ address: AddressBytes, isIPv6: Bool) -> Bool {
        state.isLocal(address, isIPv6: isIPv6)
    }

    /// The side that a field names: true for the source, nil where it cannot be told.
    private func isSource(_ code: SystemFieldCode.DescriptorField, of entry: DescriptorEntry) -> Bool? {
        let isServerSocket = entry.type == .ipv4Server || entry.type == .ipv6Server
        switch code {
        case .clientAddress, .clientPort, .clientNetwork:
            return isServerSocket || !entry.hasRole ? nil : true
        case .serverAddress, .serverPort, .serverNetwork:
            return isServerSocket ? false : entry.hasRole ? false : nil
        case .localAddress, .localPort, .localNetwork, .remoteAddress, .remotePort, .remoteNetwork:
            guard !isServerSocket else {
                return nil
            }
            let sourceIsLocal = isLocal(entry.source, isIPv6: entry.type == .ipv6Socket)
            switch code {
            case .localAddress, .localPort, .localNetwork: return sourceIsLocal
            default: return !sourceIsLocal
            }
        default:
            return !isServerSocket
        }
    }

    private func address(_ code: SystemFieldCode.DescriptorField, of entry: DescriptorEntry) -> FieldValue {
        guard entry.type.isInternet, entry.flags.contains(.hasAddresses), let isSource = isSource(code, of: entry)
        else {
            return .absent
        }
        return entry.address(ofSource: isSource)
    }

    private func port(_ code: SystemFieldCode.DescriptorField, of entry: DescriptorEntry) -> FieldValue {
        guard entry.type.isInternet, entry.flags.contains(.hasAddresses), let isSource = isSource(code, of: entry)
        else {
            return .absent
        }
        return .unsigned(UInt64(isSource ? entry.sourcePort : entry.destinationPort))
    }

    // MARK: Several values

    mutating func descriptorValues(
        _ code: SystemFieldCode.DescriptorField,
        of event: SystemEvent,
        _ field: FieldReference,
        into values: inout FieldValues
    ) -> Bool {
        switch code {
        case .address, .network, .port:
            guard let entry = event.descriptor(in: state)?.pointee, entry.type.isInternet,
                entry.flags.contains(.hasAddresses)
            else {
                return false
            }
            if entry.type == .ipv4Socket || entry.type == .ipv6Socket {
                values.append(
                    code == .port ? .unsigned(UInt64(entry.sourcePort)) : entry.address(ofSource: true)
                )
            }
            values.append(code == .port ? .unsigned(UInt64(entry.destinationPort)) : entry.address(ofSource: false))
            return true
        default:
            let value = descriptorValue(code, of: event, field)
            if !value.isAbsent {
                values.append(value)
            }
            return !value.isAbsent
        }
    }

    /// What `poll` and `ppoll` were called with, one value for all descriptors.
    private mutating func descriptorList(_ code: SystemFieldCode.DescriptorField, of event: SystemEvent) -> FieldValue {
        guard
            let index = EventSchema.shared.parameters(of: event.type).firstIndex(where: { $0.type == .descriptorList })
        else {
            return .absent
        }
        let list = event.parameter(index)
        guard list.count >= 2 else {
            return .absent
        }
        let count = min(Int(list.loadUnaligned(as: UInt16.self)), (list.count - 2) / 10)
        scratch.begin()
        for place in 0..<count {
            let number = list.loadUnaligned(fromByteOffset: 2 + place * 10, as: Int64.self)
            let entry = state.descriptor(number, ofThread: event.threadID)?.pointee
            if !scratch.isEmpty {
                scratch.append(byte: UInt8(ascii: ","))
            }
            append(code, number: number, entry: entry)
        }
        return scratch.isEmpty ? .absent : scratch.finish()
    }

    private mutating func append(_ code: SystemFieldCode.DescriptorField, number: Int64, entry: DescriptorEntry?) {
        guard code != .listNumbers else {
            scratch.append(signed: number)
            return
        }
        guard let entry else {
            scratch.append("<NA>")
            return
        }
        let isIPv6 = entry.type == .ipv6Socket || entry.type == .ipv6Server
        switch code {
        case .listNames:
            scratch.append(nameOf: entry, in: state)
        case .listClientPorts, .listServerPorts:
            scratch.append(UInt64(code == .listClientPorts ? entry.sourcePort : entry.destinationPort))
        default:
            let address = code == .listClientAddresses ? entry.source : entry.destination
            if isIPv6 {
                scratch.append(ipv6: address)
            } else {
                scratch.append(ipv4: address.low)
            }
        }
    }
}

extension DescriptorEntry {
    var hasRole: Bool {
        flags.contains(.isClient) || flags.contains(.isServer)
    }

    fileprivate func address(ofSource isSource: Bool) -> FieldValue {
        let address = isSource ? source : destination
        guard type == .ipv6Socket || type == .ipv6Server else {
            return .ipv4(UInt32(truncatingIfNeeded: address.low).byteSwapped)
        }
        return .ipv6(UInt128(address.low.byteSwapped) << 64 | UInt128(address.high.byteSwapped))
    }

    fileprivate var transportName: FieldValue {
        guard type.isInternet else {
            return .absent
        }
        // Before a socket is connected or bound its protocol is not told.
        return switch hasRole ? transport : .none {
        case .tcp: .text("tcp")
        case .udp: .text("udp")
        case .icmp: .text("icmp")
        case .raw: .text("raw")
        case .none, .unknown: .text("<NA>")
        }
    }

    var typeName: FieldValue {
        switch type {
        case .file, .fileVersion2: .text("file")
        case .directory: .text("directory")
        case .ipv4Socket, .ipv4Server: .text("ipv4")
        case .ipv6Socket, .ipv6Server: .text("ipv6")
        case .unixSocket: .text("unix")
        case .fifo: .text("pipe")
        case .event: .text("event")
        case .signal: .text("signalfd")
        case .eventPoll: .text("eventpoll")
        case .inotify: .text("inotify")
        case .timer: .text("timerfd")
        case .netlink: .text("netlink")
        case .bpf: .text("bpf")
        case .userFault: .text("userfaultfd")
        case .ioRing: .text("io_uring")
        case .memory: .text("memfd")
        case .process: .text("pidfd")
        case .unknown, .unsupported, .uninitialized: .text("<NA>")
        }
    }
}
