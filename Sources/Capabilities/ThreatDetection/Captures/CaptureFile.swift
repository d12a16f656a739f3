// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CZlib
internal import Glibc

/// A capture on disk, packed by gzip or not, read piece by piece.
struct CaptureFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private let inflater: UnsafeMutablePointer<z_stream>?
    private let packed: UnsafeMutableRawBufferPointer
    private var packedBytes = 0
    private var unpackedBytes = 0
    private var isEnd = false

    /// More than this many bytes for each packed one is no capture but an attempt to fill the memory or the time.
    private static let greatestRatio = 200
    private static let packedPiece = 1 << 18

    /// - Throws: ``ThreatError/Code/unreadable``.
    init(_ path: String) throws(ThreatError) {
        let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ThreatError(.unreadable, "\(path): \(String(cString: strerror(errno)))")
        }
        let packed = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.packedPiece, alignment: 8)
        // The first bytes tell whether it is packed; they stay to be read.
        let count = Glibc.read(descriptor, packed.baseAddress, packed.count)
        let isPacked = count >= 2 && packed[0] == 0x1F && packed[1] == 0x8B
        let inflater = isPacked ? Self.makeInflater(packed, count) : nil
        guard count >= 0, !isPacked || inflater != nil else {
            let reason = count < 0 ? String(cString: strerror(errno)) : "there is no memory to unpack it with"
            packed.deallocate()
            close(descriptor)
            throw ThreatError(.unreadable, "\(path): \(reason)")
        }
        self.path = path
        self.descriptor = descriptor
        self.packed = packed
        self.inflater = inflater
        packedBytes = count
    }

    private static func makeInflater(
        _ packed: UnsafeMutableRawBufferPointer,
        _ count: Int
    ) -> UnsafeMutablePointer<z_stream>? {
        let inflater = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        inflater.initialize(to: z_stream())
        inflater.pointee.next_in = packed.baseAddress?.assumingMemoryBound(to: UInt8.self)
        inflater.pointee.avail_in = UInt32(count)
        // 15 bits of window, and gzip's header.
        if inflateInit2_(inflater, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK {
            return inflater
        }
        inflater.deallocate()
        return nil
    }

    deinit {
        if let inflater {
            inflateEnd(inflater)
            inflater.deallocate()
        }
        packed.deallocate()
        close(descriptor)
    }

    /// Fills a buffer as far as there is more.
    ///
    /// - Returns: how many bytes; 0 at the end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(ThreatError) -> Int {
        inflater == nil ? try readPlain(into: buffer) : try unpack(into: buffer)
    }

    private mutating func readPlain(into buffer: UnsafeMutableRawBufferPointer) throws(ThreatError) -> Int {
        if packedBytes > 0 {
            let count = min(packedBytes - unpackedBytes, buffer.count)
            if count > 0 {
                buffer.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: packed[unpackedBytes..<(unpackedBytes + count)])
                )
                unpackedBytes += count
                return count
            }
        }
        return try readBytes(into: buffer)
    }

    private func readBytes(into buffer: UnsafeMutableRawBufferPointer) throws(ThreatError) -> Int {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        guard count >= 0 else {
            throw ThreatError(.unreadable, "\(path): \(String(cString: strerror(errno)))")
        }
        return count
    }

    private mutating func unpack(into buffer: UnsafeMutableRawBufferPointer) throws(ThreatError) -> Int {
        guard let inflater, !isEnd else { return 0 }
        inflater.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        inflater.pointee.avail_out = UInt32(clamping: buffer.count)
        let room = Int(inflater.pointee.avail_out)
        while inflater.pointee.avail_out > 0, !isEnd {
            if inflater.pointee.avail_in == 0 { try refill(inflater) }
            try step(inflater)
        }
        let count = room - Int(inflater.pointee.avail_out)
        unpackedBytes += count
        guard unpackedBytes < 16 << 20 || unpackedBytes / Self.greatestRatio <= packedBytes else {
            throw ThreatError(.tooLarge, "\(path): unpacks to more than \(Self.greatestRatio) times its size")
        }
        return count
    }

    private mutating func refill(_ inflater: UnsafeMutablePointer<z_stream>) throws(ThreatError) {
        let count = try readBytes(into: packed)
        guard count > 0 else {
            throw ThreatError(
                .damaged,
                "\(path): the packed file ends after \(packedBytes) bytes, before its end is told"
            )
        }
        packedBytes += count
        inflater.pointee.next_in = packed.baseAddress?.assumingMemoryBound(to: UInt8.self)
        inflater.pointee.avail_in = UInt32(count)
    }

    private mutating func step(_ inflater: UnsafeMutablePointer<z_stream>) throws(ThreatError) {
        switch inflate(inflater, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: return
        case Z_STREAM_END:
            // Files that were written to several times hold several streams.
            if inflater.pointee.avail_in == 0 {
                let count = try readBytes(into: packed)
                packedBytes += count
                inflater.pointee.next_in = packed.baseAddress?.assumingMemoryBound(to: UInt8.self)
                inflater.pointee.avail_in = UInt32(count)
            }
            isEnd = inflater.pointee.avail_in == 0 || inflateReset(inflater) != Z_OK
        default:
            let reason = inflater.pointee.msg.map { String(cString: $0) } ?? "no gzip data"
            throw ThreatError(.damaged, "\(path): cannot be unpacked after \(unpackedBytes) bytes: \(reason)")
        }
    }
}
