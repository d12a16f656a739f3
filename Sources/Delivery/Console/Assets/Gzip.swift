// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CZlib

/// Compresses assets (RFC 1952). Pages are not compressed: they hold secrets beside what others typed (BREACH).
enum Gzip {
    /// - Returns: empty where zlib has no memory; then the plain form is sent.
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        // 16 above the window's bits asks for a gzip header.
        let opened = deflateInit2_(
            &stream,
            9,
            Z_DEFLATED,
            15 + 16,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard opened == Z_OK else { return [] }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let result = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(truncatingIfNeeded: input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(truncatingIfNeeded: output.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        return result == Z_STREAM_END ? Array(output.prefix(Int(stream.total_out))) : []
    }
}
