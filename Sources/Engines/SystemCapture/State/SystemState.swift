// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The threads, file descriptors, accounts and containers of a machine, as its events tell of them.
///
/// Entries lie in two flat tables that are reserved at once (memory is only used where entries are) and never move,
/// so that events can point to them. Texts are shared through a ``StringTable``. Nothing is allocated for an event
/// that brings nothing new.
package final class SystemState {
    package let limits: StateLimits
    let threads: UnsafeMutablePointer<ThreadEntry>
    let descriptors: UnsafeMutablePointer<DescriptorEntry>
    // The exclusive access to these is not checked at run time: nothing here calls back into the state.
    @exclusivity(unchecked) var threadIndex = FlatIndex()
    @exclusivity(unchecked) var descriptorIndex = FlatIndex(capacity: 4096)
    @exclusivity(unchecked) var texts: StringTable
    /// Who took over the children of a thread that has exited, by its number.
    @exclusivity(unchecked) var reapers = FlatIndex()
    @exclusivity(unchecked) var accounts = AccountTable()
    @exclusivity(unchecked) var containers = ContainerTable()
    @exclusivity(unchecked) private var freeThreads: [UInt32] = []
    @exclusivity(unchecked) private var freeDescriptors: [UInt32] = []
    @exclusivity(unchecked) private var threadEnd: UInt32 = 0
    @exclusivity(unchecked) private var descriptorEnd: UInt32 = 0
    @exclusivity(unchecked) private var threadHand: UInt32 = 0
    @exclusivity(unchecked) private var descriptorHand: UInt32 = 0
    @exclusivity(unchecked) private var lastThreadID = Int64.min
    @exclusivity(unchecked) private var lastThread = FlatIndex.absent
    @exclusivity(unchecked) private var lastStamp: UInt64 = 0
    /// The thread of the event that is being read: it is not given up, for the event points to it.
    @exclusivity(unchecked) var currentThread = FlatIndex.absent
    /// Counts the changes of accounts and containers.
    @exclusivity(unchecked) package private(set) var epoch: UInt64 = 0
    @exclusivity(unchecked) private var given = StateLosses()
    /// The number of the event that last changed the addresses or the path of a descriptor.
    @exclusivity(unchecked) package internal(set) var nameChangedAt: UInt64 = 0
    @exclusivity(unchecked) var localIPv4: [UInt32] = []
    @exclusivity(unchecked) var localIPv6: [AddressBytes] = []
    /// Room for a path while it is resolved.
    let pathBuffer: UnsafeMutablePointer<UInt8>
    static let pathCapacity = 16_384

    package init(limits: StateLimits = StateLimits()) {
        var limits = limits
        limits.threads = max(limits.threads, 8)
        limits.descriptors = max(limits.descriptors, 8)
        self.limits = limits
        threads = .allocate(capacity: limits.threads)
        descriptors = .allocate(capacity: limits.descriptors)
        texts = StringTable(maximumBytes: limits.textBytes)
        pathBuffer = .allocate(capacity: Self.pathCapacity)
    }

    deinit {
        for index in 0..<Int(threadEnd) {
            threads[index].pendingCopy?.deallocate()
        }
        threads.deallocate()
        descriptors.deallocate()
        pathBuffer.deallocate()
    }

    /// What was given up because a table was full.
    package var losses: StateLosses {
        var losses = given
        losses.texts = texts.refused
        losses.containers = containers.refused
        losses.accounts = accounts.refused
        return losses
    }

    package var threadCount: Int { threadIndex.count }
    package var descriptorCount: Int { descriptorIndex.count }

    /// The bytes of a text; valid until the next event is read.
    package func text(_ id: StringID) -> UnsafeBufferPointer<UInt8> {
        texts[id]
    }

    // MARK: Threads

    /// The thread with a number; nil if none is known. Valid until the next event is read.
    package func thread(_ id: Int64) -> UnsafePointer<ThreadEntry>? {
        let index = findThread(id)
        return index == FlatIndex.absent ? nil : UnsafePointer(threads + Int(index))
    }

    @inline(__always)
    func findThread(_ id: Int64) -> UInt32 {
        // Events come in runs of one thread.
        if id == lastThreadID {
            return lastThread
        }
        let index = threadIndex.find(UInt64(bitPattern: id))
        if index != FlatIndex.absent {
            lastThreadID = id
            lastThread = index
            threads[Int(index)].wasUsed = true
        }
        return index
    }

    /// Adds a thread; one of the same number is replaced. The entry's texts belong to the state afterwards.
    func add(_ entry: ThreadEntry) -> UInt32 {
        let old = findThread(entry.threadID)
        if old != FlatIndex.absent {
            remove(thread: old)
        }
        let index: UInt32
        var isListed = false
        if let free = freeThreads.popLast() {
            index = free
            isListed = threads[Int(free)].isListed
        } else if Int(threadEnd) < limits.threads {
            index = threadEnd
            threadEnd += 1
        } else {
            index = giveUpThread()
            isListed = threads[Int(index)].isListed
        }
        (threads + Int(index)).initialize(to: entry)
        // A place that is in the list stays in it, so that the list is never longer than the table.
        threads[Int(index)].isListed = isListed
        markChanged(index)
        threadIndex.set(UInt64(bitPattern: entry.threadID), to: index)
        lastThreadID = entry.threadID
        lastThread = index
        return index
    }

    /// Notes that what describes a process is no longer what it was.
    @inline(__always)
    func markChanged(_ thread: UInt32) {
        lastStamp &+= 1
        threads[Int(thread)].stamp = lastStamp
    }

    /// Notes that accounts or containers are no longer what they were.
    func markAccountsChanged() {
        epoch &+= 1
    }

    /// Makes up a thread that events speak of but that the capture never described.
    func addUnknown(_ id: Int64) -> UInt32 {
        var entry = ThreadEntry(id, processID: id, parentID: -1)
        entry.command = texts.add("<NA>")
        entry.executable = texts.add("<NA>")
        entry.flags.insert(.isUnknown)
        entry.virtualThreadID = -1
        entry.virtualProcessID = -1
        return add(entry)
    }

    func remove(thread index: UInt32) {
        let entry = threads + Int(index)
        removeDescriptors(of: index)
        releaseTexts(of: entry)
        entry.pointee.pendingCopy?.deallocate()
        entry.pointee.pendingCopy = nil
        entry.pointee.pendingEnter = nil
        entry.pointee.isLive = false
        threadIndex.remove(UInt64(bitPattern: entry.pointee.threadID))
        if lastThread == index {
            lastThreadID = .min
        }
        freeThreads.append(index)
    }

    private func releaseTexts(of entry: UnsafeMutablePointer<ThreadEntry>) {
        texts.release(entry.pointee.command)
        texts.release(entry.pointee.executable)
        texts.release(entry.pointee.executablePath)
        texts.release(entry.pointee.arguments)
        texts.release(entry.pointee.environment)
        texts.release(entry.pointee.directory)
        texts.release(entry.pointee.root)
        texts.release(entry.pointee.controlGroups)
    }

    /// Counts the texts of a copied entry as its own.
    func retainTexts(of entry: ThreadEntry) {
        texts.retain(entry.command)
        texts.retain(entry.executable)
        texts.retain(entry.executablePath)
        texts.retain(entry.arguments)
        texts.retain(entry.environment)
        texts.retain(entry.directory)
        texts.retain(entry.root)
        texts.retain(entry.controlGroups)
    }

    /// Frees the first entry that was not used since the search last came by, and returns its place.
    private func giveUpThread() -> UInt32 {
        while threads[Int(threadHand)].wasUsed || threadHand == currentThread {
            threads[Int(threadHand)].wasUsed = false
            threadHand = (threadHand + 1) % threadEnd
        }
        let index = threadHand
        threadHand = (threadHand + 1) % threadEnd
        remove(thread: index)
        given.threads += 1
        return freeThreads.popLast() ?? index
    }

    /// Calls for each thread that is known.
    func forEachThread(_ body: (UInt32) -> Void) {
        for index in 0..<threadEnd where threads[Int(index)].isLive {
            body(index)
        }
    }

    /// Replaces a text of an entry.
    @inline(__always)
    func set(_ field: inout StringID, to bytes: UnsafeBufferPointer<UInt8>) {
        let id = texts.add(bytes)
        texts.release(field)
        field = id
    }

    // MARK: Places for descriptors

    func newDescriptorPlace() -> UInt32 {
        if let free = freeDescriptors.popLast() {
            return free
        }
        if Int(descriptorEnd) < limits.descriptors {
            descriptorEnd += 1
            return descriptorEnd - 1
        }
        while descriptors[Int(descriptorHand)].wasUsed {
            descriptors[Int(descriptorHand)].wasUsed = false
            descriptorHand = (descriptorHand + 1) % descriptorEnd
        }
        let index = descriptorHand
        descriptorHand = (descriptorHand + 1) % descriptorEnd
        remove(descriptor: index)
        given.descriptors += 1
        return freeDescriptors.popLast() ?? index
    }

    func free(descriptor index: UInt32) {
        freeDescriptors.append(index)
    }

    /// Forgets everything: a new section begins.
    package func removeAll() {
        forEachThread { remove(thread: $0) }
        reapers.removeAll()
        accounts.removeAll()
        containers.removeAll()
    }
}
