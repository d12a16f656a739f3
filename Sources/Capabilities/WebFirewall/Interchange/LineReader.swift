// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Glibc

/// Reads lines of bytes from a file descriptor as they arrive.
///
/// Memory is bounded by the longest line allowed; a longer one is reported and skipped to its end.
package struct LineReader {
    /// What comes next in the input.
    package enum Item: Equatable {
        /// A line without its line feed (and without a carriage return before it).
        case line([UInt8])
        /// A line longer than the limit, which was skipped.
        case tooLong
    }

    /// Reading failed; `code` is the system's error number.
    package struct ReadError: Error, CustomStringConvertible {
        package var code: Int32
        package var description: String { String(cString: strerror(code)) }
    }

    private let descriptor: Int32
    private let maximumLength: Int
    private var buffer: [UInt8]
    private var start = 0
    private var end = 0
    private var atEnd = false

    /// - Parameters:
    ///   - descriptor: an open file, pipe or terminal; it stays open.
    ///   - maximumLength: the longest line in bytes.
    package init(descriptor: Int32, maximumLength: Int = 256 << 20) {
        self.descriptor = descriptor
        self.maximumLength = maximumLength
        buffer = [UInt8](repeating: 0, count: 64 * 1024)
    }

    /// The next line; nil at the end of the input.
    package mutating func next() throws(ReadError) -> Item? {
        var line: [UInt8] = []
        var isTooLong = false
        while true {
            if start < end {
                let feed = buffer[start..<end].firstIndex(of: 0x0A)
                if !isTooLong {
                    line.append(contentsOf: buffer[start..<(feed ?? end)])
                }
                start = feed.map { $0 + 1 } ?? end
                if line.count > maximumLength {
                    isTooLong = true
                    line = []
                }
                if feed != nil {
                    return finish(&line, isTooLong: isTooLong)
                }
            }
            guard try fill() else {
                return line.isEmpty && !isTooLong ? nil : finish(&line, isTooLong: isTooLong)
            }
        }
    }

    private func finish(_ line: inout [UInt8], isTooLong: Bool) -> Item {
        if line.last == 0x0D {
            line.removeLast()
        }
        return isTooLong ? .tooLong : .line(line)
    }

    /// Reads once; false at the end of the input.
    private mutating func fill() throws(ReadError) -> Bool {
        guard !atEnd else {
            return false
        }
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 {
                start = 0
                end = count
                return true
            }
            if count == 0 {
                atEnd = true
                return false
            }
            guard errno == EINTR else {
                throw ReadError(code: errno)
            }
        }
    }
}
