// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CSensor

/// Makes events of a capture of what the kernel's programs tell.
struct RecordTranslator {
    let calls: SystemCallTable
    /// What is added to the kernel's clock for nanoseconds since 1970.
    var clockOffset: Int64
    /// Records that could not be read; there should be none.
    private(set) var unreadable = 0
    /// System calls of 32-bit programs, whose numbers are of another table.
    private(set) var compatible = 0

    init(calls: SystemCallTable, clockOffset: Int64) {
        self.calls = calls
        self.clockOffset = clockOffset
    }

    func time(_ record: KernelRecord) -> UInt64 {
        record.head.time &+ UInt64(bitPattern: clockOffset)
    }

    /// Writes the events of one record.
    mutating func translate(_ bytes: UnsafeRawBufferPointer, into capture: inout CaptureBytes) {
        guard let record = KernelRecord(bytes) else {
            unreadable += 1
            return
        }
        switch UInt32(record.head.kind) {
        case SENSOR_EXEC.rawValue: execute(record, into: &capture)
        case SENSOR_FORK.rawValue: fork(record, into: &capture)
        case SENSOR_EXIT.rawValue: exit(record, into: &capture)
        case SENSOR_SYSCALL.rawValue: call(record, into: &capture)
        // Requests of io_uring and denied connections have no event in captures; they are told otherwise.
        case SENSOR_IO_URING.rawValue, SENSOR_DENIED.rawValue: break
        default: unreadable += 1
        }
    }

    // MARK: Processes

    private func execute(_ record: KernelRecord, into capture: inout CaptureBytes) {
        guard let process = record.process else { return }
        let path = record.path(1)
        event(293, record, parameters: 31, into: &capture) { event in
            event.put(Int64(0))
            describe(record, process, arguments: record.piece(0), directory: record.path(3), in: &event)
            event.putNothing()
            event.put(process.tty)
            event.put(Int64(process.vgroup))
            event.put(process.login_uid)
            event.put(process.exe_flags)
            event.put(process.cap_inheritable)
            event.put(process.cap_permitted)
            event.put(process.cap_effective)
            event.put(process.exe_inode)
            event.put(process.exe_ctime)
            event.put(process.exe_mtime)
            event.put(record.head.uid)
            path.withUnsafeBytes { event.put(text: $0) }
            event.put(Int64(process.group))
            event.put(record.head.gid)
            path.withUnsafeBytes { event.put(text: $0) }
        }
    }

    /// What clone and execve have in common: the program, its arguments, numbers, name and cgroups.
    private func describe(
        _ record: KernelRecord,
        _ process: sensor_process,
        arguments: UnsafeRawBufferPointer,
        directory: [UInt8],
        parent: UInt32? = nil,
        in event: inout EventParameters
    ) {
        let first = arguments.firstIndex(of: 0) ?? arguments.endIndex
        event.put(text: UnsafeRawBufferPointer(rebasing: arguments[..<first]))
        event.put(bytes: UnsafeRawBufferPointer(rebasing: arguments[min(first + 1, arguments.endIndex)...]))
        event.put(Int64(process.new_tid))
        event.put(Int64(process.new_pid))
        event.put(Int64(parent ?? record.head.parent))
        directory.withUnsafeBytes { event.put(text: $0) }
        event.put(Int64(0))
        event.put(UInt64(0))
        event.put(UInt64(0))
        event.put(UInt32(0))
        event.put(UInt32(0))
        event.put(UInt32(0))
        withUnsafeBytes(of: process.command) { name in
            event.put(text: UnsafeRawBufferPointer(rebasing: name[..<(name.firstIndex(of: 0) ?? name.endIndex)]))
        }
        let group = record.path(2)
        guard !group.isEmpty else { return event.putNothing() }
        event.put {
            $0.put(bytes: "memory=".utf8)
            $0.put(bytes: group)
            $0.put(UInt8(0))
        }
    }

    /// A new task is told as the return of clone in the child, which knows most.
    private func fork(_ record: KernelRecord, into capture: inout CaptureBytes) {
        guard let process = record.process else { return }
        let isThread = record.head.flags & UInt32(SENSOR_THREAD) != 0
        let flags =
            CloneFlags.captured(process.clone_flags)
            | (process.vtid != process.new_tid ? CloneFlags.childInNamespace : 0)
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        capture.event(
            223,
            time: time(record),
            thread: UInt64(process.new_tid),
            cpu: record.head.cpu,
            parameters: 21
        ) { event in
            event.put(Int64(0))
            let parent = isThread ? record.head.parent : record.head.pid
            describe(record, process, arguments: empty, directory: record.path(3), parent: parent, in: &event)
            event.put(flags)
            event.put(record.head.uid)
            event.put(record.head.gid)
            event.put(Int64(process.vtid))
            event.put(Int64(process.vpid))
            event.put(process.pidns_started)
        }
    }

