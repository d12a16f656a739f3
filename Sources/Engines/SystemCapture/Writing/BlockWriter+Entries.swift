// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension BlockWriter {
    mutating func interface(_ interface: InterfaceInfo) {
        // The kinds without a speed.
        number(interface.isIPv6 ? 4 : 3 as UInt16)
        number(UInt16(interface.name.count))
        append(interface.address)
        append(interface.mask)
        zeros(interface.address.count)
        append(interface.name)
    }

    mutating func user(_ user: UserAccount, number userNumber: UInt32) {
        number(0 as UInt8)
        number(userNumber)
        number(user.groupID)
        text(user.name, limit: CaptureWriter.longestText)
        text(user.home, limit: CaptureWriter.longestText)
        text(user.shell, limit: CaptureWriter.longestText)
    }

    /// A process in the layout of version 9.
    mutating func thread(_ entry: ThreadEntry, of state: SystemState) {
        number(entry.threadID)
        number(entry.processID)
        number(entry.parentID)
        number(entry.sessionID)
        number(entry.virtualGroupID)
        text(state.text(entry.command), limit: CaptureWriter.longestPath)
        text(state.text(entry.executable), limit: CaptureWriter.longestPath)
        text(state.text(entry.executablePath), limit: CaptureWriter.longestPath)
        text(state.text(entry.arguments), limit: CaptureWriter.longestText)
        text(state.text(entry.directory), limit: CaptureWriter.longestPath)
        number(entry.descriptorLimit)
        number(entry.flags.intersection(ThreadFlags.cloneMask.union(.isMain)).rawValue)
        number(entry.userID)
        number(entry.userGroupID)
        number(entry.virtualMemory)
        number(entry.residentMemory)
        number(entry.swappedMemory)
        number(entry.majorFaults)
        number(entry.minorFaults)
        text(state.text(entry.environment), limit: CaptureWriter.longestText)
        number(entry.virtualThreadID)
        number(entry.virtualProcessID)
        text(state.text(entry.controlGroups), limit: CaptureWriter.longestText)
        text(state.text(entry.root), limit: CaptureWriter.longestPath)
        number(entry.namespaceStartTime)
        number(entry.terminal)
        number(entry.loginUserID)
        flag(.executableIsWritable, of: entry)
        number(entry.inheritableCapabilities)
        number(entry.permittedCapabilities)
        number(entry.effectiveCapabilities)
        flag(.executableInUpperLayer, of: entry)
        number(entry.executableInode)
        number(entry.executableChangeTime)
        number(entry.executableModificationTime)
        flag(.executableFromMemory, of: entry)
        flag(.executableInLowerLayer, of: entry)
        number(entry.groupID)
    }

    private mutating func flag(_ flag: ThreadFlags, of entry: ThreadEntry) {
        number(entry.flags.contains(flag) ? 1 : 0 as UInt8)
    }

    /// A descriptor in the layout of version 2.
    mutating func descriptor(_ entry: DescriptorEntry, of state: SystemState) {
        let isFile = entry.type == .file
        number(entry.number)
        number(entry.inode)
        let type: DescriptorType = isFile ? .fileVersion2 : entry.type == .unknown ? .unsupported : entry.type
        number(type.rawValue)
        let name = state.text(entry.name)
        switch type {
        case .ipv4Socket, .ipv6Socket:
            // The list has the own side first: on a server's side that is the destination.
            let isServer = entry.flags.contains(.isServer)
            let isIPv6 = type == .ipv6Socket
            address(isServer ? entry.destination : entry.source, isIPv6: isIPv6)
            address(isServer ? entry.source : entry.destination, isIPv6: isIPv6)
            number(isServer ? entry.destinationPort : entry.sourcePort)
            number(isServer ? entry.sourcePort : entry.destinationPort)
            number(entry.transport.rawValue)
        case .ipv4Server, .ipv6Server:
            address(entry.destination, isIPv6: type == .ipv6Server)
            number(entry.destinationPort)
            number(entry.transport.rawValue)
        case .unixSocket:
            number(entry.source.low)
            number(entry.destination.low)
            text(name, limit: CaptureWriter.longestPath)
        case .fileVersion2:
            number(entry.openFlags)
            text(name, limit: CaptureWriter.longestPath)
            number(entry.device)
        default:
            text(name, limit: CaptureWriter.longestPath)
        }
    }

    private mutating func address(_ address: AddressBytes, isIPv6: Bool) {
        if isIPv6 {
            number(address.low)
            number(address.high)
        } else {
            number(UInt32(truncatingIfNeeded: address.low))
        }
    }
}
