// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

extension NDJSONFile {
    /// How far a pipe, a terminal or a device took lines.
    struct Poured {
        /// Lines that it has to their end, also one that was begun earlier.
        var lines = 0
        /// Why it has no more; nil where it took all.
        var failure: OutputError?
        /// Whether it will never take more, such as a pipe that nobody reads from any more.
        var isBroken = false
    }

    /// What a pipe takes at once or not at all (POSIX.1-2024, write: `PIPE_BUF`, which is 4096 on Linux).
    private static let wholeBytes = 4096
    /// How long a reader may take nothing, in milliseconds.
    private static let patience = 1000
    /// How often is asked whether it is time to end, in milliseconds.
    private static let step = 50

    /// Writes lines to what takes as much as its reader has room for: pipes, terminals, devices.
    ///
    /// A pipe takes the lines whole, but for those that are longer than it takes at once. Of a line that was begun the rest is
    /// owed: it goes before everything that comes later. Lines that were not begun are not kept.
    ///
    /// - Parameters:
    ///   - lines: each ends with a line feed.
    ///   - isOver: whether nobody waits for the reader any more.
    mutating func pour(_ lines: [UInt8], unless isOver: () -> Bool) -> Poured {
        var poured = Poured()
        if !owed.isEmpty {
            let count = put(owed[...], &poured, isOver)
            owed.removeFirst(count)
            if owed.isEmpty { poured.lines += 1 }
        }
        var place = 0
        while place < lines.count, poured.failure == nil {
            let end = Self.endOfPiece(lines, from: place)
            let stop = place + put(lines[place..<end], &poured, isOver)
            poured.lines += lines[place..<stop].count { $0 == Self.lineFeed }
            if stop > place, stop < end, lines[stop - 1] != Self.lineFeed {
                let endOfLine = lines[stop..<end].firstIndex(of: Self.lineFeed).map { $0 + 1 } ?? end
                owed = Array(lines[stop..<endOfLine])
            }
            place = end
        }
        return poured
    }

    private static let lineFeed = UInt8(ascii: "\n")

    /// The end of as many whole lines as a pipe takes at once, or of one line that is longer.
    private static func endOfPiece(_ lines: [UInt8], from start: Int) -> Int {
        let reach = min(lines.count, start + wholeBytes)
        if let last = lines[start..<reach].lastIndex(of: lineFeed) { return last + 1 }
        return lines[reach...].firstIndex(of: lineFeed).map { $0 + 1 } ?? lines.count
    }

    /// - Returns: how many bytes were taken.
    private func put(_ bytes: ArraySlice<UInt8>, _ poured: inout Poured, _ isOver: () -> Bool) -> Int {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count > 0 {
                written += count
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                guard hasRoomSoon(isOver) else {
                    poured.failure = OutputError(.store, "\(path) takes no more: nobody reads it fast enough")
                    return written
                }
            } else {
                poured.failure = Self.failure("cannot be written", path)
                poured.isBroken = true
                return written
            }
        }
        return written
    }

    private func hasRoomSoon(_ isOver: () -> Bool) -> Bool {
        for _ in 0..<Self.patience / Self.step {
            var question = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            // What went wrong with it, the next write tells.
            if poll(&question, 1, Int32(Self.step)) > 0 { return true }
            if isOver() { return false }
        }
        return false
    }
}
