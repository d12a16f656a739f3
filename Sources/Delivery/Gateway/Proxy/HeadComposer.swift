// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore

/// Composes a message's head in memory whose size was guessed; where it does not suffice, it only counts on.
struct HeadComposer {
    private let memory: UnsafeMutableRawBufferPointer
    /// How many bytes the head has so far, whether they fit or not.
    private(set) var length = 0

    init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    var fits: Bool {
        length <= memory.count
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let start = length
        length += bytes.count
        if length <= memory.count, let base = memory.baseAddress, let source = bytes.baseAddress {
            (base + start).copyMemory(from: source, byteCount: bytes.count)
        }
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range]))
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(string: String) {
        var text = string
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    mutating func append(bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    /// A number that is not negative, in decimal digits.
    mutating func append(decimal number: Int) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var position = digits.count
            var rest = number.magnitude
            repeat {
                position -= 1
                digits[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            append(UnsafeRawBufferPointer(rebasing: digits[position...]))
        }
    }
}

extension ByteBuffer {
    /// Appends a head. The closure is called once, or twice where the estimate was too small.
    mutating func composeHead(estimate: Int, _ body: (inout HeadComposer) -> Void) {
        var needed = estimate
        var isWritten = false
        while !isWritten {
            writeWithUnsafeMutableBytes(minimumWritableBytes: needed) { memory in
                var composer = HeadComposer(memory)
                body(&composer)
                needed = composer.length
                isWritten = composer.fits
                return isWritten ? composer.length : 0
            }
        }
    }
}
