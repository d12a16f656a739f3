// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The flags of open calls, with the values that captures hold; not those of Linux.
package enum OpenFlags {
    package static let readOnly: UInt32 = 1
    package static let writeOnly: UInt32 = 2
    package static let create: UInt32 = 4
    package static let directory: UInt32 = 1024
    package static let closeOnExecute: UInt32 = 4096
    package static let temporaryFile: UInt32 = 8192
    package static let created: UInt32 = 16384
    package static let upperLayer: UInt32 = 32768
    package static let lowerLayer: UInt32 = 65536
}

extension SystemState {
    /// Where the parameters of an open call lie.
    struct OpenLayout {
        var name: Int
        var flags: Int
        var directory = -1
        var device: Int
        var inode: Int
    }

    /// `open` and its relatives: a file or directory gets a number.
    func open(_ event: SystemEvent, layout: OpenLayout) {
        guard let number = event.int64(0), number >= 0 else {
            return
        }
        let flags = layout.flags < 0 ? 0 : event.uint32(layout.flags) ?? 0
        let name = event.text(layout.name)
        let directory = layout.directory < 0 ? Self.currentDirectory : event.int64(layout.directory)
        var entry = DescriptorEntry(number, type: flags & OpenFlags.directory != 0 ? .directory : .file)
        entry.openFlags = flags
        entry.name = texts.add(resolve(name, directory: directory ?? Self.currentDirectory, of: event.threadNumber))
        entry.rawName = texts.add(name)
        entry.device = event.uint32(layout.device) ?? 0
        entry.inode = event.uint64(layout.inode) ?? 0
        if flags & OpenFlags.closeOnExecute != 0 {
            entry.flags.insert(.closesOnExecute)
        }
        if flags & OpenFlags.upperLayer != 0 {
            entry.flags.insert(.inUpperLayer)
        }
        if flags & OpenFlags.lowerLayer != 0 {
            entry.flags.insert(.inLowerLayer)
        }
        add(entry, to: event.threadNumber)
    }

    /// A call that gives a number to something without a path: an event counter, a timer, a set of events ...
    func newDescriptor(_ event: SystemEvent) {
        guard let number = event.int64(0), number >= 0 else {
            return
        }
        var entry = DescriptorEntry(number, type: event.kind.pointee.descriptorType)
        if entry.type == .memory {
            entry.name = texts.add(event.text(1))
        }
        add(entry, to: event.threadNumber)
    }

    /// `pipe`: two numbers for the two ends.
    func pipe(_ event: SystemEvent) {
        guard let result = event.int64(0), result >= 0, let first = event.int64(1), let second = event.int64(2) else {
            return
        }
        let inode = event.uint64(3) ?? 0
        for number in [first, second] {
            var entry = DescriptorEntry(number, type: .fifo)
            entry.inode = inode
            add(entry, to: event.threadNumber)
        }
    }

    /// `dup` and its relatives, and the commands of `fcntl` that do the same.
    func duplicate(_ event: SystemEvent, from old: Int64?) {
        guard let number = event.int64(0), number >= 0, let old, let known = findDescriptor(old, of: event.threadNumber)
        else {
            return
        }
        var entry = known.pointee
        texts.retain(entry.name)
        texts.retain(entry.rawName)
        entry.number = number
        entry.flags.remove(.closesOnExecute)
        add(entry, to: event.threadNumber)
    }

    /// `fcntl`: the commands F_DUPFD (1) and F_DUPFD_CLOEXEC (26) make a new number.
    func fcntl(_ event: SystemEvent) {
        let command = event.parameter(2).first ?? 0
        if command == 1 || command == 26 {
            duplicate(event, from: event.int64(1))
        }
    }

    /// `chdir`: the directory is made absolute here, because the event has it as the caller gave it.
    func changeDirectory(_ event: SystemEvent) {
        guard let result = event.int64(0), result >= 0 else {
            return
        }
        let path = resolve(event.text(1), directory: Self.currentDirectory, of: event.threadNumber)
        set(&threads[Int(directoryOwner(of: event.threadNumber))].directory, to: path)
    }

    /// `fchdir`: the directory of a descriptor.
    func changeDirectoryByDescriptor(_ event: SystemEvent) {
        guard let result = event.int64(0), result >= 0, let number = event.int64(1),
            let entry = findDescriptor(number, of: event.threadNumber)
        else {
            return
        }
        let owner = threads + Int(directoryOwner(of: event.threadNumber))
        texts.retain(entry.pointee.name)
        texts.release(owner.pointee.directory)
        owner.pointee.directory = entry.pointee.name
    }

    /// `chroot`: a new root, and with it a control group that may be a container's.
    func changeRoot(_ event: SystemEvent) {
        guard let result = event.int64(0), result == 0 else {
            return
        }
        let path = resolve(event.text(1), directory: Self.currentDirectory, of: event.threadNumber)
        set(&threads[Int(event.threadNumber)].root, to: path)
    }
}
