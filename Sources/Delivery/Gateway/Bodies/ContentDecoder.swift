// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CBrotli
internal import CZlib

/// A content coding that a body is inspected without, RFC 9110 section 8.4.1.
package enum ContentCoding: Sendable, Equatable {
    case gzip
    case deflate
    case brotli

    /// What the `Content-Encoding` fields of a message name.
    enum Named: Equatable {
        /// The body is as it is.
        case identity
        case known(ContentCoding)
        case refused(HTTP1Refusal)
    }

    /// Reads the value of the only `Content-Encoding` field; `fieldCount` is the number of such fields.
    static func named(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>, fieldCount: Int) -> Named {
        if fieldCount > 1 || bytes[value].contains(UInt8(ascii: ",")) {
            return .refused(.stackedContentCodings)
        }
        if value.isEmpty || equalsIgnoringCase(bytes, value, "identity") {
            return .identity
        }
        if equalsIgnoringCase(bytes, value, "gzip") || equalsIgnoringCase(bytes, value, "x-gzip") {
            return .known(.gzip)
        }
        if equalsIgnoringCase(bytes, value, "deflate") {
            return .known(.deflate)
        }
        if equalsIgnoringCase(bytes, value, "br") {
            return .known(.brotli)
        }
        return .refused(.unknownContentCoding)
    }
}

/// Decodes one content coding piece by piece, within a ratio of output to input.
///
/// One layer only. Output comes in pieces of at most 16 KiB, so that memory is bounded whatever the input promises.
package final class ContentDecoder {
    /// How output may relate to input.
    package struct Limits: Sendable, Equatable {
        /// Bytes out per byte in.
        package var ratio = 50
        /// So much output is allowed whatever the ratio.
        package var freeOutput = 64 * 1024

        package init() {}
    }

    private enum Engine {
        case zlib(ZlibStream)
        case brotli(OpaquePointer)
        /// `deflate` is zlib's format by specification and a raw stream in practice; two bytes tell.
        case undecidedDeflate([UInt8])
    }

    private static let pieceSize = 16 * 1024
    private var engine: Engine
    private let coding: ContentCoding
    private let limits: Limits
    private let piece: UnsafeMutablePointer<UInt8>
    private var consumed = 0
    private var produced = 0
    private var isEnded = false

    /// - Throws: ``HTTP1Refusal/invalidContentCoding`` where the library has no memory.
    package init(_ coding: ContentCoding, limits: Limits = Limits()) throws(HTTP1Refusal) {
        self.coding = coding
        self.limits = limits
        switch coding {
        case .gzip:
            engine = .zlib(try ZlibStream(windowBits: 15 + 16))
        case .deflate:
            engine = .undecidedDeflate([])
        case .brotli:
            guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else {
                throw .invalidContentCoding
            }
            engine = .brotli(state)
        }
        piece = .allocate(capacity: Self.pieceSize)
    }

    deinit {
        piece.deallocate()
        if case .brotli(let state) = engine {
            BrotliDecoderDestroyInstance(state)
        }
    }

    /// Decodes the next bytes; `output` is called with each piece, whose bytes are valid during the call only.
    package func decode(
        _ input: UnsafeBufferPointer<UInt8>,
        output: (UnsafeBufferPointer<UInt8>) -> Void
    ) throws(HTTP1Refusal) {
        guard !input.isEmpty else {
            return
        }
        consumed += input.count
        switch engine {
        case .zlib(let stream):
            try inflate(stream, input, output)
        case .brotli(let state):
            try decompress(state, input, output)
        case .undecidedDeflate(let before):
            let start = before + input
            guard start.count >= 2 else {
                engine = .undecidedDeflate(start)
                return
            }
            let isZlib = start[0] & 0x0f == 8 && (Int(start[0]) << 8 | Int(start[1])) % 31 == 0
            let stream = try ZlibStream(windowBits: isZlib ? 15 : -15)
            engine = .zlib(stream)
            try start.withUnsafeBufferPointer { (all) throws(HTTP1Refusal) in try inflate(stream, all, output) }
        }
    }

    /// The input is complete.
    ///
    /// - Throws: ``HTTP1Refusal/invalidContentCoding`` where the compressed stream is not.
    package func finish() throws(HTTP1Refusal) {
        guard isEnded || consumed == 0 else {
            throw .invalidContentCoding
        }
    }

    private func count(_ length: Int) throws(HTTP1Refusal) {
        produced += length
        let (allowed, isOver) = consumed.multipliedReportingOverflow(by: limits.ratio)
        if !isOver, produced > max(allowed, limits.freeOutput) {
            throw .compressionRatio
        }
    }

    private func inflate(
        _ stream: ZlibStream,
        _ input: UnsafeBufferPointer<UInt8>,
        _ output: (UnsafeBufferPointer<UInt8>) -> Void
    ) throws(HTTP1Refusal) {
        stream.setInput(input)
        while true {
            if isEnded {
                guard stream.hasInput else {
                    return
                }
                // RFC 1952 section 2.2: a gzip file is a series of members; other formats end here.
                guard coding == .gzip, stream.reset() else {
                    throw .invalidContentCoding
                }
                isEnded = false
            }
            let result = stream.step(piece, Self.pieceSize)
            try count(result.written)
            if result.written > 0 {
                output(UnsafeBufferPointer(start: piece, count: result.written))
            }
            switch result.status {
            case .more:
                // A full piece may hide more output even where the input is used up.
                if !stream.hasInput, result.written < Self.pieceSize {
                    return
                }
            case .ended:
                isEnded = true
            case .invalid:
                throw .invalidContentCoding
            }
        }
    }

    private func decompress(
        _ state: OpaquePointer,
        _ input: UnsafeBufferPointer<UInt8>,
        _ output: (UnsafeBufferPointer<UInt8>) -> Void
    ) throws(HTTP1Refusal) {
        guard !isEnded else {
            throw .invalidContentCoding
        }
        var availableIn = input.count
        var nextIn = input.baseAddress
        while true {
            var availableOut = Self.pieceSize
            var nextOut: UnsafeMutablePointer<UInt8>? = piece
            let result = BrotliDecoderDecompressStream(
                state,
                &availableIn,
                &nextIn,
                &availableOut,
                &nextOut,
                nil
            )
            let written = Self.pieceSize - availableOut
            try count(written)
            if written > 0 {
                output(UnsafeBufferPointer(start: piece, count: written))
            }
            switch result {
            case BROTLI_DECODER_RESULT_SUCCESS:
                isEnded = true
                guard availableIn == 0 else {
                    throw .invalidContentCoding
                }
                return
            case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
                return
            case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
                continue
            default:
                throw .invalidContentCoding
            }
        }
    }
}

