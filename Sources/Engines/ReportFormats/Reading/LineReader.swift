// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Reads a text of any size line by line.
final class LineReader {
    private let window: ByteWindow
    /// The number of the line that was read last, from 1.
    private(set) var line = 0
    private static let maximumBytes = 1 << 20

    init(_ source: any ByteSource) throws {
        window = ByteWindow(source, maximumCapacity: 4 << 20)
        try window.rewind()
    }

    /// The next line without its end; nil at the end of the text.
    func next() throws -> String? {
        var length = 0
        window.hold()
        defer { window.release() }
        while true {
            if window.position == window.end, try !fill() {
                return length > 0 ? take(length, ending: 0) : nil
            }
            let byte = window.rest[0]
            window.position += 1
            if byte == 0x0A {
                return take(length, ending: 1)
            }
            length += 1
            guard length <= Self.maximumBytes else {
                throw ReportError(.tooLarge, "a line is longer than \(Self.maximumBytes) bytes", at: .line(line + 1))
            }
        }
    }

    private func take(_ length: Int, ending: Int) -> String {
        line += 1
        let end = window.position - ending
        var bytes = window.bytes(end - length..<end)
        if bytes.last == 0x0D {
            bytes = UnsafeBufferPointer(rebasing: bytes.dropLast())
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func fill() throws -> Bool {
        do {
            return try window.fill()
        } catch let failure as ByteWindow.Failure {
            throw ReportError(.malformed, "the text cannot be read: \(failure)", at: .line(line + 1))
        }
    }
}
