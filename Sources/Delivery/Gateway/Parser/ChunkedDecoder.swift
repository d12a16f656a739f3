// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A strict decoder of the chunked transfer coding, RFC 9112 section 7.1.
///
/// It accepts sizes of 1 to 16 hexadecimal digits, short extensions without control characters, and line ends of
/// carriage return and line feed only. Trailers are checked and dropped. Input may come in any pieces; every byte is
/// looked at once and nothing is buffered.
package struct ChunkedDecoder: Sendable {
    package enum Event: Equatable, Sendable {
        /// Bytes of the body, as indices into the input.
        case data(Range<Int>)
        /// All input is used up.
        case needMore
        /// The body is complete; what follows belongs to the next message.
        case end
        case failed(HTTP1Refusal)
    }

    private enum State: Sendable {
        case size
        case chunkExtension
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineFeed
        case lastLineFeed
        case complete
        case failed(HTTP1Refusal)
    }

    private let limits: HTTP1Limits
    private var state = State.size
    private var size = 0
    private var digits = 0
    private var extensionLength = 0
    private var trailerLength = 0

    package init(limits: HTTP1Limits = HTTP1Limits()) {
        self.limits = limits
    }

    /// Goes on at `position`, which is moved behind what was used.
    package mutating func next(_ bytes: UnsafeBufferPointer<UInt8>, at position: inout Int) -> Event {
        while position < bytes.count {
            switch state {
            case .data:
                // A size may be anything up to 2^63 - 1: nothing is added to it.
                let range = position..<(position + min(size, bytes.count - position))
                size -= range.count
                position = range.upperBound
                if size == 0 {
                    state = .dataCarriageReturn
                }
                return .data(range)
            case .complete:
                return .end
            case .failed(let reason):
                return .failed(reason)
            default:
                state = step(bytes[position])
                position += 1
            }
        }
        switch state {
        case .complete: return .end
        case .failed(let reason): return .failed(reason)
        default: return .needMore
        }
    }

    /// Every state but those of the data itself moves on by one byte.
    private mutating func step(_ byte: UInt8) -> State {
        switch state {
        case .size:
            sizeByte(byte)
        case .chunkExtension:
            extensionByte(byte)
        case .sizeLineFeed:
            byte == 0x0a ? beginChunk() : .failed(.invalidChunkSize)
        case .dataCarriageReturn:
            byte == 0x0d ? .dataLineFeed : .failed(.invalidChunkEnd)
        case .dataLineFeed:
            byte == 0x0a ? beginSize() : .failed(.invalidChunkEnd)
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed:
            trailerByte(byte)
        case .data, .complete, .failed:
            state
        }
    }

    private mutating func beginSize() -> State {
        size = 0
        digits = 0
        extensionLength = 0
        return .size
    }

    private func beginChunk() -> State {
        size == 0 ? .trailerStart : .data
    }

    private mutating func sizeByte(_ byte: UInt8) -> State {
        if let value = hexadecimalDigit(byte) {
            digits += 1
            guard digits <= 16, size <= Int.max >> 4 else {
                return .failed(.invalidChunkSize)
            }
            size = size << 4 | value
            return .size
        }
        guard digits > 0 else {
            return .failed(.invalidChunkSize)
        }
        switch byte {
        case 0x0d: return .sizeLineFeed
        case UInt8(ascii: ";"): return .chunkExtension
        default: return .failed(.invalidChunkSize)
        }
    }

    private mutating func extensionByte(_ byte: UInt8) -> State {
        if byte == 0x0d {
            return .sizeLineFeed
        }
        extensionLength += 1
        if extensionLength > limits.chunkExtension {
            return .failed(.chunkExtensionTooLong)
        }
        return ByteSet.fieldValue.contains(byte) ? .chunkExtension : .failed(.invalidChunkExtension)
    }

    private mutating func trailerByte(_ byte: UInt8) -> State {
        trailerLength += 1
        if trailerLength > limits.trailers {
            return .failed(.trailerTooLarge)
        }
        switch state {
        case .trailerStart where byte == 0x0d:
            return .lastLineFeed
        case .trailerStart:
            return ByteSet.token.contains(byte) ? .trailerName : .failed(.invalidTrailer)
        case .trailerName where byte == UInt8(ascii: ":"):
            return .trailerValue
        case .trailerName:
            return ByteSet.token.contains(byte) ? .trailerName : .failed(.invalidTrailer)
        case .trailerValue where byte == 0x0d:
            return .trailerLineFeed
        case .trailerValue:
            return ByteSet.fieldValue.contains(byte) ? .trailerValue : .failed(.invalidTrailer)
        case .trailerLineFeed:
            return byte == 0x0a ? .trailerStart : .failed(.invalidTrailer)
        default:
            return byte == 0x0a ? .complete : .failed(.invalidTrailer)
        }
    }
}

private func hexadecimalDigit(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 0x30
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte) - 0x57
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte) - 0x37
    default: nil
    }
}
