// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// UTF-16 text of another source, as UTF-8; a surrogate without its partner becomes U+FFFD.
final class UTF16Source: ByteSource {
    private let source: any ByteSource
    private let isBigEndian: Bool
    private let pieceLength = 32 << 10
    private var input: [UInt8]
    /// The part of `input` that is not decoded yet.
    private var inputBounds = 0..<0
    private var output: [UInt8] = []
    private var outputPosition = 0
    private var highSurrogate: UInt32?
    private var isAtEnd = false

    /// - Parameters:
    ///   - source: where the text comes from; what was read of it already is read again.
    ///   - isBigEndian: whether the upper byte of a unit comes first.
    init(_ source: any ByteSource, isBigEndian: Bool) throws {
        self.source = source
        self.isBigEndian = isBigEndian
        input = [UInt8](repeating: 0, count: pieceLength)
        try source.rewind()
    }

    func rewind() throws {
        try source.rewind()
        inputBounds = 0..<0
        output.removeAll(keepingCapacity: true)
        outputPosition = 0
        highSurrogate = nil
        isAtEnd = false
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while outputPosition == output.count, !isAtEnd {
            try decodePiece()
        }
        let count = min(buffer.count, output.count - outputPosition)
        output.withUnsafeBytes { bytes in
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[outputPosition..<outputPosition + count])
            )
        }
        outputPosition += count
        return count
    }

    private func decodePiece() throws {
        output.removeAll(keepingCapacity: true)
        outputPosition = 0
        let kept = inputBounds.count
        if kept == 1 {
            input[0] = input[inputBounds.lowerBound]
        }
        let count = try input.withUnsafeMutableBytes { buffer in
            try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[kept...]))
        }
        guard count > 0 else {
            isAtEnd = true
            if kept == 1 || highSurrogate != nil {
                output.append(contentsOf: UTF8Part.replacementCharacter)
            }
            return
        }
        let end = kept + count
        var index = 0
        while index + 1 < end {
            let first = UInt32(input[index])
            let second = UInt32(input[index + 1])
            decode(unit: isBigEndian ? first << 8 | second : second << 8 | first)
            index += 2
        }
        inputBounds = index..<end
    }

    private func decode(unit: UInt32) {
        if let high = highSurrogate {
            highSurrogate = nil
            if (0xDC00...0xDFFF).contains(unit) {
                UTF8Part.append(codePoint: 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00), to: &output)
                return
            }
            output.append(contentsOf: UTF8Part.replacementCharacter)
        }
        if (0xD800...0xDBFF).contains(unit) {
            highSurrogate = unit
        } else {
            UTF8Part.append(codePoint: unit, to: &output)
        }
    }
}
