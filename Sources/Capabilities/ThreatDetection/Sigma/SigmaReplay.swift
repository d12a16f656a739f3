// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
package import SigmaRules

/// Runs Sigma rules over a file of events, a JSON object in each line.
package final class SigmaReplay {
    package let set: SigmaRuleSet
    private let stream: SigmaStream
    private let source: LogSource
    /// Lines that were no sound JSON objects; the first of them are told.
    package private(set) var warnings: [String] = []

    /// A line that is longer is passed over, and told.
    package static let longestLine = 16 << 20
    private static let mostWarnings = 20
    private static let piece = 4 << 20

    /// - Parameter source: what all events are of, such as `product=linux,category=process_creation`.
    package init(_ set: SigmaRuleSet, source: LogSource) {
        self.set = set
        self.source = source
        stream = SigmaStream(set)
    }

    /// Events so far, those included that were no sound JSON objects.
    package var events: Int { stream.eventCount }
    package var brokenEvents: Int { stream.brokenCount }

    /// Takes in all lines of a file.
    ///
    /// - Parameter path: the file, or `-` for standard input.
    package func run(_ path: String, _ body: (SigmaMatch) -> Void) throws(ThreatError) {
        let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ThreatError(.unreadable, "\(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.piece, alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        // Whether the rest of a line that is too long is being passed over.
        var isSkipping = false
        while true {
            let count = read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            guard count >= 0 else { throw ThreatError(.unreadable, "\(path): \(String(cString: strerror(errno)))") }
            filled += count
            let used = lines(
                UnsafeRawBufferPointer(rebasing: buffer[..<filled]),
                isLast: count == 0,
                &isSkipping,
                path,
                body
            )
            if count == 0 { return }
            if used > 0 {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[used..<filled]))
                filled -= used
            }
            guard filled == buffer.count else { continue }
            if buffer.count >= Self.longestLine {
                warn(
                    "\(path): a line of more than \(Self.longestLine >> 20) MB was passed over, behind event \(events)"
                )
                isSkipping = true
                filled = 0
            } else {
                let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
                larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
                buffer.deallocate()
                buffer = larger
            }
        }
    }

    /// - Returns: how many bytes were used.
    private func lines(
        _ bytes: UnsafeRawBufferPointer,
        isLast: Bool,
        _ isSkipping: inout Bool,
        _ path: String,
        _ body: (SigmaMatch) -> Void
    ) -> Int {
        var place = 0
        while let start = bytes.baseAddress, place < bytes.count {
            let found = memchr(start + place, 0x0A, bytes.count - place)
            guard let end = found.map({ start.distance(to: UnsafeRawPointer($0)) }) ?? (isLast ? bytes.count : nil)
            else { break }
            if isSkipping {
                isSkipping = false
            } else if end > place {
                take(UnsafeRawBufferPointer(rebasing: bytes[place..<end]), path, body)
            }
            place = end + 1
        }
        return min(place, bytes.count)
    }

    private func take(_ line: UnsafeRawBufferPointer, _ path: String, _ body: (SigmaMatch) -> Void) {
        do throws(SigmaEventError) {
            let event = line.assumingMemoryBound(to: UInt8.self)
            for match in try stream.take(event, of: source) { body(match) }
        } catch {
            warn("\(path): event \(events - 1): \(error)")
        }
    }

    private func warn(_ text: String) {
        if warnings.count < Self.mostWarnings { warnings.append(text) }
    }
}
