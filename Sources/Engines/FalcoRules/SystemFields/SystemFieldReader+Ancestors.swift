// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

/// How far ancestors are followed; a longer chain is a loop that a hostile capture made.
enum AncestorWalk {
    static let longest = 256
}

extension SystemFieldReader {
    mutating func ancestorValue(
        _ code: SystemFieldCode.AncestorField,
        of thread: ThreadPointer,
        event: SystemEvent,
        _ field: FieldReference
    ) -> FieldValue {
        let process = main(of: thread)
        switch code {
        case .executable, .executablePath, .name, .arguments, .commandLine, .environment, .id:
            let distance = field.argument == .index ? Int(field.index) : 1
            guard let ancestor = ancestor(distance, of: process) else {
                return .absent
            }
            return describe(ancestor, code, field)
        case .parentID: return .signed(process.pointee.parentID)
        case .sessionName: return session(of: process).map { text($0.pointee.command) } ?? .absent
        case .sessionExecutable: return session(of: process).map { text($0.pointee.executable) } ?? .absent
        case .sessionExecutablePath: return session(of: process).map { text($0.pointee.executablePath) } ?? .absent
        case .virtualGroupName: return virtualGroup(of: process).map { text($0.pointee.command) } ?? .absent
        case .virtualGroupExecutable: return virtualGroup(of: process).map { text($0.pointee.executable) } ?? .absent
        case .virtualGroupExecutablePath:
            return virtualGroup(of: process).map { text($0.pointee.executablePath) } ?? .absent
        case .groupName: return group(of: process).map { text($0.pointee.command) } ?? .absent
        case .groupExecutable: return group(of: process).map { text($0.pointee.executable) } ?? .absent
        case .groupExecutablePath: return group(of: process).map { text($0.pointee.executablePath) } ?? .absent
        default: return parentValue(code, of: process, at: event.time)
        }
    }

    private mutating func parentValue(
        _ code: SystemFieldCode.AncestorField,
        of process: ThreadPointer,
        at now: UInt64
    ) -> FieldValue {
        guard let parent = state.parent(of: process.pointee)?.pointee else {
            return .absent
        }
        switch code {
        case .parentExecutable: return text(parent.executable)
        case .parentExecutablePath: return text(parent.executablePath)
        case .parentName: return text(parent.command)
        case .parentCommandLine: return commandLine(parent.command, parent.arguments)
        case .parentVirtualID: return .signed(parent.virtualProcessID)
        case .parentStart: return .unsigned(parent.startTime)
        default:
            return parent.startTime != 0 && now >= parent.startTime ? .unsigned(now - parent.startTime) : .absent
        }
    }

    /// One value of an ancestor.
    private mutating func describe(
        _ process: ThreadPointer,
        _ code: SystemFieldCode.AncestorField,
        _ field: FieldReference
    ) -> FieldValue {
        let entry = process.pointee
        switch code {
        case .executable: return text(entry.executable)
        case .executablePath: return text(entry.executablePath)
        case .name: return text(entry.command)
        case .arguments: return joined(entry.arguments)
        case .commandLine: return commandLine(entry.command, entry.arguments)
        case .environment:
            return field.argument == .key ? variable(field.key, in: entry.environment) : joined(entry.environment)
        default: return .signed(entry.processID)
        }
    }

    /// The ancestor at a distance: 0 is the process itself.
    private func ancestor(_ distance: Int, of process: ThreadPointer) -> ThreadPointer? {
        guard distance >= 0, distance <= AncestorWalk.longest else {
            return nil
        }
        var current = process
        for _ in 0..<distance {
            guard let parent = state.parent(of: current.pointee) else {
                return nil
            }
            current = main(of: parent)
        }
        return current
    }

    /// The values of all ancestors, from the parent up.
    mutating func ancestorValues(
        _ code: SystemFieldCode.AncestorField,
        of thread: ThreadPointer,
        _ field: FieldReference,
        into values: inout FieldValues
    ) -> Bool {
        switch code {
        case .executable, .executablePath, .name, .arguments, .commandLine, .environment, .id:
            break
        default:
            let value = value(of: field)
            if !value.isAbsent {
                values.append(value)
            }
            return !value.isAbsent
        }
        var current = main(of: thread)
        var slow = current
        var steps = 0
        while steps < AncestorWalk.longest, let parent = state.parent(of: current.pointee) {
            current = main(of: parent)
            steps += 1
            // The second pointer goes half as fast: they meet in a loop.
            if steps % 2 == 0, let next = state.parent(of: slow.pointee) {
                slow = main(of: next)
            }
            if current == slow {
                break
            }
            let value = describe(current, code, field)
            if !value.isAbsent {
                values.append(value)
            }
        }
        return values.count > 0
    }

    /// The leader of a process's session: the process of that number, or, where numbers are those of a namespace,
    /// the furthest ancestor in the same session.
    private func session(of process: ThreadPointer) -> ThreadPointer? {
        let id = process.pointee.sessionID
        if process.pointee.processID == process.pointee.virtualProcessID, let leader = state.thread(id) {
            return leader
        }
        return furthest(from: process) { $0.sessionID == id }
    }

    private func virtualGroup(of process: ThreadPointer) -> ThreadPointer? {
        let id = process.pointee.virtualGroupID
        if process.pointee.processID == process.pointee.virtualProcessID, let leader = state.thread(id) {
            return leader
        }
        return furthest(from: process) { $0.virtualGroupID == id }
    }

    private func group(of process: ThreadPointer) -> ThreadPointer? {
        let id = process.pointee.groupID
        return state.thread(id) ?? furthest(from: process) { $0.groupID == id }
    }

    /// The furthest ancestor, itself included, up to which all satisfy a condition.
    private func furthest(from process: ThreadPointer, where belongs: (ThreadEntry) -> Bool) -> ThreadPointer {
        var leader = process
        for _ in 0..<AncestorWalk.longest {
            guard let parent = state.parent(of: leader.pointee).map({ main(of: $0) }), belongs(parent.pointee) else {
                return leader
            }
            leader = parent
        }
        return leader
    }
}
