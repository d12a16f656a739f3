// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CZlib
internal import HTTPTypes

/// Unpacks gzip (RFC 1952) piece by piece, within limits: what a client sends may promise any size.
final class GzipReader {
    /// How much may come out.
    struct Limits: Sendable {
        /// Bytes in all.
        var most = 4 << 30
        /// Bytes out per byte in. JSON of scanners is packed to a twentieth to a fortieth of its size.
        var ratio = 100
        /// So much is fine whatever the ratio.
        var free = 32 << 20
    }

    private let limits: Limits
    /// zlib keeps the address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input = 0
    private var output = 0
    /// Whether the last byte was the end of a member.
    private(set) var isAtEnd = true
    private var piece = [UInt8](repeating: 0, count: 64 << 10)

    /// - Throws: ``Problem`` where zlib has no memory.
    init(_ limits: Limits = Limits()) throws(Problem) {
        self.limits = limits
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16 above the window's bits asks for gzip and nothing else.
        let opened = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw Problem.busy("there is no memory to unpack this", seconds: 10) }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Unpacks what came and hands it on in pieces.
    ///
    /// - Throws: ``Problem`` for what is no gzip or grows too much, and what the body throws.
    func feed(_ bytes: [UInt8], _ body: ([UInt8]) throws -> Void) throws {
        guard !bytes.isEmpty else { return }
        var bytes = bytes
        input += bytes.count
        var rest = bytes.count
        while rest > 0 {
            if isAtEnd {
                guard inflateReset(stream) == Z_OK else { throw Self.broken }
                isAtEnd = false
            }
            let (result, left, made) = bytes.withUnsafeMutableBufferPointer { source in
                piece.withUnsafeMutableBufferPointer { target in
                    stream.pointee.next_in = source.baseAddress.map { $0 + (source.count - rest) }
                    stream.pointee.avail_in = UInt32(truncatingIfNeeded: rest)
                    stream.pointee.next_out = target.baseAddress
                    stream.pointee.avail_out = UInt32(truncatingIfNeeded: target.count)
                    let result = inflate(stream, Z_NO_FLUSH)
                    return (result, Int(stream.pointee.avail_in), target.count - Int(stream.pointee.avail_out))
                }
            }
            guard result == Z_OK || result == Z_STREAM_END || (result == Z_BUF_ERROR && made + rest - left > 0) else {
                throw Self.broken
            }
            isAtEnd = result == Z_STREAM_END
            rest = left
            try count(made)
            if made > 0 { try body(Array(piece[..<made])) }
        }
        try drain(body)
    }

    /// What zlib holds back of a piece that did not fit.
    private func drain(_ body: ([UInt8]) throws -> Void) throws {
        while !isAtEnd {
            let (result, made) = piece.withUnsafeMutableBufferPointer { target in
                stream.pointee.next_in = nil
                stream.pointee.avail_in = 0
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = UInt32(truncatingIfNeeded: target.count)
                let result = inflate(stream, Z_NO_FLUSH)
                return (result, target.count - Int(stream.pointee.avail_out))
            }
            guard made > 0 else { return }
            guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else { throw Self.broken }
            isAtEnd = result == Z_STREAM_END
            try count(made)
            try body(Array(piece[..<made]))
        }
    }

    private func count(_ made: Int) throws(Problem) {
        output += made
        guard output <= limits.most else { throw Self.tooLarge("unpacked, it has over \(limits.most) bytes") }
        guard output <= limits.free || output / limits.ratio <= input else {
            throw Self.tooLarge("it unpacks to over \(limits.ratio) times its size; send it as it is")
        }
    }

    private static func tooLarge(_ detail: String) -> Problem { Problem(.contentTooLarge, "too_large", detail) }

    private static let broken = Problem.badRequest("this is no gzip, or it is damaged")
}
