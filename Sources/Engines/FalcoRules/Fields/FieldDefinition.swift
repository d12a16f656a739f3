// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A field that rules may name: its type, whether it takes an argument, and how many values it has.
package struct FieldDefinition: Sendable, Hashable {
    /// What stands in brackets, or behind one more dot, after the name.
    package enum Argument: UInt8, Sendable {
        case none
        /// `proc.aname[2]`, or nothing.
        case optionalIndex
        /// `proc.env[HOME]`, or nothing; a number is an index.
        case optionalKey
        case requiredIndex
        /// `jevt.value[/stage]`, `evt.arg[0]`, `evt.arg.name`.
        case requiredKey

        package var isRequired: Bool { self == .requiredIndex || self == .requiredKey }
        package var takesKeys: Bool { self == .optionalKey || self == .requiredKey }
    }

    package enum Cardinality: UInt8, Sendable {
        case one
        /// An array: `in` holds where all values are in the list, `intersects` where any is.
        case list
        /// Either end of a connection: `=` and `in` hold where one end matches, `!=` where both differ.
        case eitherEnd
        /// All ancestors where no index is given: any that matches suffices.
        case ancestors
    }

    package struct Flags: OptionSet, Sendable, Hashable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Not for outputs.
        package static let filterOnly = Flags(rawValue: 1)
        /// Not for conditions.
        package static let printOnly = Flags(rawValue: 2)
        /// Still read, with a warning where Falco warns.
        package static let deprecated = Flags(rawValue: 4)
        /// Not as `val(...)` on the right side.
        package static let noRightSide = Flags(rawValue: 8)
        package static let noTransformer = Flags(rawValue: 16)
        /// The value belongs to the event's own process: it is the same for all events that have the same
        /// ``FieldReader/processStamp``.
        package static let ofProcess = Flags(rawValue: 32)
    }

    package let name: String
    package let type: FieldType
    package let argument: Argument
    package let cardinality: Cardinality
    package let flags: Flags
    /// The place in its catalogue, and what readers switch over.
    package let number: UInt16
}