/// zlib's stream at a fixed address, which the library keeps pointers to.
private final class ZlibStream {
    enum Status {
        case more
        case ended
        case invalid
    }

    private let stream: UnsafeMutablePointer<z_stream>

    init(windowBits: Int32) throws(HTTP1Refusal) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK else {
            throw .invalidContentCoding
        }
    }

    deinit {
        // Harmless on a stream whose initialisation failed: zlib checks its state pointer first.
        inflateEnd(stream)
        stream.deallocate()
    }

    var hasInput: Bool {
        stream.pointee.avail_in > 0
    }

    /// The bytes have to stay valid until the last ``step(_:_:)`` on them.
    func setInput(_ input: UnsafeBufferPointer<UInt8>) {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
    }

    func step(_ output: UnsafeMutablePointer<UInt8>, _ capacity: Int) -> (status: Status, written: Int) {
        stream.pointee.next_out = output
        stream.pointee.avail_out = UInt32(clamping: capacity)
        let code = inflate(stream, Z_NO_FLUSH)
        let written = capacity - Int(stream.pointee.avail_out)
        switch code {
        case Z_OK, Z_BUF_ERROR: return (.more, written)
        case Z_STREAM_END: return (.ended, written)
        default: return (.invalid, written)
        }
    }

    func reset() -> Bool {
        inflateReset(stream) == Z_OK
    }
}
