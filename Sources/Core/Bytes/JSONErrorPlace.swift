// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds out, after an error, in which part of a value it is; what is before the error is sound.
enum JSONErrorPlace {
    private enum Frame {
        case array(index: Int)
        case object(name: String?)
    }

    /// The pointer, relative to the value, of the part that holds this offset.
    static func pointer(in value: UnsafeBufferPointer<UInt8>, at offset: Int) -> String {
        var frames: [Frame] = []
        var index = 0
        let end = min(offset, value.count)
        while index < end {
            switch value[index] {
            case UInt8(ascii: "{"): frames.append(.object(name: nil))
            case UInt8(ascii: "["): frames.append(.array(index: 0))
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = frames.popLast()
            case UInt8(ascii: ","): step(&frames)
            case UInt8(ascii: "\""):
                let text = skipString(value, &index, end: end)
                if case .object(nil)? = frames.last, index < end {
                    frames[frames.count - 1] = .object(name: text)
                }
            default: break
            }
            index += 1
        }
        return JSONPlace(frames.compactMap(step(into:))).pointer
    }

    private static func step(into frame: Frame) -> JSONPlace.Step? {
        switch frame {
        case .array(let index): .element(index)
        case .object(let name): name.map { .member($0) }
        }
    }

    private static func step(_ frames: inout [Frame]) {
        switch frames.last {
        case .array(let index): frames[frames.count - 1] = .array(index: index + 1)
        case .object: frames[frames.count - 1] = .object(name: nil)
        case nil: break
        }
    }

    /// Moves to the closing quote and gives the text before it.
    private static func skipString(_ value: UnsafeBufferPointer<UInt8>, _ index: inout Int, end: Int) -> String {
        let start = index + 1
        index = start
        while index < end, value[index] != UInt8(ascii: "\"") {
            index += value[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        let text = UnsafeBufferPointer(rebasing: value[start..<max(start, min(index, end))])
        return String(decoding: JSONEscape.decode(text), as: UTF8.self)
    }
}
