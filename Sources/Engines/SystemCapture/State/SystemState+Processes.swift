// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension SystemState {
    /// `clone` and its relatives return twice, in either order: with the child's number in the caller, and with 0
    /// in the child. What comes first makes the child; what comes second adds what only it knows.
    func clone(_ event: SystemEvent) {
        guard let result = event.int64(0), result >= 0 else {
            return
        }
        if result == 0 {
            cloneInChild(event)
        } else {
            cloneInCaller(event, child: result)
        }
    }

    private func cloneInCaller(_ event: SystemEvent, child: Int64) {
        let flags = ThreadFlags(rawValue: event.uint32(15) ?? event.uint32(8) ?? 0)
        // In a namespace of its own the child's number is not the one that events carry; the child tells that.
        let isInNamespace = (event.int64(18) ?? event.threadID) != event.threadID
        guard !isInNamespace, !flags.contains(.newProcessNamespace), !flags.contains(.childInNamespace) else {
            return
        }
        let known = findThread(child)
        if known != FlatIndex.absent, isSameChild(known, of: event.threadID, at: event.time) {
            return
        }
        let caller = event.threadNumber == FlatIndex.absent ? findThread(event.threadID) : event.threadNumber
        let entry = newChild(child, flags: flags, caller: caller, event: event)
        finish(entry, caller: caller, flags: flags)
    }

    private func cloneInChild(_ event: SystemEvent) {
        let flags = ThreadFlags(rawValue: event.uint32(15) ?? event.uint32(8) ?? 0)
        let parent = event.int64(5) ?? -1
        let known = findThread(event.threadID)
        if known != FlatIndex.absent, isSameChild(known, of: parent, at: event.time) {
            let entry = threads + Int(known)
            entry.pointee.virtualThreadID = event.int64(18) ?? entry.pointee.virtualThreadID
            entry.pointee.virtualProcessID = event.int64(19) ?? entry.pointee.virtualProcessID
            entry.pointee.namespaceStartTime = event.uint64(20) ?? entry.pointee.namespaceStartTime
            markChanged(known)
            return
        }
        // A new thread is a child of the parent of its process; its own process is nearer.
        let caller = flags.contains(.isThread) ? findThread(event.int64(4) ?? -1) : findThread(parent)
        var entry = newChild(event.threadID, flags: flags, caller: caller, event: event)
        entry.processID = event.int64(4) ?? entry.processID
        entry.parentID = parent
        entry.virtualThreadID = event.int64(18) ?? event.threadID
        entry.virtualProcessID = event.int64(19) ?? entry.processID
        entry.namespaceStartTime = event.uint64(20) ?? 0
        finish(entry, caller: caller, flags: flags)
    }

    /// Whether a known thread is the child that the other return of the same call already told of.
    private func isSameChild(_ index: UInt32, of parent: Int64, at time: UInt64) -> Bool {
        let entry = threads[Int(index)]
        let window: UInt64 = 1_000_000_000
        return entry.startTime != 0 && !entry.flags.contains(.isClosed) && !entry.flags.contains(.isUnknown)
            && entry.executionTime == 0
            && time &- entry.startTime &+ window < 2 * window
    }

    /// A child as the call and its caller describe it. The texts count as the entry's own.
    private func newChild(
        _ id: Int64,
        flags: ThreadFlags,
        caller: UInt32,
        event: SystemEvent
    ) -> ThreadEntry {
        let isThread = flags.contains(.isThread)
        var entry = ThreadEntry(id, processID: id, parentID: event.threadID)
        if caller != FlatIndex.absent {
            entry = threads[Int(caller)]
            retainTexts(of: entry)
            entry.parentID =
                isThread || flags.contains(.clonesParent) ? entry.parentID : threads[Int(caller)].threadID
            entry.processID = isThread ? entry.processID : id
            entry.threadID = id
            entry.virtualThreadID = id
            entry.virtualProcessID = isThread ? entry.virtualProcessID : id
        }
        entry.firstDescriptor = FlatIndex.absent
        entry.descriptorCount = 0
        entry.pendingEnter = nil
        entry.pendingCopy = nil
        entry.pendingCapacity = 0
        entry.isListed = false
        entry.isLive = true
        entry.wasUsed = true
        entry.threadCount = 0
        entry.reaperID = 0
        entry.executionTime = 0
        entry.startTime = event.time
        entry.flags = flags.intersection(.cloneMask).union(entry.flags.intersection(.executableMask))
        let isKnown = caller != FlatIndex.absent && !threads[Int(caller)].flags.contains(.isUnknown)
        describe(&entry, by: event, texts: !isKnown)
        return entry
    }

    /// Takes over what a clone event says of the process.
    ///
    /// - Parameter texts: whether to take the texts too; a child shares those of its caller, if that is known.
    private func describe(_ entry: inout ThreadEntry, by event: SystemEvent, texts isComplete: Bool) {
        if isComplete {
            set(&entry.executable, to: event.text(1))
            set(&entry.arguments, to: event.parameter(2).assumingMemoryBound(to: UInt8.self))
            set(&entry.directory, to: Self.withoutSlash(event.text(6)))
        }
        if !event.parameter(13).isEmpty {
            set(&entry.command, to: event.text(13))
        } else if entry.command.isEmpty {
            set(&entry.command, to: Self.lastPart(event.text(1)))
        }
        if !event.parameter(14).isEmpty {
            setControlGroups(&entry, to: event.parameter(14))
        }
        entry.descriptorLimit = event.int64(7) ?? entry.descriptorLimit
        entry.majorFaults = event.uint64(8) ?? 0
        entry.minorFaults = event.uint64(9) ?? 0
        entry.virtualMemory = event.uint32(10) ?? 0
        entry.residentMemory = event.uint32(11) ?? 0
        entry.swappedMemory = event.uint32(12) ?? 0
        entry.userID = event.uint32(16) ?? entry.userID
        entry.userGroupID = event.uint32(17) ?? entry.userGroupID
    }

    private func finish(_ entry: ThreadEntry, caller: UInt32, flags: ThreadFlags) {
        // Adding may give up the caller when the table is full.
        let callerID = caller == FlatIndex.absent ? 0 : threads[Int(caller)].threadID
        let index = add(entry)
        reapers.remove(UInt64(bitPattern: entry.threadID))
        if flags.contains(.isThread) {
            let main = threadIndex.find(UInt64(bitPattern: entry.processID))
            if main != FlatIndex.absent, main != index {
                threads[Int(main)].threadCount &+= 1
            }
        }
        let source = threadIndex.find(UInt64(bitPattern: callerID))
        if !flags.contains(.sharesDescriptors), source != FlatIndex.absent, caller != FlatIndex.absent {
            copyDescriptors(from: source, to: index)
        }
    }

    /// Sizes of the memory in KiB that an event tells, from a parameter on.
    func setMemory(_ event: SystemEvent, first: Int) {
        let index = event.threadNumber
        guard let size = event.uint32(first) else {
            return
        }
        let process =
            threads[Int(index)].processID == event.threadID
            ? index : threadIndex.find(UInt64(bitPattern: threads[Int(index)].processID))
        let entry = threads + Int(process == FlatIndex.absent ? index : process)
        entry.pointee.virtualMemory = size
        entry.pointee.residentMemory = event.uint32(first + 1) ?? 0
        entry.pointee.swappedMemory = event.uint32(first + 2) ?? 0
    }

    /// The page faults that the scheduler counts.
    func setFaults(_ event: SystemEvent) {
        let entry = threads + Int(event.threadNumber)
        entry.pointee.majorFaults = event.uint64(1) ?? entry.pointee.majorFaults
        entry.pointee.minorFaults = event.uint64(2) ?? entry.pointee.minorFaults
    }

    // MARK: Execute

    /// `execve`: another program runs in the process.
    func execute(_ event: SystemEvent) {
        guard let result = event.int64(0), result >= 0, event.threadNumber != FlatIndex.absent else {
            return
        }
        let entry = threads + Int(event.threadNumber)
        set(&entry.pointee.executable, to: event.text(1))
        set(&entry.pointee.arguments, to: event.parameter(2).assumingMemoryBound(to: UInt8.self))
        let command = event.parameter(13)
        set(&entry.pointee.command, to: command.isEmpty ? Self.lastPart(event.text(1)) : command.text)
        setExecutablePath(of: entry, by: event)
        // The current directory stays: newer writers leave that parameter empty, and rules never saw the older ones'.
        if !event.parameter(14).isEmpty {
            setControlGroups(&entry.pointee, to: event.parameter(14))
        }
        if !event.parameter(15).isEmpty {
            set(&entry.pointee.environment, to: event.parameter(15).assumingMemoryBound(to: UInt8.self))
        }
        entry.pointee.processID = event.int64(4) ?? entry.pointee.processID
        entry.pointee.parentID = event.int64(5) ?? entry.pointee.parentID
        entry.pointee.executionTime = event.time
        entry.pointee.flags.remove(.isUnknown)
        takeNumbers(of: event, into: entry)
        removeDescriptors(of: descriptorOwner(of: event.threadNumber)) { $0.flags.contains(.closesOnExecute) }
    }

    private func takeNumbers(of event: SystemEvent, into entry: UnsafeMutablePointer<ThreadEntry>) {
        entry.pointee.descriptorLimit = event.int64(7) ?? entry.pointee.descriptorLimit
        entry.pointee.majorFaults = event.uint64(8) ?? 0
        entry.pointee.minorFaults = event.uint64(9) ?? 0
        entry.pointee.virtualMemory = event.uint32(10) ?? 0
        entry.pointee.residentMemory = event.uint32(11) ?? 0
        entry.pointee.swappedMemory = event.uint32(12) ?? 0
        entry.pointee.terminal = event.uint32(16) ?? entry.pointee.terminal
        entry.pointee.virtualGroupID = event.int64(17) ?? entry.pointee.virtualGroupID
        entry.pointee.loginUserID = event.uint32(18) ?? entry.pointee.loginUserID
        if let flags = event.uint32(19) {
            entry.pointee.flags.subtract(.executableMask)
            entry.pointee.flags.formUnion(Self.programFlags(flags))
        }
        entry.pointee.inheritableCapabilities = event.uint64(20) ?? entry.pointee.inheritableCapabilities
        entry.pointee.permittedCapabilities = event.uint64(21) ?? entry.pointee.permittedCapabilities
        entry.pointee.effectiveCapabilities = event.uint64(22) ?? entry.pointee.effectiveCapabilities
        entry.pointee.executableInode = event.uint64(23) ?? entry.pointee.executableInode
        entry.pointee.executableChangeTime = event.uint64(24) ?? entry.pointee.executableChangeTime
        entry.pointee.executableModificationTime = event.uint64(25) ?? entry.pointee.executableModificationTime
        entry.pointee.userID = event.uint32(26) ?? entry.pointee.userID
        entry.pointee.groupID = event.int64(28) ?? entry.pointee.groupID
        entry.pointee.userGroupID = event.uint32(29) ?? entry.pointee.userGroupID
    }

    /// The bits of the parameter `flags` of execve as bits of a thread.
    static func programFlags(_ bits: UInt32) -> ThreadFlags {
        var flags: ThreadFlags = []
        if bits & 1 != 0 { flags.insert(.executableIsWritable) }
        if bits & 2 != 0 { flags.insert(.executableInUpperLayer) }
        if bits & 4 != 0 { flags.insert(.executableFromMemory) }
        if bits & 8 != 0 { flags.insert(.executableInLowerLayer) }
        return flags
    }

    /// The kernel's path of the program where the event has it, else the path of the enter event made absolute.
    private func setExecutablePath(of entry: UnsafeMutablePointer<ThreadEntry>, by event: SystemEvent) {
        if !event.parameter(27).isEmpty {
            set(&entry.pointee.executablePath, to: event.text(27))
            return
        }
        let isAt = event.type == 331
        let file = event.text(isAt ? 31 : 30)
        guard !file.isEmpty else {
            return
        }
        guard !file.elementsEqual(StaticBytes("<NA>").bytes) else {
            set(&entry.pointee.executablePath, to: file)
            return
        }
        let directory = isAt ? event.int64(30) ?? Self.currentDirectory : Self.currentDirectory
        set(
            &entry.pointee.executablePath,
            to: resolve(file, directory: directory, of: event.threadNumber)
        )
    }

    // MARK: Exit

    /// `procexit`: the thread's children get another parent. The thread itself is removed when the next event is
    /// read, because rules still ask for it.
    func exit(_ event: SystemEvent) {
        guard event.threadNumber != FlatIndex.absent else {
            return
        }
        let entry = threads + Int(event.threadNumber)
        entry.pointee.flags.insert(.isClosed)
        let reaper = event.int64(4) ?? 0
        entry.pointee.reaperID = reaper > 0 ? reaper : 1
    }

    /// Removes a thread that has exited; the first of a process stays as long as others of it live.
    func removeExited(_ index: UInt32) {
        let entry = threads[Int(index)]
        guard entry.isLive, entry.flags.contains(.isClosed), entry.threadCount == 0 else {
            return
        }
        if reapers.count > limits.threads {
            reapers.removeAll()
        }
        if entry.reaperID != entry.threadID, let reaper = UInt32(exactly: entry.reaperID), reaper != .max {
            reapers.set(UInt64(bitPattern: entry.threadID), to: reaper)
        }
        let main =
            entry.processID == entry.threadID
            ? FlatIndex.absent : threadIndex.find(UInt64(bitPattern: entry.processID))
        remove(thread: index)
        guard main != FlatIndex.absent, threads[Int(main)].threadCount > 0 else {
            return
        }
        threads[Int(main)].threadCount -= 1
        removeExited(main)
    }

    /// The parent of a thread: the one that it was made by, or the one that took it over.
    package func parent(of entry: ThreadEntry) -> UnsafePointer<ThreadEntry>? {
        var id = entry.parentID
        for _ in 0..<8 {
            let index = findThread(id)
            if index != FlatIndex.absent {
                let found = threads[Int(index)]
                // A number that was given again to something younger is not the parent.
                guard found.startTime > entry.startTime, entry.startTime != 0 else {
                    return UnsafePointer(threads + Int(index))
                }
            }
            let reaper = reapers.find(UInt64(bitPattern: id))
            guard reaper != FlatIndex.absent, Int64(reaper) != id else {
                return nil
            }
            id = Int64(reaper)
        }
        return nil
    }

    // MARK: Texts

    /// The part of a path after its last slash.
    static func lastPart(_ path: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else {
            return path
        }
        return UnsafeBufferPointer(rebasing: path[(slash + 1)...])
    }

    /// A directory without the slash at its end; the root stays `/`.
    static func withoutSlash(_ path: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        path.count > 1 && path.last == UInt8(ascii: "/") ? UnsafeBufferPointer(rebasing: path.dropLast()) : path
    }

    /// Sets the control groups and, where they changed, the container.
    func setControlGroups(_ entry: inout ThreadEntry, to bytes: UnsafeRawBufferPointer) {
        let old = entry.controlGroups
        set(&entry.controlGroups, to: bytes.assumingMemoryBound(to: UInt8.self))
        if entry.controlGroups != old {
            entry.container = container(ofGroups: entry.controlGroups)
        }
    }
}
