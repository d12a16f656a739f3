// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A field with its argument, resolved when rules are compiled, so that readers compare no names.
///
/// It points to the key's bytes, which the compiled rules own.
// Sendable: the key's bytes are written before the reference is made, and never again.
package struct FieldReference: BitwiseCopyable, @unchecked Sendable {
    package enum Argument: UInt8, Sendable, BitwiseCopyable {
        case none
        case index
        case key
    }

    /// ``FieldDefinition/number``.
    package let field: UInt16
    /// Numbers the distinct references of a rule set from 0, so that readers can keep tables of what they find out
    /// about an argument (at which place an event type has the parameter `flags`).
    package let serial: UInt16
    package let argument: Argument
    /// The argument where it is an index.
    package let index: Int32
    private let keyStart: UnsafeRawPointer?
    private let keyCount: Int

    package init(field: UInt16, serial: UInt16) {
        self.init(
            field: field,
            serial: serial,
            argument: .none,
            index: 0,
            key: UnsafeRawBufferPointer(start: nil, count: 0)
        )
    }

    package init(field: UInt16, serial: UInt16, index: Int32) {
        self.init(
            field: field,
            serial: serial,
            argument: .index,
            index: index,
            key: UnsafeRawBufferPointer(start: nil, count: 0)
        )
    }

    /// - Parameter key: bytes that live as long as the reference is used.
    package init(field: UInt16, serial: UInt16, key: UnsafeRawBufferPointer) {
        self.init(field: field, serial: serial, argument: .key, index: 0, key: key)
    }

    private init(field: UInt16, serial: UInt16, argument: Argument, index: Int32, key: UnsafeRawBufferPointer) {
        self.field = field
        self.serial = serial
        self.argument = argument
        self.index = index
        keyStart = key.baseAddress
        keyCount = key.count
    }

    /// The argument where it is a key, without brackets, dot or quotes.
    package var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: keyStart, count: keyCount) }
}
