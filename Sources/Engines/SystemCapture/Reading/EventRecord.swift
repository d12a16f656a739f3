// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An event as it lies in a capture: its lengths have been checked, its values are read in place.
struct EventRecord: BitwiseCopyable {
    /// The event's header.
    var header: UnsafeRawPointer
    /// The lengths of the parameters.
    var lengths: UnsafeRawPointer
    var type: UInt16
    var parameterCount: UInt8
    /// Whether the lengths take 32 bits each.
    var isWide: Bool
    /// The header, the lengths and the values together, in bytes.
    var length: UInt32

    @inline(__always)
    var time: UInt64 {
        header.loadUnaligned(as: UInt64.self)
    }

    @inline(__always)
    var threadID: Int64 {
        header.loadUnaligned(fromByteOffset: 8, as: Int64.self)
    }

    @inline(__always)
    private func parameterLength(_ index: Int) -> Int {
        isWide
            ? Int(lengths.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
            : Int(lengths.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
    }

    /// The bytes of a parameter; empty if there is none.
    @inline(__always)
    subscript(index: Int) -> UnsafeRawBufferPointer {
        guard index < Int(parameterCount) else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        var offset = Int(parameterCount) &* (isWide ? 4 : 2)
        for before in 0..<index {
            offset &+= parameterLength(before)
        }
        return UnsafeRawBufferPointer(start: lengths + offset, count: parameterLength(index))
    }

    /// The same event at another place in memory.
    func moved(to place: UnsafeRawPointer) -> EventRecord {
        var copy = self
        copy.lengths = place + (lengths - header)
        copy.header = place
        return copy
    }
}

extension UnsafeRawBufferPointer {
    /// The number that the bytes hold; nil if there are fewer than it takes.
    @inline(__always)
    func number<Number: FixedWidthInteger & BitwiseCopyable>(as type: Number.Type = Number.self) -> Number? {
        count >= MemoryLayout<Number>.size ? loadUnaligned(as: type) : nil
    }

    /// The bytes of a text without the zero byte that ends it.
    @inline(__always)
    var text: UnsafeBufferPointer<UInt8> {
        let bytes = assumingMemoryBound(to: UInt8.self)
        guard let last = bytes.last else {
            return bytes
        }
        return last == 0 ? UnsafeBufferPointer(rebasing: bytes.dropLast()) : bytes
    }
}
