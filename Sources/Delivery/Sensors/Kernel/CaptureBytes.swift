// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Writes blocks of a capture (.scap), as the replay reads them: what happens now goes the same way as what was recorded.
struct CaptureBytes {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    // MARK: Values

    mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ part: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: part)
    }

    mutating func put(bytes part: some Collection<UInt8>) {
        bytes.append(contentsOf: part)
    }

    mutating func put(zeros count: Int) {
        bytes.append(contentsOf: repeatElement(0, count: count))
    }

    /// A text with its length in 16 bits before it; what is longer is cut.
    mutating func put(text: some Collection<UInt8>, atMost limit: Int = 4096) {
        put(UInt16(min(text.count, limit)))
        bytes.append(contentsOf: text.prefix(limit))
    }

    mutating func put(text: String, atMost limit: Int = 4096) {
        put(text: Array(text.utf8), atMost: limit)
    }

    // MARK: Blocks

    /// Writes a block: its type, its length before and behind, and padding to 4 bytes.
    mutating func block(_ type: UInt32, _ body: (inout CaptureBytes) -> Void) {
        let start = bytes.count
        put(type)
        put(UInt32(0))
        body(&self)
        put(zeros: (4 - (bytes.count - start) % 4) % 4)
        let length = UInt32(bytes.count - start + 4)
        put(length)
        set(length, at: start + 4)
    }

    /// Puts the length of an entry, itself included, before it.
    mutating func sized(_ body: (inout CaptureBytes) -> Void) {
        let start = bytes.count
        put(UInt32(0))
        body(&self)
        set(UInt32(bytes.count - start), at: start)
    }

    /// Writes an event of the second layout with its parameters.
    ///
    /// - Parameters:
    ///   - time: in nanoseconds since 1970.
    ///   - parameters: how many the event has; each is written by ``parameter(_:)``, in their order.
    mutating func event(
        _ type: UInt16,
        time: UInt64,
        thread: UInt64,
        cpu: UInt16,
        parameters: Int,
        _ body: (inout EventParameters) -> Void
    ) {
        block(0x216) { capture in
            capture.put(cpu)
            let header = capture.bytes.count
            capture.put(time)
            capture.put(thread)
            capture.put(UInt32(0))
            capture.put(type)
            capture.put(UInt32(parameters))
            var writer = EventParameters(lengthsAt: capture.bytes.count, count: parameters)
            capture.put(zeros: 2 * parameters)
            swap(&writer.capture, &capture)
            body(&writer)
            swap(&writer.capture, &capture)
            capture.set(UInt32(capture.bytes.count - header), at: header + 16)
        }
    }

    fileprivate mutating func set<Number: FixedWidthInteger>(_ number: Number, at place: Int) {
        guard place >= 0, place + MemoryLayout<Number>.size <= bytes.count else { return }
        for index in 0..<MemoryLayout<Number>.size {
            bytes[place + index] = UInt8(truncatingIfNeeded: number >> (8 * Number(index)))
        }
    }
}

/// Writes the parameters of one event, in their order.
struct EventParameters {
    fileprivate var capture = CaptureBytes()
    private let lengthsAt: Int
    private let count: Int
    private var next = 0

    fileprivate init(lengthsAt: Int, count: Int) {
        self.lengthsAt = lengthsAt
        self.count = count
    }

    /// Writes a parameter; what is longer than an event may hold is cut.
    mutating func put(_ body: (inout CaptureBytes) -> Void) {
        guard next < count else { return }
        let start = capture.bytes.count
        body(&capture)
        capture.set(UInt16(clamping: capture.bytes.count - start), at: lengthsAt + 2 * next)
        next += 1
    }

    /// A parameter that the event does not have.
    mutating func putNothing() { next += 1 }

    mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        put { $0.put(number) }
    }

    /// A text, which ends with a zero byte.
    mutating func put(text: UnsafeRawBufferPointer) {
        put {
            $0.put(text)
            $0.put(UInt8(0))
        }
    }

    /// Bytes as they are.
    mutating func put(bytes: UnsafeRawBufferPointer) {
        put { $0.put(bytes) }
    }
}
