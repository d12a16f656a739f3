// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import SystemCapture

/// Goes through the events of a capture on disk, one after another.
///
/// ```swift
/// var walk = try CaptureWalk("incident.scap")
/// while try walk.next() { use(walk.replay.event) }
/// ```
package struct CaptureWalk: ~Copyable {
    /// The state of the machine, and the event that ``next()`` came to.
    package private(set) var replay: CaptureReplay
    private let path: String
    private var file: CaptureFile
    private var buffer: UnsafeMutableRawBufferPointer
    private var filled = 0

    private static let piece = 4 << 20
    private static let greatestBlock = (64 << 20) + (1 << 16)

    /// - Parameter path: the file, or `-` for standard input.
    package init(_ path: String, limits: StateLimits = StateLimits()) throws(ThreatError) {
        self.path = path
        file = try CaptureFile(path)
        buffer = .allocate(byteCount: Self.piece, alignment: 16)
        replay = CaptureReplay(limits: limits)
        replay.feed(UnsafeRawBufferPointer(rebasing: buffer[..<0]), isLast: false)
    }

    deinit { buffer.deallocate() }

    /// Goes on to the next event that rules see.
    ///
    /// - Returns: false at the end of the capture.
    /// - Throws: ``ThreatError/Code/damaged`` with the place in the unpacked capture.
    @inline(__always)
    package mutating func next() throws(ThreatError) -> Bool {
        while true {
            let step: CaptureReplay.Step
            do throws(CaptureError) {
                step = try replay.next()
            } catch {
                throw ThreatError(.damaged, "\(path): \(error)")
            }
            switch step {
            case .event: return true
            case .end: return false
            case .needsBytes: try readOn()
            }
        }
    }

    /// Moves what is left to the front, and reads behind it.
    private mutating func readOn() throws(ThreatError) {
        let rest = filled - replay.consumed
        if rest > 0, replay.consumed > 0 {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[replay.consumed..<filled]))
        }
        if rest == buffer.count { try grow() }
        filled = rest
        var isLast = false
        // A piece that comes from a pipe may be short; the reader is asked again only when there is much to read.
        while filled < buffer.count {
            let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            isLast = count == 0
            if isLast { break }
            filled += count
        }
        replay.feed(UnsafeRawBufferPointer(rebasing: buffer[..<filled]), isLast: isLast)
    }

    /// One block is greater than the buffer.
    private mutating func grow() throws(ThreatError) {
        guard buffer.count < Self.greatestBlock else {
            throw ThreatError(.tooLarge, "\(path): a block of more than \(Self.greatestBlock >> 20) MB")
        }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(buffer.count * 4, Self.greatestBlock),
            alignment: 16
        )
        larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
        buffer.deallocate()
        buffer = larger
    }
}
