// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CSensor
internal import Glibc

/// What happens on a machine whose kernel takes no programs: which processes begin, run another program and end, as the kernel
/// reports them, with what /proc says of them.
///
/// It sees no files and no connections, and of a process that ends at once only that it was there.
package final class ConnectorCapture {
    private let descriptor: Int32
    private var capture = CaptureBytes()
    private var events = [connector_event](repeating: connector_event(), count: 1024)
    private var hasBegun = false
    private let clock = ClockFacts.now()
    /// How often the kernel had more to report than was read in time.
    package private(set) var overflows = 0
    /// Processes that had ended before /proc was read.
    package private(set) var missed = 0

    /// - Throws: ``SensorError/Code/refused`` where the kernel does not report to this program.
    package init() throws(SensorError) {
        descriptor = connector_open()
        guard descriptor >= 0 else {
            throw SensorError(.refused, "the kernel's reports of processes: \(String(cString: strerror(-descriptor)))")
        }
    }

    deinit { close(descriptor) }

    /// The next bytes of the capture; empty where nothing happened meanwhile.
    package func next(wait milliseconds: Int) throws(SensorError) -> [UInt8] {
        capture.removeAll()
        if !hasBegun {
            hasBegun = true
            ProcessSnapshot(clock: clock).write(into: &capture)
            return capture.bytes
        }
        let count = connector_read(descriptor, &events, events.count, Int32(clamping: milliseconds))
        if count == -Int(ENOBUFS) {
            overflows += 1
            return []
        }
        guard count >= 0 else {
            throw SensorError(
                .unreadable,
                "the kernel's reports cannot be read: \(String(cString: strerror(Int32(-count))))"
            )
        }
        for event in events.prefix(count) { write(event) }
        return capture.bytes
    }

    private func write(_ event: connector_event) {
        switch connector_kind(rawValue: event.kind) {
        case CONNECTOR_FORK: writeFork(event)
        case CONNECTOR_EXEC: writeExec(event)
        case CONNECTOR_EXIT:
            self.event(186, event, parameters: 5) {
                $0.put(Int64(event.code))
                $0.put(Int64(event.code >> 8 & 0xFF))
                $0.put(UInt8(event.code & 0x7F))
                $0.put(UInt8(event.code >> 7 & 1))
                $0.put(Int64(0))
            }
        case CONNECTOR_USER:
            self.event(199, event, parameters: 2) {
                $0.put(Int64(0))
                $0.put(event.code)
            }
        default: break
        }
    }

    private func writeFork(_ event: connector_event) {
        let isThread = event.pid != event.tid
        self.event(223, event, parameters: 21) {
            $0.put(Int64(0))
            $0.putNothing()
            $0.putNothing()
            $0.put(Int64(event.tid))
            $0.put(Int64(event.pid))
            $0.put(Int64(event.parent))
            for _ in 6..<15 { $0.putNothing() }
            $0.put(UInt32(isThread ? 1 << 0 | 1 << 1 | 1 << 13 : 0))
        }
    }

    private func writeExec(_ event: connector_event) {
        guard let process = RunningProcess(Int(event.pid)) else {
            missed += 1
            return
        }
        self.event(293, event, parameters: 31) { process.putExecution(in: &$0) }
    }

    private func event(
        _ type: UInt16,
        _ event: connector_event,
        parameters: Int,
        _ body: (inout EventParameters) -> Void
    ) {
        let time = clock.bootTime &+ event.time
        capture.event(type, time: time, thread: UInt64(event.tid), cpu: 0, parameters: parameters, body)
    }
}
