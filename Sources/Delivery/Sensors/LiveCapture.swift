// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What happens on this machine, as a capture that does not end: first what runs already, then each event.
///
/// ```swift
/// var live = LiveCapture(sensor: try KernelSensor())
/// while let bytes = try live.next(wait: 5) { replay.feed(bytes) ... }
/// ```
package struct LiveCapture: ~Copyable {
    private let sensor: KernelSensor
    private var translator: RecordTranslator
    private var capture = CaptureBytes()
    private var order: [(time: UInt64, place: Int)] = []
    private var hasBegun = false
    private var readings = 0
    /// Records so far.
    package private(set) var records: UInt64 = 0

    package init(sensor: KernelSensor, calls: SystemCallTable = SystemCallTable()) {
        self.sensor = sensor
        translator = RecordTranslator(calls: calls, clockOffset: ClockFacts.offset())
    }

    /// System calls of 32-bit programs so far, which are seen but not read.
    package var compatibleCalls: Int { translator.compatible }
    /// Records that could not be read so far.
    package var unreadableRecords: Int { translator.unreadable }

    /// The next bytes of the capture; empty where nothing happened meanwhile.
    ///
    /// - Parameter milliseconds: how long to wait at most.
    package mutating func next(wait milliseconds: Int) throws(SensorError) -> [UInt8] {
        capture.removeAll()
        if !hasBegun {
            // The programs run already: what happens meanwhile waits in the rings, so nothing falls between.
            hasBegun = true
            ProcessSnapshot().write(into: &capture)
            return capture.bytes
        }
        let bytes = try sensor.read(wait: milliseconds)
        // The calendar's clock may be set while the machine runs.
        readings += 1
        if readings % 256 == 0 { translator.clockOffset = ClockFacts.offset() }
        find(bytes)
        for record in order {
            translator.translate(UnsafeRawBufferPointer(rebasing: bytes[record.place...]), into: &capture)
        }
        records &+= UInt64(order.count)
        return capture.bytes
    }

    /// Finds the records, and sorts them by time: the two rings were read one after the other.
    private mutating func find(_ bytes: UnsafeRawBufferPointer) {
        order.removeAll(keepingCapacity: true)
        var place = 0
        var isSorted = true
        while place + 16 <= bytes.count {
            let time = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let length = Int(bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt32.self))
            guard length >= 16 else { break }
            if let last = order.last, last.time > time { isSorted = false }
            order.append((time, place))
            place += (length + 7) & ~7
        }
        if !isSorted { order.sort { ($0.time, $0.place) < ($1.time, $1.place) } }
    }
}
