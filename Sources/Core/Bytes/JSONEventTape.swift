// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

/// A value on a ``JSONEventTape``, or the name of a member, which comes right before its value.
///
/// Laid out as the entry that `redoubt_json_tape` writes, so that a tape is walked without a call for each entry.
package struct JSONTapeEntry {
    /// The first byte in the text; of a string, the one behind its opening quote.
    package let offset: UInt32
    /// The bytes of the text; the elements of an array, the members of an object.
    package let length: UInt32
    /// The index of the entry behind the value. Of a member's name: ``JSONEventTape/nameCode(_:)``.
    package let next: UInt32
    /// One of the constants below.
    package let kind: UInt8
    /// Of an object: 1 where one of its names has escapes.
    package let hasEscapedNames: UInt8

    package static let null: UInt8 = 0
    package static let falseValue: UInt8 = 1
    package static let trueValue: UInt8 = 2
    package static let number: UInt8 = 3
    package static let string: UInt8 = 4
    package static let escapedString: UInt8 = 5
    package static let array: UInt8 = 6
    package static let object: UInt8 = 7
}

/// A JSON value as a flat list of its parts, for engines that go through all of one event after the other.
///
/// Where ``JSONPullReader`` gives nodes that guard against use after their reader went on, this hands out the entries
/// themselves: they hold until the next ``read(_:maximumDepth:)``, and it is on the caller not to use them longer.
/// The grammar is checked in full (RFC 8259).
package final class JSONEventTape {
    private let tape = JSONTape.take()

    package init() {
        precondition(MemoryLayout<JSONTapeEntry>.stride == MemoryLayout<redoubt_json_entry>.stride)
    }

    deinit {
        JSONTape.giveBack(tape)
    }

    /// Reads one value, with nothing around it.
    ///
    /// - Returns: the entries; the first one is the whole value.
    /// - Throws: a ``JSONError`` with an offset into `text`.
    package func read(
        _ text: UnsafeBufferPointer<UInt8>,
        maximumDepth: Int
    ) throws(JSONError) -> UnsafePointer<JSONTapeEntry> {
        try tape.pointee.build(text, maximumDepth: maximumDepth)
        return UnsafeRawPointer(tape.pointee.entries).assumingMemoryBound(to: JSONTapeEntry.self)
    }

    /// A number by which most names that differ are told apart without looking at all of their bytes.
    package static func nameCode(_ name: UnsafeBufferPointer<UInt8>) -> UInt32 {
        guard let start = name.baseAddress else { return 0 }
        return redoubt_json_name_code(start, name.count)
    }

    /// Writes what a string with escapes stands for; that is never longer than the string. U+0000 is kept.
    ///
    /// - Parameters:
    ///   - text: the bytes between the quotes, whose escapes ``read(_:maximumDepth:)`` has checked.
    ///   - target: room for `text.count` bytes.
    /// - Returns: the number of bytes that were written.
    package static func unescape(
        _ text: UnsafeBufferPointer<UInt8>,
        into target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        JSONEscape.unescape(text, into: target)
    }
}
