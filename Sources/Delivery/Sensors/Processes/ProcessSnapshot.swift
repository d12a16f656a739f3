// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Glibc

/// What runs when the sensor starts: processes, their threads, open files and sockets, from /proc, as the first blocks of a
/// capture.
///
/// A process may end while it is read; it is left out then.
struct ProcessSnapshot {
    private let root: String
    private let clock: ClockFacts
    private let sockets: SocketList

    /// - Parameter root: where the kernel's file system of processes is.
    init(root: String = "/proc", clock: ClockFacts = .now()) {
        self.root = root
        self.clock = clock
        sockets = SocketList(root: root)
    }

    /// Writes the section header, the machine, all threads and what they have open, and the machine's accounts.
    func write(into capture: inout CaptureBytes) {
        capture.block(0x0A0D_0D0A) {
            $0.put(UInt32(0x1A2B_3C4D))
            $0.put(UInt16(1))
            $0.put(UInt16(2))
            $0.put(UInt64.max)
        }
        machine(into: &capture)
        let processes = Self.numbers(in: root)
        capture.block(0x215) { block in
            for process in processes {
                for thread in Self.numbers(in: "\(root)/\(process)/task") {
                    guard let entry = ProcessEntry(process: process, thread: thread, root: root, clock: clock) else {
                        continue
                    }
                    entry.write(into: &block)
                }
            }
        }
        for process in processes {
            descriptors(of: process, into: &capture)
        }
        AccountList.write(into: &capture)
    }

    private func machine(into capture: inout CaptureBytes) {
        capture.block(0x201) { block in
            block.put(UInt32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN))))
            block.put(
                UInt64(clamping: sysconf(Int32(_SC_PHYS_PAGES))) &* UInt64(clamping: sysconf(Int32(_SC_PAGESIZE)))
            )
            block.put(UInt64(4_194_304))
            var name = [UInt8](repeating: 0, count: 128)
            let host = Array(ProcessInfo.processInfo.hostName.utf8.prefix(127))
            name.replaceSubrange(0..<host.count, with: host)
            block.put(bytes: name)
            block.put(clock.bootTime)
            block.put(zeros: 24)
        }
    }

    /// The descriptors of a process, at most 4,096 of them.
    private func descriptors(of process: Int, into capture: inout CaptureBytes) {
        let folder = "\(root)/\(process)/fd"
        let numbers = Self.numbers(in: folder).prefix(4096)
        guard !numbers.isEmpty else { return }
        capture.block(0x218) { block in
            block.put(UInt64(process))
            for number in numbers {
                guard let target = Self.link("\(folder)/\(number)") else { continue }
                DescriptorTarget(target, sockets: sockets).write(number, into: &block)
            }
        }
    }

    static func numbers(in folder: String) -> [Int] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var numbers: [Int] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { strtol($0, nil, 10) }
            }
            if name > 0 || entry.pointee.d_name.0 == 48 { numbers.append(name) }
        }
        return numbers.sorted()
    }

    static func link(_ path: String) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { readlink(path, $0, characters.count) } ?? 0
            }
        }
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// A file of the kernel's, as much of it as fits; nil where it cannot be read.
    static func file(_ path: String, atMost limit: Int = 65_536) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
            while used < limit {
                let count = read(descriptor, buffer.baseAddress.map { $0 + used }, limit - used)
                guard count > 0 else { break }
                used += count
            }
        }
    }
}

/// How the kernel's clock and the calendar's stand to each other.
struct ClockFacts {
    /// When the machine started, in nanoseconds since 1970.
    var bootTime: UInt64
    /// The kernel's ticks in a second, in which starts of processes are counted.
    var ticks: UInt64

    static func now() -> ClockFacts {
        ClockFacts(bootTime: UInt64(clamping: offset()), ticks: UInt64(clamping: max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }

    /// What is added to nanoseconds since the start of the machine for nanoseconds since 1970.
    static func offset() -> Int64 {
        var calendar = timespec()
        var machine = timespec()
        clock_gettime(CLOCK_REALTIME, &calendar)
        clock_gettime(CLOCK_BOOTTIME, &machine)
        return Int64(calendar.tv_sec - machine.tv_sec) * 1_000_000_000 + Int64(calendar.tv_nsec - machine.tv_nsec)
    }
}
