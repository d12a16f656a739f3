// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
package import EventBus

/// A block of events as it lies in a day file.
///
/// Its data is, compressed, the lines of the events one after another and behind them what is known of each:
///
/// | column | form |
/// | --- | --- |
/// | lengths | a varint for each event, without the line feed |
/// | times | a varint for each: the zigzag difference to the one before |
/// | classes, severities, dispositions | a byte for each, column by column |
/// | keys | their number as a varint, then 8 bytes little endian for each different one |
/// | numbers of keys | a byte for each event |
/// | places of keys | a varint for each key of each event |
package struct EventBlock: Sendable, Equatable {
    /// What can be known without reading the data.
    package struct Summary: Sendable, Equatable {
        package var stream: UInt8
        /// The earliest time in it.
        package var first: Int64
        /// The latest time in it.
        package var last: Int64
        package var count: Int
        /// The bytes of its lines.
        package var lineBytes: Int
        /// The bytes of lines and columns.
        package var contentBytes: Int
        package var classes: EventClassSet
        /// The highest severity in it.
        package var severity: EventSeverity
    }

    package var summary: Summary
    package var filter: EntityFilter
    package var data: [UInt8]
    /// SHA-256 over all of the above; see ``EventBlock/hash(_:filter:data:)``.
    package var hash: [UInt8]

    /// The most that a block's content may have; more is damage, not data.
    static let maximumContentBytes = 128 << 20

    /// The hash of a block: SHA-256 over eight numbers of 8 bytes little endian (stream, first, last, count, line bytes,
    /// content bytes, classes, severity), the length of the filter in the same form, the filter, and the data.
    static func hash(_ summary: Summary, filter: [UInt8], data: UnsafeRawBufferPointer) -> [UInt8] {
        let numbers: [UInt64] = [
            UInt64(summary.stream), UInt64(bitPattern: summary.first), UInt64(bitPattern: summary.last),
            UInt64(summary.count), UInt64(summary.lineBytes), UInt64(summary.contentBytes), summary.classes.rawValue,
            UInt64(summary.severity.rawValue), UInt64(filter.count),
        ]
        var hash = SHA256()
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) } }
        filter.withUnsafeBytes { hash.update(bufferPointer: $0) }
        hash.update(bufferPointer: data)
        return Array(hash.finalize())
    }
}
