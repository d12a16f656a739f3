// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `normalizePath` and `normalizePathWin`: collapses runs of slashes, drops `.` segments and resolves `..`.
///
/// A path that starts with a slash does not rise above its root; a relative one keeps the `..` that lead out of
/// it. As in v2, a segment that merely ends in `..` counts as a reference too: it is dropped, unless nothing is left
/// to go back to. Every byte is written and taken back at most once, so the time is linear.
enum PathNormalization {
    /// With `backslashes`, `\` separates segments as well and is written as `/`.
    static func apply(
        _ input: UnsafeBufferPointer<UInt8>,
        backslashes: Bool,
        into sink: inout ByteSink
    ) {
        guard let first = input.first, let last = input.last else {
            return
        }
        var path = Path(isAbsolute: isSeparator(first, backslashes))
        var index = 0
        while index < input.count {
            if isSeparator(input[index], backslashes) {
                while index < input.count, isSeparator(input[index], backslashes) {
                    index += 1
                }
                path.appendSeparator(to: &sink)
            } else {
                let start = index
                while index < input.count, !isSeparator(input[index], backslashes) {
                    index += 1
                }
                path.append(input, start..<index, to: &sink)
            }
        }
        if !isSeparator(last, backslashes), sink.last == ASCII.slash {
            sink.count -= 1
        }
    }

    @inline(__always)
    private static func isSeparator(_ byte: UInt8, _ backslashes: Bool) -> Bool {
        byte == ASCII.slash || (backslashes && byte == ASCII.backslash)
    }

    /// What has been written so far.
    private struct Path {
        let isAbsolute: Bool
        /// Whether the path has been followed back to where it began, so that a `..` cannot be resolved.
        var isAtStart = false

        func appendSeparator(to sink: inout ByteSink) {
            if isAbsolute || sink.count > 0 {
                sink.append(ASCII.slash)
            }
        }

        mutating func append(
            _ input: UnsafeBufferPointer<UInt8>,
            _ segment: Range<Int>,
            to sink: inout ByteSink
        ) {
            guard input[segment.upperBound - 1] == ASCII.dot else {
                if sink.count + segment.count > 1 {
                    isAtStart = false
                }
                sink.append(input, segment)
                return
            }
            if segment.count == 1 {
                dropSeparator(from: &sink)
            } else if input[segment.upperBound - 2] == ASCII.dot {
                goBack(input, segment, in: &sink)
            } else {
                sink.append(input, segment)
            }
        }

        /// Handles a segment that ends in two dots.
        private mutating func goBack(
            _ input: UnsafeBufferPointer<UInt8>,
            _ segment: Range<Int>,
            in sink: inout ByteSink
        ) {
            if !isAbsolute, isAtStart || sink.count + segment.count <= 3 {
                isAtStart = true
                sink.append(input, segment)
                return
            }
            dropSeparator(from: &sink)
            if segment.count == 2 {
                while let last = sink.last, last != ASCII.slash {
                    sink.count -= 1
                }
                dropSeparator(from: &sink)
            }
            if sink.count == 0 {
                isAtStart = true
            }
        }

        /// Takes back the separator before a dropped segment: the one behind it will be written in its place.
        private func dropSeparator(from sink: inout ByteSink) {
            if sink.last == ASCII.slash {
                sink.count -= 1
            }
        }
    }
}
