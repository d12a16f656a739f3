// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// One thread of /proc, as an entry of a capture's process list (version 9).
struct ProcessEntry {
    private let thread: Int
    private let process: Int
    private let status: [Substring: Substring]
    /// The words of `stat` behind the name: state, parent, group, session, terminal ...
    private let stat: [Int64]
    private let folder: String
    private let command: [UInt8]
    private let clock: ClockFacts

    /// - Returns: nil for a thread that has ended meanwhile.
    init?(process: Int, thread: Int, root: String, clock: ClockFacts) {
        let folder = "\(root)/\(process)/task/\(thread)"
        guard let text = ProcessSnapshot.file("\(folder)/status"), let stat = ProcessSnapshot.file("\(folder)/stat"),
            let open = stat.firstIndex(of: UInt8(ascii: "(")), let close = stat.lastIndex(of: UInt8(ascii: ")")),
            open < close
        else { return nil }
        var status: [Substring: Substring] = [:]
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            status[line[..<colon]] = line[line.index(after: colon)...]
        }
        self.thread = thread
        self.process = process
        self.status = status
        self.folder = folder
        self.clock = clock
        command = Array(stat[(open + 1)..<close])
        self.stat = String(decoding: stat[(close + 1)...], as: UTF8.self).split(separator: " ").map { Int64($0) ?? 0 }
    }

    private func word(_ index: Int) -> Int64 { stat.indices.contains(index) ? stat[index] : 0 }

    private func numbers(_ name: Substring) -> [Int64] {
        (status[name] ?? "").split(whereSeparator: { $0 == " " || $0 == "\t" }).map { Int64($0) ?? 0 }
    }

    private func set(_ name: Substring) -> UInt64 {
        UInt64((status[name] ?? "").filter { !$0.isWhitespace }, radix: 16) ?? 0
    }

    func write(into capture: inout CaptureBytes) {
        let arguments = ProcessSnapshot.file("\(folder)/cmdline") ?? []
        let first = arguments.firstIndex(of: 0) ?? arguments.endIndex
        let path = ProcessSnapshot.link("\(folder)/exe") ?? []
        let users = numbers("Uid")
        let groups = numbers("Gid")
        let isThread = thread != process
        capture.sized { entry in
            entry.put(UInt64(thread))
            entry.put(UInt64(process))
            entry.put(UInt64(bitPattern: word(1)))
            entry.put(UInt64(bitPattern: word(3)))
            entry.put(UInt64(bitPattern: numbers("NSpgid").last ?? word(2)))
            entry.put(text: command)
            entry.put(text: arguments[..<first])
            entry.put(text: path, atMost: 1024)
            entry.put(text: arguments[min(first + 1, arguments.endIndex)...])
            entry.put(text: ProcessSnapshot.link("\(folder)/cwd") ?? [UInt8(ascii: "/")], atMost: 1024)
            entry.put(UInt64(0))
            // A thread shares its descriptors and its folder with the first of its process.
            entry.put(UInt32(isThread ? 1 << 0 | 1 << 1 | 1 << 13 : 0))
            entry.put(UInt32(truncatingIfNeeded: users.first ?? 0))
            entry.put(UInt32(truncatingIfNeeded: groups.first ?? 0))
            for name: Substring in ["VmSize", "VmRSS", "VmSwap"] {
                entry.put(UInt32(clamping: numbers(name).first ?? 0))
            }
            entry.put(UInt64(bitPattern: word(9)))
            entry.put(UInt64(bitPattern: word(7)))
            // The environment holds secrets, and no rule of the first rank asks for it.
            entry.put(text: [])
            entry.put(numbers("NSpid").last ?? Int64(thread))
            entry.put(numbers("NStgid").last ?? Int64(process))
            entry.put(text: cgroups)
            entry.put(text: [UInt8(ascii: "/")])
            writeTail(path, into: &entry)
        }
    }

    private func writeTail(_ path: [UInt8], into entry: inout CaptureBytes) {
        entry.put(startTime)
        entry.put(UInt32(truncatingIfNeeded: word(4)))
        let login = ProcessSnapshot.file("\(folder)/loginuid").flatMap { UInt32(String(decoding: $0, as: UTF8.self)) }
        entry.put(login ?? .max)
        entry.put(UInt8(0))
        entry.put(set("CapInh"))
        entry.put(set("CapPrm"))
        entry.put(set("CapEff"))
        entry.put(UInt8(0))
        var facts = Glibc.stat()
        let isKnown = fstatat(AT_FDCWD, "\(folder)/exe", &facts, 0) == 0
        entry.put(isKnown ? UInt64(facts.st_ino) : 0)
        entry.put(isKnown ? Self.nanoseconds(facts.st_ctim) : 0)
        entry.put(isKnown ? Self.nanoseconds(facts.st_mtim) : 0)
        entry.put(UInt8(path.starts(with: "/memfd:".utf8) ? 1 : 0))
        entry.put(UInt8(0))
        entry.put(word(2))
    }

    private var cgroups: [UInt8] {
        RunningProcess.groups(ProcessSnapshot.file("\(folder)/cgroup") ?? [])
    }

    /// When the thread began, in nanoseconds since 1970.
    private var startTime: UInt64 {
        clock.bootTime &+ UInt64(bitPattern: word(19)) &* (1_000_000_000 / clock.ticks)
    }

    private static func nanoseconds(_ time: timespec) -> UInt64 {
        UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec)
    }
}
