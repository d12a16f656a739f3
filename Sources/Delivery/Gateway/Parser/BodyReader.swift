// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore

extension ByteBuffer {
    /// Moves behind what a ``BodyReader`` used. Returns the body's bytes among it, without copying them.
    mutating func consume(_ length: Int, keeping event: ChunkedDecoder.Event) -> ByteBuffer {
        defer { moveReaderIndex(forwardBy: length) }
        guard case .data(let range) = event else {
            return ByteBuffer()
        }
        // The reader's ranges lie inside the readable bytes.
        return getSlice(at: readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }
}

extension ByteBuffer? {
    /// Appends bytes that are not empty to those held back. Returns how many there are then.
    @discardableResult
    mutating func append(_ bytes: ByteBuffer) -> Int {
        // Taken out while it changes, so that it is not copied.
        guard var held = take() else {
            self = bytes
            return bytes.readableBytes
        }
        held.writeImmutableBuffer(bytes)
        let count = held.readableBytes
        self = held
        return count
    }
}

/// Takes a body out of a connection's bytes, however it is delimited.
struct BodyReader: Sendable {
    private enum Source: Sendable {
        case length(Int)
        case chunked(ChunkedDecoder)
        case untilClose
    }

    private var source: Source

    init(_ framing: BodyFraming, limits: HTTP1Limits) {
        switch framing {
        case .none: source = .length(0)
        case .length(let length): source = .length(length)
        case .chunked: source = .chunked(ChunkedDecoder(limits: limits))
        case .untilClose: source = .untilClose
        }
    }

    /// Whether the end of the connection is the regular end of the body.
    var endsWithConnection: Bool {
        if case .untilClose = source {
            return true
        }
        return false
    }

    /// Goes on at `position`, which is moved behind what was used.
    mutating func next(_ bytes: UnsafeBufferPointer<UInt8>, at position: inout Int) -> ChunkedDecoder.Event {
        switch source {
        case .length(let remaining):
            guard remaining > 0 else {
                return .end
            }
            guard position < bytes.count else {
                return .needMore
            }
            let range = position..<(position + min(remaining, bytes.count - position))
            position = range.upperBound
            source = .length(remaining - range.count)
            return .data(range)
        case .chunked(var decoder):
            let event = decoder.next(bytes, at: &position)
            source = .chunked(decoder)
            return event
        case .untilClose:
            guard position < bytes.count else {
                return .needMore
            }
            let range = position..<bytes.count
            position = bytes.count
            return .data(range)
        }
    }
}
