// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension SystemState {
    /// The thread whose table a thread's descriptors are in: threads of a process share that of the first one.
    @inline(__always)
    func descriptorOwner(of index: UInt32) -> UInt32 {
        let entry = threads + Int(index)
        guard entry.pointee.flags.contains(.sharesDescriptors), entry.pointee.processID != entry.pointee.threadID else {
            return index
        }
        let main = threadIndex.find(UInt64(bitPattern: entry.pointee.processID))
        return main == FlatIndex.absent ? index : main
    }

    /// The key of a descriptor; nil for a number that no descriptor has.
    @inline(__always)
    private func key(_ number: Int64, of owner: UInt32) -> UInt64? {
        number >= 0 && number <= Int64(Int32.max) ? UInt64(owner) << 32 | UInt64(number) : nil
    }

    /// A thread's descriptor; nil if it is not known.
    func findDescriptor(_ number: Int64, of thread: UInt32) -> UnsafeMutablePointer<DescriptorEntry>? {
        guard let key = key(number, of: descriptorOwner(of: thread)) else {
            return nil
        }
        let index = descriptorIndex.find(key)
        guard index != FlatIndex.absent else {
            return nil
        }
        let entry = descriptors + Int(index)
        entry.pointee.wasUsed = true
        return entry
    }

    /// A descriptor of the thread with a number; nil if it is not known. Valid until the next event is read.
    package func descriptor(_ number: Int64, ofThread id: Int64) -> UnsafePointer<DescriptorEntry>? {
        let thread = findThread(id)
        guard thread != FlatIndex.absent else {
            return nil
        }
        return findDescriptor(number, of: thread).map { UnsafePointer($0) }
    }

    /// Adds a descriptor to a thread's table, in place of one with the same number. Its texts belong to the state
    /// afterwards.
    @discardableResult
    func add(_ entry: DescriptorEntry, to thread: UInt32) -> UnsafeMutablePointer<DescriptorEntry>? {
        let owner = descriptorOwner(of: thread)
        guard let key = key(entry.number, of: owner) else {
            texts.release(entry.name)
            texts.release(entry.rawName)
            return nil
        }
        let known = descriptorIndex.find(key)
        if known != FlatIndex.absent {
            let place = descriptors + Int(known)
            let old = place.pointee
            place.pointee = entry
            place.pointee.owner = owner
            place.pointee.previous = old.previous
            place.pointee.next = old.next
            texts.release(old.name)
            texts.release(old.rawName)
            return place
        }
        let index = newDescriptorPlace()
        let place = descriptors + Int(index)
        let process = threads + Int(owner)
        place.initialize(to: entry)
        place.pointee.owner = owner
        place.pointee.previous = FlatIndex.absent
        place.pointee.next = process.pointee.firstDescriptor
        if process.pointee.firstDescriptor != FlatIndex.absent {
            descriptors[Int(process.pointee.firstDescriptor)].previous = index
        }
        process.pointee.firstDescriptor = index
        process.pointee.descriptorCount &+= 1
        descriptorIndex.set(key, to: index)
        return place
    }

    /// Removes a thread's descriptor; one that is not known is nothing to remove.
    func removeDescriptor(_ number: Int64, of thread: UInt32) {
        guard let key = key(number, of: descriptorOwner(of: thread)) else {
            return
        }
        let index = descriptorIndex.find(key)
        if index != FlatIndex.absent {
            remove(descriptor: index)
        }
    }

    func remove(descriptor index: UInt32) {
        let entry = descriptors[Int(index)]
        if let key = key(entry.number, of: entry.owner) {
            descriptorIndex.remove(key)
        }
        if entry.previous == FlatIndex.absent {
            threads[Int(entry.owner)].firstDescriptor = entry.next
        } else {
            descriptors[Int(entry.previous)].next = entry.next
        }
        if entry.next != FlatIndex.absent {
            descriptors[Int(entry.next)].previous = entry.previous
        }
        threads[Int(entry.owner)].descriptorCount &-= 1
        texts.release(entry.name)
        texts.release(entry.rawName)
        descriptors[Int(index)].isLive = false
        free(descriptor: index)
    }

    func removeDescriptors(of thread: UInt32, where isRemoved: (DescriptorEntry) -> Bool = { _ in true }) {
        var index = threads[Int(thread)].firstDescriptor
        while index != FlatIndex.absent {
            let next = descriptors[Int(index)].next
            if isRemoved(descriptors[Int(index)]) {
                remove(descriptor: index)
            }
            index = next
        }
    }

    /// Gives a new process copies of another's descriptors.
    func copyDescriptors(from source: UInt32, to target: UInt32) {
        var index = threads[Int(descriptorOwner(of: source))].firstDescriptor
        // A table that is full gives up entries as others are added: never follow more links than there were.
        var rest = threads[Int(descriptorOwner(of: source))].descriptorCount
        while index != FlatIndex.absent, rest > 0 {
            let entry = descriptors[Int(index)]
            texts.retain(entry.name)
            texts.retain(entry.rawName)
            add(entry, to: target)
            index = descriptors[Int(index)].isLive ? descriptors[Int(index)].next : FlatIndex.absent
            rest -= 1
        }
    }

    /// Calls for each descriptor in a thread's own table.
    func forEachDescriptor(of thread: UInt32, _ body: (DescriptorEntry) -> Void) {
        var index = threads[Int(thread)].firstDescriptor
        while index != FlatIndex.absent {
            body(descriptors[Int(index)])
            index = descriptors[Int(index)].next
        }
    }
}