    private func exit(_ record: KernelRecord, into capture: inout CaptureBytes) {
        let status = record.head.result
        event(186, record, parameters: 5, into: &capture) { event in
            event.put(status)
            event.put((status >> 8) & 0xFF)
            event.put(UInt8(truncatingIfNeeded: status & 0x7F))
            event.put(UInt8(truncatingIfNeeded: (status >> 7) & 1))
            event.put(Int64(0))
        }
    }

    // MARK: System calls

    private mutating func call(_ record: KernelRecord, into capture: inout CaptureBytes) {
        guard record.head.flags & UInt32(SENSOR_COMPAT) == 0 else {
            compatible += 1
            return
        }
        guard let entry = calls[record.head.syscall] else {
            unreadable += 1
            return
        }
        if entry.recipe.isEmpty { return failedExecute(record, type: entry.event, into: &capture) }
        event(entry.event, record, parameters: entry.recipe.count, into: &capture) { event in
            for recipe in entry.recipe {
                Self.put(recipe, of: record, in: &event)
            }
        }
    }

    /// A program that could not be run: what was asked for, and why not.
    private func failedExecute(_ record: KernelRecord, type: UInt16, into capture: inout CaptureBytes) {
        let arguments = record.piece(4)
        let first = arguments.firstIndex(of: 0) ?? arguments.endIndex
        let isAt = type == 331
        event(type, record, parameters: isAt ? 32 : 31, into: &capture) { event in
            event.put(record.head.result)
            event.put(text: UnsafeRawBufferPointer(rebasing: arguments[..<first]))
            event.put(bytes: UnsafeRawBufferPointer(rebasing: arguments[min(first + 1, arguments.endIndex)...]))
            event.put(Int64(record.head.tid))
            event.put(Int64(record.head.pid))
            event.put(Int64(record.head.parent))
            for _ in 6..<30 { event.putNothing() }
            if isAt { event.put(Int64(Int32(truncatingIfNeeded: record.argument(0)))) }
            event.put(text: record.piece(1))
        }
    }

    private static func put(_ recipe: ParameterRecipe, of record: KernelRecord, in event: inout EventParameters) {
        switch recipe {
        case .result: event.put(record.head.result)
        case .argument(let index, let bytes): put(record.argument(index), bytes: bytes, in: &event)
        case .zero(let bytes): put(0, bytes: bytes, in: &event)
        case .folder(let index): event.put(Int64(Int32(truncatingIfNeeded: record.argument(index))))
        case .text(let index): event.put(text: record.piece(index))
        case .openFlags(let index): event.put(OpenFlags.captured(record.argument(index)))
        case .cloneFlags(let index): event.put(CloneFlags.captured(record.argument(index)))
        case .openHow(let member):
            let how = record.piece(1)
            let value = how.count >= 8 * member + 8 ? how.loadUnaligned(fromByteOffset: 8 * member, as: UInt64.self) : 0
            event.put(member == 0 ? OpenFlags.captured(value) : UInt32(truncatingIfNeeded: value))
        case .pair(let index):
            let pair = record.piece(0)
            let value = pair.count >= 8 ? pair.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self) : -1
            event.put(Int64(value))
        case .traceRequest(let index): event.put(TraceRequest.captured(record.argument(index)))
        case .capability(let index):
            let sets = record.piece(0)
            guard sets.count >= 24 else { return event.putNothing() }
            event.put(sets.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        case .socketEnds: SocketParameters(record).putEnds(in: &event)
        case .address: SocketParameters(record).putAddress(in: &event)
        case .nothing: event.putNothing()
        }
    }

    private static func put(_ value: UInt64, bytes: Int, in event: inout EventParameters) {
        switch bytes {
        case 1: event.put(UInt8(truncatingIfNeeded: value))
        case 2: event.put(UInt16(truncatingIfNeeded: value))
        case 4: event.put(UInt32(truncatingIfNeeded: value))
        // Descriptors and process numbers are 32 bits wide where they come from, and may be negative.
        default: event.put(Int64(Int32(truncatingIfNeeded: value)))
        }
    }

    private func event(
        _ type: UInt16,
        _ record: KernelRecord,
        parameters: Int,
        into capture: inout CaptureBytes,
        _ body: (inout EventParameters) -> Void
    ) {
        let thread = UInt64(record.head.tid)
        capture.event(type, time: time(record), thread: thread, cpu: record.head.cpu, parameters: parameters, body)
    }
}
