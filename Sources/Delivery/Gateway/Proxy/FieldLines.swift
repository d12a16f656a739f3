// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import NIOCore

/// Writes header lines in canonical form, `name: value` and a line end.
///
/// Most lines have this form already; such neighbours are copied as one piece, which is the same bytes.
struct FieldLines {
    private var piece = 0..<0

    mutating func append(
        _ field: HTTPFieldRange,
        _ bytes: UnsafeBufferPointer<UInt8>,
        to head: inout HeadComposer
    ) {
        let name = field.name.bounds
        let value = field.value.bounds
        if isCanonical(bytes, name, value) {
            if piece.upperBound != name.lowerBound {
                finish(bytes, to: &head)
                piece = name.lowerBound..<name.lowerBound
            }
            piece = piece.lowerBound..<(value.upperBound + 2)
            return
        }
        finish(bytes, to: &head)
        head.append(bytes, name)
        head.append(": ")
        head.append(bytes, value)
        head.append("\r\n")
    }

    /// Writes what is left.
    mutating func finish(_ bytes: UnsafeBufferPointer<UInt8>, to head: inout HeadComposer) {
        if !piece.isEmpty {
            head.append(bytes, piece)
            piece = 0..<0
        }
    }

    @inline(__always)
    private func isCanonical(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ name: Range<Int>,
        _ value: Range<Int>
    ) -> Bool {
        value.lowerBound == name.upperBound + 2 && value.upperBound + 2 <= bytes.count
            && bytes[name.upperBound] == UInt8(ascii: ":") && bytes[name.upperBound + 1] == 0x20
            && bytes[value.upperBound] == 0x0d && bytes[value.upperBound + 1] == 0x0a
    }
}

extension ByteBuffer {
    /// A chunk's size line, RFC 9112 section 7.1.
    mutating func writeChunkHead(_ length: Int) {
        writeString(String(length, radix: 16))
        writeStaticString("\r\n")
    }
}
