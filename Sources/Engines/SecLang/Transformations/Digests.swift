// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto

/// `md5`, `sha1` (raw bytes; rules add `hexEncode`) and `length` (decimal digits).
enum Digests {
    static func md5(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        append(Insecure.MD5(), of: input, to: &sink)
    }

    static func sha1(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        append(Insecure.SHA1(), of: input, to: &sink)
    }

    static func length(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var divisor = 1
        while input.count / divisor >= 10 {
            divisor *= 10
        }
        while divisor > 0 {
            sink.append(ASCII.zero + UInt8(truncatingIfNeeded: input.count / divisor % 10))
            divisor /= 10
        }
    }

    private static func append(
        _ function: some HashFunction,
        of input: UnsafeBufferPointer<UInt8>,
        to sink: inout ByteSink
    ) {
        var function = function
        function.update(bufferPointer: UnsafeRawBufferPointer(input))
        for byte in function.finalize() {
            sink.append(byte)
        }
    }
}
