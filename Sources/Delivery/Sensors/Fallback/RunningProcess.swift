// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// What /proc says of a process that has just run a program.
struct RunningProcess {
    private let process: Int
    private let parent: Int
    private let arguments: [UInt8]
    private let path: [UInt8]
    private let directory: [UInt8]
    private let command: [UInt8]
    private let cgroups: [UInt8]
    private let user: UInt32
    private let group: UInt32

    /// - Returns: nil for a process that is gone.
    init?(_ process: Int, root: String = "/proc") {
        let folder = "\(root)/\(process)"
        guard let path = ProcessSnapshot.link("\(folder)/exe"), let status = ProcessSnapshot.file("\(folder)/status")
        else {
            return nil
        }
        self.process = process
        self.path = path
        arguments = ProcessSnapshot.file("\(folder)/cmdline") ?? []
        directory = ProcessSnapshot.link("\(folder)/cwd") ?? []
        let name = ProcessSnapshot.file("\(folder)/comm") ?? []
        command = Array(name.prefix { $0 != UInt8(ascii: "\n") })
        var values: [Substring: UInt32] = [:]
        for line in String(decoding: status, as: UTF8.self).split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
            if words.count >= 2, let value = UInt32(words[1]) { values[words[0]] = value }
        }
        parent = Int(values["PPid:"] ?? 0)
        user = values["Uid:"] ?? 0
        group = values["Gid:"] ?? 0
        cgroups = Self.groups(ProcessSnapshot.file("\(folder)/cgroup") ?? [])
    }

    /// The lines of /proc/PID/cgroup as `subsystem=path`, each ended by a zero byte.
    static func groups(_ text: [UInt8]) -> [UInt8] {
        var joined: [UInt8] = []
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            joined.append(contentsOf: parts[1])
            joined.append(UInt8(ascii: "="))
            joined.append(contentsOf: parts[2])
            joined.append(0)
        }
        return joined
    }

    /// Writes the parameters of execve; what /proc does not tell is left out.
    func putExecution(in event: inout EventParameters) {
        let first = arguments.firstIndex(of: 0) ?? arguments.endIndex
        event.put(Int64(0))
        event.put { $0.put(bytes: arguments[..<first] + [0]) }
        event.put { $0.put(bytes: arguments[min(first + 1, arguments.endIndex)...]) }
        event.put(Int64(process))
        event.put(Int64(process))
        event.put(Int64(parent))
        event.put { $0.put(bytes: directory + [0]) }
        for _ in 7..<13 { event.putNothing() }
        event.put { $0.put(bytes: command + [0]) }
        event.put { $0.put(bytes: cgroups) }
        for _ in 15..<26 { event.putNothing() }
        event.put(user)
        event.put { $0.put(bytes: path + [0]) }
        event.putNothing()
        event.put(group)
        event.put { $0.put(bytes: path + [0]) }
    }
}
