// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Transformations that look at each byte by itself.
enum ByteMapping {
    static func lowercase(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input {
            sink.append(ASCII.lowercased(byte))
        }
    }

    static func uppercase(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input {
            sink.append(ASCII.isLower(byte) ? byte & 0xDF : byte)
        }
    }

    /// Sets bit 7 so that the number of ones is even.
    static func evenParity(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input {
            sink.append(hasOddOnes(byte) ? byte | 0x80 : byte & 0x7F)
        }
    }

    /// Sets bit 7 so that the number of ones is odd.
    static func oddParity(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input {
            sink.append(hasOddOnes(byte) ? byte & 0x7F : byte | 0x80)
        }
    }

    /// Clears bit 7.
    static func zeroParity(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input {
            sink.append(byte & 0x7F)
        }
    }

    static func removeNulls(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input where byte != 0 {
            sink.append(byte)
        }
    }

    static func replaceNulls(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input {
            sink.append(byte == 0 ? ASCII.space : byte)
        }
    }

    /// Parity of all eight bits: v2 counts the parity bit itself too.
    @inline(__always)
    private static func hasOddOnes(_ byte: UInt8) -> Bool {
        byte.nonzeroBitCount & 1 == 1
    }
}
