// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Finds the end of a message's head in bytes that arrive piece by piece; each byte is looked at once.
///
/// A line ends at its line feed, with or without a carriage return before it: the parser behind refuses bare line
/// feeds, but has to get such a head to the rules first.
struct HeadBoundary: Sendable {
    enum Progress: Equatable {
        case incomplete
        /// The head's bytes, leading empty line left out, up to and with its empty line.
        case found(Range<Int>)
        /// The first line is longer than it may be.
        case firstLineTooLong
        /// The head is longer than it may be.
        case tooLong
    }

    /// Where the head starts, behind an empty line that RFC 9112 section 2.2 lets a server skip.
    private(set) var start = 0
    private var lineStart = 0
    private var position = 0
    private var isBehindFirstLine = false

    /// Goes on with all bytes received so far, the earlier ones included.
    mutating func advance(_ bytes: UnsafeBufferPointer<UInt8>, firstLineLimit: Int, limit: Int) -> Progress {
        while position < bytes.count {
            guard let feed = lineFeed(bytes, from: position) else {
                position = bytes.count
                break
            }
            position = feed + 1
            let length = feed - lineStart - (feed > lineStart && bytes[feed - 1] == 0x0d ? 1 : 0)
            if length > 0 {
                if !isBehindFirstLine, length > firstLineLimit {
                    return .firstLineTooLong
                }
                isBehindFirstLine = true
            } else if isBehindFirstLine {
                return position - start > limit ? .tooLong : .found(start..<position)
            } else if start == 0 {
                start = position
            } else {
                return .found(start..<position)
            }
            lineStart = position
            if position - start > limit {
                return .tooLong
            }
        }
        if !isBehindFirstLine, position - lineStart > firstLineLimit + 1 {
            return .firstLineTooLong
        }
        return position - start > limit ? .tooLong : .incomplete
    }
}

/// The index of the next line feed.
@inline(__always)
func lineFeed(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard let base = bytes.baseAddress, start < bytes.count,
        let found = memchr(base + start, 0x0a, bytes.count - start)
    else {
        return nil
    }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
}
