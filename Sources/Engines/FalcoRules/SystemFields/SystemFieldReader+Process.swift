// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension SystemFieldReader {
    typealias ThreadPointer = UnsafePointer<ThreadEntry>

    /// The first thread of a process; the thread itself where that is not known.
    func main(of thread: ThreadPointer) -> ThreadPointer {
        thread.pointee.isMain ? thread : state.thread(thread.pointee.processID) ?? thread
    }

    mutating func processValue(
        _ code: SystemFieldCode.ProcessField,
        of thread: ThreadPointer,
        event: SystemEvent,
        _ field: FieldReference
    ) -> FieldValue {
        let entry = thread.pointee
        switch code {
        case .executable: return text(entry.executable)
        case .executablePath: return text(entry.executablePath)
        case .name: return text(entry.command)
        case .arguments: return joined(entry.arguments)
        case .commandLine: return commandLine(entry.command, entry.arguments)
        case .executableLine: return commandLine(entry.executable, entry.arguments)
        case .argumentCount, .argumentLength: return count(code, of: entry)
        case .environment:
            return field.argument == .key ? variable(field.key, in: entry.environment) : joined(entry.environment)
        case .directory: return directory(of: entry)
        case .loginShell: return loginShell(of: thread)
        case .terminal: return .unsigned(UInt64(entry.terminal))
        case .id: return .signed(entry.processID)
        case .virtualID: return entry.virtualProcessID < 0 ? .absent : .signed(entry.virtualProcessID)
        case .session: return .signed(entry.sessionID)
        case .virtualGroup: return .signed(entry.virtualGroupID)
        case .group: return .signed(entry.groupID)
        case .duration, .start, .changeBeforeStart, .changeBeforeNamespace, .namespaceStart, .inodeChange,
            .inodeModification:
            return time(code, of: thread, at: event.time)
        case .isWritable, .isUpperLayer, .isLowerLayer, .isFromMemory, .isSessionLeader, .isVirtualGroupLeader,
            .isGroupLeader, .isMain:
            return flag(code, of: entry)
        case .inode: return .unsigned(entry.executableInode)
        case .permitted: return capabilities(entry.permittedCapabilities)
        case .inheritable: return capabilities(entry.inheritableCapabilities)
        case .effective: return capabilities(entry.effectiveCapabilities)
        case .threadID: return .signed(event.threadID)
        case .virtualThreadID: return entry.virtualThreadID < 0 ? .absent : .signed(entry.virtualThreadID)
        case .controlGroups: return joined(entry.controlGroups)
        case .controlGroup: return variable(field.key, in: entry.controlGroups)
        default: return resource(code, of: thread)
        }
    }

    private func count(_ code: SystemFieldCode.ProcessField, of entry: ThreadEntry) -> FieldValue {
        let bytes = state.text(entry.arguments)
        let zeros = bytes.count { $0 == 0 }
        let count = zeros + (bytes.isEmpty || bytes.last == 0 ? 0 : 1)
        return .unsigned(UInt64(code == .argumentCount ? count : bytes.count - zeros))
    }

    /// The current directory ends in a slash here.
    private mutating func directory(of entry: ThreadEntry) -> FieldValue {
        let directory = state.directory(ofThread: entry.threadID)
        scratch.begin()
        scratch.append(directory)
        if let last = directory.last, last != UInt8(ascii: "/") {
            scratch.append(byte: UInt8(ascii: "/"))
        }
        return scratch.finish()
    }

    /// The number of the shell furthest up among the ancestors, itself included.
    private func loginShell(of thread: ThreadPointer) -> FieldValue {
        var found: Int64?
        var walk: ThreadPointer? = main(of: thread)
        var steps = 0
        while let current = walk, steps < AncestorWalk.longest {
            if state.text(current.pointee.command).suffix(2).elementsEqual("sh".utf8) {
                found = current.pointee.processID
            }
            walk = state.parent(of: current.pointee).map { main(of: $0) }
            steps += 1
        }
        return found.map { .signed($0) } ?? .absent
    }

    private func time(_ code: SystemFieldCode.ProcessField, of thread: ThreadPointer, at now: UInt64) -> FieldValue {
        let entry = thread.pointee
        let start = entry.startTime
        switch code {
        case .duration: return start != 0 && now >= start ? .unsigned(now - start) : .absent
        case .start: return .unsigned(start)
        case .changeBeforeStart:
            return start > entry.executableChangeTime ? .unsigned(start - entry.executableChangeTime) : .absent
        case .changeBeforeNamespace:
            return entry.namespaceStartTime > entry.executableChangeTime
                ? .unsigned(entry.namespaceStartTime - entry.executableChangeTime) : .absent
        case .namespaceStart: return .unsigned(entry.namespaceStartTime)
        case .inodeChange: return .unsigned(entry.executableChangeTime)
        default: return .unsigned(entry.executableModificationTime)
        }
    }

    private func flag(_ code: SystemFieldCode.ProcessField, of entry: ThreadEntry) -> FieldValue {
        switch code {
        case .isWritable: .bool(entry.flags.contains(.executableIsWritable))
        case .isUpperLayer: .bool(entry.flags.contains(.executableInUpperLayer))
        case .isLowerLayer: .bool(entry.flags.contains(.executableInLowerLayer))
        case .isFromMemory: .bool(entry.flags.contains(.executableFromMemory))
        case .isSessionLeader: .bool(entry.sessionID == entry.virtualProcessID)
        case .isVirtualGroupLeader: .bool(entry.virtualGroupID == entry.virtualProcessID)
        case .isGroupLeader: .bool(entry.groupID == entry.processID)
        default: .bool(entry.isMain)
        }
    }

    private func resource(_ code: SystemFieldCode.ProcessField, of thread: ThreadPointer) -> FieldValue {
        let entry = main(of: thread).pointee
        switch code {
        case .descriptorCount: return .unsigned(UInt64(entry.descriptorCount))
        case .descriptorLimit: return .signed(entry.descriptorLimit)
        case .memory: return .unsigned(UInt64(entry.virtualMemory))
        case .residentMemory: return .unsigned(UInt64(entry.residentMemory))
        case .swappedMemory: return .unsigned(UInt64(entry.swappedMemory))
        case .majorFaults: return .unsigned(thread.pointee.majorFaults)
        case .minorFaults: return .unsigned(thread.pointee.minorFaults)
        case .threadMemory: return .unsigned(UInt64(thread.pointee.isMain ? entry.virtualMemory : 0))
        case .threadResidentMemory: return .unsigned(UInt64(thread.pointee.isMain ? entry.residentMemory : 0))
        default: return .unsigned(UInt64(entry.threadCount) + 1)
        }
    }

    /// The names of the bits of a set of capabilities, joined by blanks.
    private mutating func capabilities(_ bits: UInt64) -> FieldValue {
        scratch.begin()
        for (bit, name) in CapabilityNames.all.enumerated() where bits >> UInt64(bit) & 1 == 1 {
            if !scratch.isEmpty {
                scratch.append(byte: UInt8(ascii: " "))
            }
            scratch.append(name)
        }
        return scratch.finish()
    }
}

/// The names of capabilities by their number (`include/uapi/linux/capability.h`).
enum CapabilityNames {
    static let all: [StaticString] = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]
}
