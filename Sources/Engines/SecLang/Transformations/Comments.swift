// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `replaceComments`, `removeComments` and `removeCommentsChar`.
enum Comments {
    /// Makes each `/*...*/`, also an unterminated one, a space.
    static func replace(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        var isInside = false
        while index < input.count {
            if isInside, has("*/", in: input, at: index) {
                isInside = false
                sink.append(ASCII.space)
                index += 2
            } else if !isInside, has("/*", in: input, at: index) {
                isInside = true
                index += 2
            } else {
                if !isInside {
                    sink.append(input[index])
                }
                index += 1
            }
        }
        if isInside {
            sink.append(ASCII.space)
        }
    }

    /// Removes `/*...*/` and `<!--...-->`, and all from `--` or `#` on.
    ///
    /// As in v2, the byte behind a comment is copied without a look at it (a NUL at the end of the input), either
    /// end mark ends either kind of comment, and an unterminated comment becomes a space.
    static func remove(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        var isInside = false
        while index < input.count {
            if !isInside {
                if has("/*", in: input, at: index) {
                    isInside = true
                    index += 2
                } else if has("<!--", in: input, at: index) {
                    isInside = true
                    index += 4
                } else if input[index] == UInt8(ascii: "#") || has("--", in: input, at: index) {
                    return
                } else {
                    sink.append(input[index])
                    index += 1
                }
                continue
            }
            let end = has("*/", in: input, at: index) ? 2 : has("-->", in: input, at: index) ? 3 : 0
            guard end > 0 else {
                index += 1
                continue
            }
            isInside = false
            index += end
            sink.append(index < input.count ? input[index] : 0)
            index += 1
        }
        if isInside {
            sink.append(ASCII.space)
        }
    }

    /// Removes the comment marks themselves: `/*`, `*/`, `<!--`, `-->`, `--` and `#`.
    static func removeMarkers(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index < input.count {
            let mark = markerLength(in: input, at: index)
            if mark == 0 {
                sink.append(input[index])
                index += 1
            } else {
                index += mark
            }
        }
    }

    @inline(__always)
    private static func markerLength(in input: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        switch input[index] {
        case ASCII.slash: has("/*", in: input, at: index) ? 2 : 0
        case UInt8(ascii: "*"): has("*/", in: input, at: index) ? 2 : 0
        case UInt8(ascii: "<"): has("<!--", in: input, at: index) ? 4 : 0
        case UInt8(ascii: "-"): has("-->", in: input, at: index) ? 3 : has("--", in: input, at: index) ? 2 : 0
        case UInt8(ascii: "#"): 1
        default: 0
        }
    }

    /// Whether a mark stands at an index below the input's count.
    @inline(__always)
    private static func has(_ mark: StaticString, in input: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        let length = mark.utf8CodeUnitCount
        guard input[index] == mark.utf8Start[0], index + length <= input.count else {
            return false
        }
        for offset in 1..<length where input[index + offset] != mark.utf8Start[offset] {
            return false
        }
        return true
    }
}
