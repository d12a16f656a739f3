// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One value of a field, as plain as an integer: copying it costs three registers and touches no reference count.
///
/// Text and buffers are not copied; they point into the event, the process table or the reader's scratch memory, and
/// are good until the reader goes on to the next event.
package struct FieldValue: BitwiseCopyable, Sendable {
    package enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// The event does not have the field. Every comparison with it is false, also `!=`.
        case absent
        /// Text or a buffer.
        case bytes
        case signed
        case unsigned
        case bool
        case double
        case ipv4
        case ipv6
    }

    package let kind: Kind
    /// The number's bits; of bytes the address; of an IPv6 address the upper half.
    @usableFromInline let first: UInt64
    /// Of bytes the count; of an IPv6 address the lower half.
    @usableFromInline let second: UInt64

    @inlinable
    init(kind: Kind, first: UInt64, second: UInt64 = 0) {
        self.kind = kind
        self.first = first
        self.second = second
    }

    @inlinable package static var absent: FieldValue { FieldValue(kind: .absent, first: 0) }

    /// Bytes that outlive the event's evaluation.
    @inlinable
    package static func bytes(_ bytes: UnsafeRawBufferPointer) -> FieldValue {
        FieldValue(
            kind: .bytes,
            first: UInt64(UInt(bitPattern: bytes.baseAddress)),
            second: UInt64(UInt(bitPattern: bytes.count))
        )
    }

    @inlinable
    package static func bytes(_ start: UnsafeRawPointer, count: Int) -> FieldValue {
        FieldValue(kind: .bytes, first: UInt64(UInt(bitPattern: start)), second: UInt64(UInt(bitPattern: count)))
    }

    /// Text that is part of the program.
    @inlinable
    package static func text(_ text: StaticString) -> FieldValue {
        .bytes(UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount)
    }

    @inlinable
    package static func signed(_ value: Int64) -> FieldValue {
        FieldValue(kind: .signed, first: UInt64(bitPattern: value))
    }

    @inlinable
    package static func unsigned(_ value: UInt64) -> FieldValue { FieldValue(kind: .unsigned, first: value) }

    @inlinable
    package static func bool(_ value: Bool) -> FieldValue { FieldValue(kind: .bool, first: value ? 1 : 0) }

    @inlinable
    package static func double(_ value: Double) -> FieldValue {
        FieldValue(kind: .double, first: value.bitPattern)
    }

    /// - Parameter bits: the 32 bits, the first number of the text being the most significant.
    @inlinable
    package static func ipv4(_ bits: UInt32) -> FieldValue { FieldValue(kind: .ipv4, first: UInt64(bits)) }

    @inlinable
    package static func ipv6(_ bits: UInt128) -> FieldValue {
        FieldValue(
            kind: .ipv6,
            first: UInt64(truncatingIfNeeded: bits >> 64),
            second: UInt64(truncatingIfNeeded: bits)
        )
    }

    // MARK: What it holds; to be asked only of a value of the kind

    @inlinable package var isAbsent: Bool { kind == .absent }

    /// The bytes; empty for values of other kinds.
    @inlinable package var bytes: UnsafeRawBufferPointer {
        guard kind == .bytes else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: UInt(truncatingIfNeeded: first)),
            count: Int(truncatingIfNeeded: second)
        )
    }

    @inlinable package var signedValue: Int64 { Int64(bitPattern: first) }
    @inlinable package var unsignedValue: UInt64 { first }
    @inlinable package var boolValue: Bool { first != 0 }
    @inlinable package var doubleValue: Double { Double(bitPattern: first) }
    @inlinable package var ipv4Bits: UInt32 { UInt32(truncatingIfNeeded: first) }
    @inlinable package var ipv6Bits: UInt128 { UInt128(first) << 64 | UInt128(second) }
}
