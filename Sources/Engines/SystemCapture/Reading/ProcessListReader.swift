// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads the list of processes that a capture begins with, in all nine layouts.
///
/// Each version adds to the one before; version 9 gives every entry a length, so that what a newer writer adds can
/// be skipped. Source: `engine/savefile/scap_savefile.c` of falcosecurity/libs.
enum ProcessListReader {
    private static let pathLimit = 4096
    private static let textLimit = 65_535

    static func read(
        _ body: UnsafeRawBufferPointer,
        version: Int,
        at offset: Int,
        into state: SystemState
    ) throws(CaptureError) {
        var list = ListCursor(body, at: offset)
        while list.rest >= 4 {
            if version >= 9 {
                var entry = try list.entry(countsItself: true)
                try read(&entry, version: version, into: state)
            } else {
                try read(&list, version: version, into: state)
            }
        }
    }

    private static func read(
        _ list: inout ListCursor,
        version: Int,
        into state: SystemState
    ) throws(CaptureError) {
        let threadID = try list.number(Int64.self)
        var entry = ThreadEntry(threadID, processID: try list.number(), parentID: try list.number())
        do throws(CaptureError) {
            try readBody(&list, version: version, entry: &entry, state: state)
        } catch {
            state.releaseAll(entry)
            throw error
        }
        entry.container = state.container(ofGroups: entry.controlGroups)
        _ = state.add(entry)
    }

    private static func readBody(
        _ list: inout ListCursor,
        version: Int,
        entry: inout ThreadEntry,
        state: SystemState
    ) throws(CaptureError) {
        entry.sessionID = version >= 6 ? try list.number() : -1
        entry.virtualGroupID = version >= 8 ? try list.number() : -1
        state.set(&entry.command, to: try list.text(limit: pathLimit))
        state.set(&entry.executable, to: try list.text(limit: pathLimit))
        if version >= 7 {
            state.set(&entry.executablePath, to: try list.text(limit: pathLimit))
        }
        state.set(&entry.arguments, to: try list.text(limit: textLimit))
        state.set(&entry.directory, to: SystemState.withoutSlash(try list.text(limit: pathLimit)))
        entry.descriptorLimit = try list.number()
        entry.flags = ThreadFlags(rawValue: try list.number(UInt32.self))
            .intersection(ThreadFlags.cloneMask.union(.isMain))
        entry.userID = try list.number()
        entry.userGroupID = try list.number()
        if version >= 2 {
            entry.virtualMemory = try list.number()
            entry.residentMemory = try list.number()
            entry.swappedMemory = try list.number()
            entry.majorFaults = try list.number()
            entry.minorFaults = try list.number()
        }
        if version >= 3 {
            state.set(&entry.environment, to: try list.text(limit: textLimit))
        }
        if version >= 4 {
            entry.virtualThreadID = try list.number()
            entry.virtualProcessID = try list.number()
            state.set(&entry.controlGroups, to: try list.text(limit: textLimit))
        }
        if version >= 5 {
            state.set(&entry.root, to: try list.text(limit: pathLimit))
        }
        if version >= 9 {
            try readTail(&list, entry: &entry)
        }
    }

    /// What version 9 appended over time: an entry ends after any of these groups.
    private static func readTail(_ list: inout ListCursor, entry: inout ThreadEntry) throws(CaptureError) {
        // One writer put login and flags first; the longer layout begins with two more fields.
        if list.rest > 29 {
            entry.namespaceStartTime = try list.number()
            entry.terminal = try list.number()
        }
        guard list.rest >= 4 else {
            return
        }
        entry.loginUserID = try list.number()
        guard list.rest >= 1 else {
            return
        }
        setFlag(.executableIsWritable, if: try list.number(UInt8.self), in: &entry)
        guard list.rest >= 24 else {
            return
        }
        entry.inheritableCapabilities = try list.number()
        entry.permittedCapabilities = try list.number()
        entry.effectiveCapabilities = try list.number()
        guard list.rest >= 1 else {
            return
        }
        setFlag(.executableInUpperLayer, if: try list.number(UInt8.self), in: &entry)
        guard list.rest >= 24 else {
            return
        }
        entry.executableInode = try list.number()
        entry.executableChangeTime = try list.number()
        entry.executableModificationTime = try list.number()
        guard list.rest >= 1 else {
            return
        }
        setFlag(.executableFromMemory, if: try list.number(UInt8.self), in: &entry)
        guard list.rest >= 1 else {
            return
        }
        setFlag(.executableInLowerLayer, if: try list.number(UInt8.self), in: &entry)
        if list.rest >= 8 {
            entry.groupID = try list.number()
        }
    }

    private static func setFlag(_ flag: ThreadFlags, if byte: UInt8, in entry: inout ThreadEntry) {
        if byte != 0 {
            entry.flags.insert(flag)
        }
    }
}

extension SystemState {
    /// Gives back the texts of an entry that is not kept.
    func releaseAll(_ entry: ThreadEntry) {
        for id in [
            entry.command, entry.executable, entry.executablePath, entry.arguments, entry.environment,
            entry.directory, entry.root, entry.controlGroups,
        ] {
            texts.release(id)
        }
    }
}
