// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads JSON documents that lie in memory as a whole, one after the other, without allocating for each: events of logs,
/// bodies of webhooks. For larger ones there is ``JSONPullReader``.
package struct JSONDocument: ~Copyable {
    private let tape = JSONTape.take()

    package init() {}

    deinit {
        JSONTape.giveBack(tape)
    }

    /// Reads a document; white space around its value is allowed.
    ///
    /// - Parameters:
    ///   - text: bytes that stay where they are as long as the node is used.
    ///   - maximumDepth: how deep arrays and objects may nest.
    /// - Returns: the value; it is good until the next call.
    /// - Throws: a ``JSONError`` with an offset into `text`.
    package mutating func read(
        _ text: UnsafeBufferPointer<UInt8>,
        maximumDepth: Int = 128
    ) throws(JSONError) -> JSONNode {
        var start = 0
        var end = text.count
        while start < end, Self.isWhiteSpace(text[start]) {
            start += 1
        }
        while end > start, Self.isWhiteSpace(text[end - 1]) {
            end -= 1
        }
        do throws(JSONError) {
            try tape.pointee.build(UnsafeBufferPointer(rebasing: text[start..<end]), maximumDepth: maximumDepth)
        } catch {
            var error = error
            error.offset += start
            throw error
        }
        return JSONNode(tape: tape, index: 0)
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
