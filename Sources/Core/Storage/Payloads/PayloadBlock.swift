// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import Foundation

/// The form of a block on disk.
///
/// | bytes | what |
/// | --- | --- |
/// | 4 | `RDP1` |
/// | 4 | the length of what follows the head |
/// | 4 | the number of payloads |
/// | 4 | the length of the payloads before they were compressed |
/// | 8, 8 | the first and last time, in nanoseconds since 1970 |
///
/// Numbers have the least significant byte first. Behind the head: nonce, ciphertext and tag of AES-256-GCM.
struct PayloadBlock {
    static let headLength = 32
    static let magic = Array("RDP1".utf8)
    /// No block is larger; a number beyond it is damage.
    static let maximumLength = 64 << 20

    struct Head {
        var length: Int
        var count: Int
        var plainLength: Int
        var times: ClosedRange<Int64>

        /// Nil for what is no head.
        init?(_ bytes: [UInt8]) {
            guard bytes.count == PayloadBlock.headLength, bytes.starts(with: PayloadBlock.magic) else { return nil }
            let (length, count, plain, first, last) = bytes.withUnsafeBytes { buffer in
                (
                    Int(UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: 4, as: UInt32.self))),
                    Int(UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: 8, as: UInt32.self))),
                    Int(UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: 12, as: UInt32.self))),
                    Int64(littleEndian: buffer.loadUnaligned(fromByteOffset: 16, as: Int64.self)),
                    Int64(littleEndian: buffer.loadUnaligned(fromByteOffset: 24, as: Int64.self))
                )
            }
            guard length <= PayloadBlock.maximumLength, plain <= PayloadBlock.maximumLength, first <= last else {
                return nil
            }
            self.length = length
            self.count = count
            plainLength = plain
            times = first...last
        }
    }

    static func seal(_ payloads: [Payload], _ key: SymmetricKey) throws(StorageError) -> [UInt8] {
        var plain: [UInt8] = []
        for payload in payloads {
            let name = payload.name.prefix(255)
            plain.append(UInt8(name.count))
            plain += name
            Varint.append(Varint.zigzag(payload.time), to: &plain)
            Varint.append(UInt64(payload.bytes.count), to: &plain)
            plain += payload.bytes
        }
        let compressed = try ZstdCompressor(level: 3).compress(plain)
        // Nonce and tag.
        let length = compressed.count + 28
        guard length <= maximumLength, plain.count <= maximumLength else {
            throw StorageError(.overloaded, "payloads of \(plain.count) bytes are too large for a block")
        }
        let times = payloads.map(\.time)
        var block = magic
        for number in [length, payloads.count, plain.count] {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).littleEndian) { block += $0 }
        }
        for time in [times.min() ?? 0, times.max() ?? 0] {
            withUnsafeBytes(of: time.littleEndian) { block += $0 }
        }
        do {
            let box = try AES.GCM.seal(compressed, using: key, authenticating: block)
            return block + (box.combined.map(Array.init) ?? [])
        } catch {
            throw StorageError(.inputOutput, "cannot be encrypted: \(error)")
        }
    }

    /// - Returns: nil where it was changed, or is not of this key.
    static func open(_ sealed: [UInt8], _ head: Head, headBytes: [UInt8], _ key: SymmetricKey) -> [Payload]? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let compressed = try? AES.GCM.open(box, using: key, authenticating: headBytes)
        else { return nil }
        return try? decompress(Array(compressed), to: head.plainLength)
    }

    private static func decompress(_ data: [UInt8], to length: Int) throws -> [Payload] {
        let decompressor = try ZstdDecompressor()
        var plain = [UInt8](repeating: 0, count: length)
        try data.withUnsafeBytes { source in
            try plain.withUnsafeMutableBytes { target in try decompressor.decompress(source, into: target) }
        }
        return try plain.withUnsafeBytes { try payloads(in: $0) }
    }

    private static func payloads(in buffer: UnsafeRawBufferPointer) throws(StorageError) -> [Payload] {
        var reader = ColumnReader(buffer)
        var payloads: [Payload] = []
        while !reader.isAtEnd {
            let length = try reader.take(1)
            let name = try reader.take(Int(length[0]))
            let time = Varint.unzigzag(try reader.varint())
            guard let count = Int(exactly: try reader.varint()) else { throw ColumnReader.damage }
            payloads.append(Payload(name: Array(name), time: time, bytes: Array(try reader.take(count))))
        }
        return payloads
    }
}

/// Reads the blocks of one day in order.
final class PayloadReading {
    private let key: SymmetricKey
    private let file: FileHandle?
    private let path: String

    /// A block that was found, and its payloads; nil where it cannot be read.
    struct Block {
        var payloads: [Payload]?
    }

    init(_ files: PayloadFiles, _ day: EventDay) throws(StorageError) {
        key = try files.key(of: day)
        path = files.path(of: day)
        file = FileHandle(forReadingAtPath: path)
    }

    /// The next block with one of these times; nil at the end.
    func next(in times: ClosedRange<Int64>) throws(StorageError) -> Block? {
        while let headBytes = try read(PayloadBlock.headLength) {
            guard let head = PayloadBlock.Head(headBytes) else {
                // What lies behind cannot be found: it began where this block should have ended.
                try skipToEnd()
                return Block(payloads: nil)
            }
            guard head.times.overlaps(times) else {
                try skip(head.length)
                continue
            }
            guard let sealed = try read(head.length) else { return Block(payloads: nil) }
            return Block(payloads: PayloadBlock.open(sealed, head, headBytes: headBytes, key))
        }
        return nil
    }

    /// How many payloads the blocks with one of these times hold, as their heads say. Reads to the end.
    func count(in times: ClosedRange<Int64>) throws(StorageError) -> Int {
        var count = 0
        while let head = try read(PayloadBlock.headLength).flatMap({ PayloadBlock.Head($0) }) {
            if head.times.overlaps(times) { count += head.count }
            try skip(head.length)
        }
        return count
    }

    private func read(_ count: Int) throws(StorageError) -> [UInt8]? {
        do {
            guard let data = try file?.read(upToCount: count), data.count == count else { return nil }
            return Array(data)
        } catch {
            throw StorageError(.inputOutput, "cannot be read: \(error)", file: path)
        }
    }

    private func skip(_ count: Int) throws(StorageError) {
        do {
            if let file { try file.seek(toOffset: file.offset() + UInt64(count)) }
        } catch {
            throw StorageError(.inputOutput, "cannot be read: \(error)", file: path)
        }
    }

    private func skipToEnd() throws(StorageError) {
        do {
            _ = try file?.seekToEnd()
        } catch {
            throw StorageError(.inputOutput, "cannot be read: \(error)", file: path)
        }
    }
}
