// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CSensor
internal import Foundation

/// The programs in the kernel that watch system calls (eBPF). They run as long as this exists.
///
/// One thread uses it. It takes the right to load such programs: root, or CAP_BPF with CAP_PERFMON.
package final class KernelSensor {
    /// One of the programs, and whether it runs.
    package struct Program: Sendable, Hashable {
        package let name: String
        /// Nil while it runs, or was not asked for.
        package let refusal: String?
        package let isRunning: Bool
    }

    /// Records that found no room in their ring.
    package struct Loss: Sendable, Hashable {
        /// The system call, or what else it was: `execve`, `exit` ...
        package let name: String
        package let count: UInt64
    }

    private let handle: OpaquePointer
    private let buffer: UnsafeMutableRawBufferPointer
    private let calls: SystemCallTable

    /// Loads and starts the programs.
    ///
    /// - Parameters:
    ///   - calls: what is watched.
    ///   - cgroup: the folder of the second version's hierarchy, where connections can be denied; nil for none.
    package init(calls: SystemCallTable = SystemCallTable(), cgroup: String? = nil) throws(SensorError) {
        guard sensor_has_type_information() != 0 else {
            throw SensorError(
                .noTypeInformation,
                "the kernel has no /sys/kernel/btf/vmlinux; a kernel with CONFIG_DEBUG_INFO_BTF (5.8 and later) is needed"
            )
        }
        let object = Self.object()
        let shapes = calls.shapes
        var text = [CChar](repeating: 0, count: 1024)
        let handle = text.withUnsafeMutableBufferPointer { error in
            sensor_start(object, object.count, shapes, shapes.count, cgroup, error.baseAddress, error.count)
        }
        guard let handle else {
            throw SensorError(.refused, Self.text(text) + "; run as root, or see redoubt threat doctor")
        }
        self.handle = handle
        self.calls = calls
        buffer = .allocate(byteCount: 4 << 20, alignment: 8)
    }

    deinit {
        sensor_stop(handle)
        buffer.deallocate()
    }

    private static func object() -> [UInt8] {
        let text = Data(bytes: kernelObject.utf8Start, count: kernelObject.utf8CodeUnitCount)
        return Data(base64Encoded: text).map { Array($0) } ?? []
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Waits for records, and reads those that are there.
    ///
    /// - Parameter milliseconds: how long at most.
    /// - Returns: records one behind the other, each at a multiple of 8 bytes; valid until the next call.
    func read(wait milliseconds: Int) throws(SensorError) -> UnsafeRawBufferPointer {
        let bytes = buffer.assumingMemoryBound(to: UInt8.self).baseAddress
        let count = sensor_read(handle, bytes, buffer.count, Int32(clamping: milliseconds))
        guard count >= 0 else {
            throw SensorError(
                .unreadable,
                "the kernel's records cannot be read: \(String(cString: strerror(Int32(-count))))"
            )
        }
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    /// The programs, and which of them run.
    package var programs: [Program] {
        var programs = [sensor_program](repeating: sensor_program(), count: Int(SENSOR_PROGRAMS))
        sensor_programs(handle, &programs)
        return programs.compactMap { program in
            guard let name = program.name else { return nil }
            let refusal = program.attached < 0 ? String(cString: strerror(-program.attached)) : nil
            return Program(name: String(cString: name), refusal: refusal, isRunning: program.attached == 1)
        }
    }

    /// What was lost since the start; empty where nothing was.
    package func losses() throws(SensorError) -> [Loss] {
        var counters = [UInt64](repeating: 0, count: Int(SENSOR_COUNTERS))
        guard sensor_lost(handle, &counters) == 0 else {
            throw SensorError(.unreadable, "the counters of lost records cannot be read")
        }
        return counters.indices.filter { counters[$0] > 0 }.map { Loss(name: name(of: $0), count: counters[$0]) }
    }

    private func name(of counter: Int) -> String {
        let kinds: [Int: String] = [
            Int(SENSOR_EXEC.rawValue): "execve", Int(SENSOR_FORK.rawValue): "clone", Int(SENSOR_EXIT.rawValue): "exit",
            Int(SENSOR_IO_URING.rawValue): "io_uring", Int(SENSOR_DENIED.rawValue): "denied",
        ]
        let calls = Int(SENSOR_MAX_SYSCALL)
        guard counter < calls else { return kinds[counter - calls] ?? "other" }
        return self.calls[Int32(counter)]?.name ?? "other"
    }

    /// Denies connections and datagrams to a block of addresses; IPv4 ones as `::ffff:a.b.c.d`.
    ///
    /// - Parameter bits: the length of the block, of 128.
    package func deny(_ address: [UInt8], bits: Int) throws(SensorError) {
        try change(address, bits, sensor_deny, "denied")
    }

    /// Allows what was denied.
    package func allow(_ address: [UInt8], bits: Int) throws(SensorError) {
        try change(address, bits, sensor_allow, "allowed again")
    }

    private func change(
        _ address: [UInt8],
        _ bits: Int,
        _ body: (OpaquePointer, UnsafePointer<UInt8>, UInt32) -> Int32,
        _ what: String
    ) throws(SensorError) {
        guard address.count == 16, (0...128).contains(bits), body(handle, address, UInt32(bits)) == 0 else {
            throw SensorError(.refused, "the addresses could not be \(what)")
        }
    }
}
