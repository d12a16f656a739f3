// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the schema says of one type of event.
package struct EventType: BitwiseCopyable {
    /// The name that rules use, such as `openat`; enter and exit share it.
    package var name: StaticBytes
    package var category: StaticBytes
    package var flags: EventFlags
    /// The type that replaced this one, itself if none did.
    package var successor: UInt16
    /// Where the parameters begin in the schema's table.
    var firstParameter: Int32
    package var parameterCount: UInt8
    /// Where the sources of the successor's parameters begin in the schema's table.
    var firstSource: Int32
    /// What the state does with the event.
    var action: StateAction
    /// The parameter with the descriptor that the call works on, counted in the successor; -1 for none.
    package var descriptorParameter: Int8
    /// The parameter with two addresses, counted in the successor; -1 for none.
    var tupleParameter: Int8
    /// The kind of the descriptor that the call makes, where its name says it.
    var descriptorType: DescriptorType
}

/// A parameter of an event type.
package struct EventParameter: BitwiseCopyable {
    package var name: StaticBytes
    package var type: ParameterType
    package var format: ParameterFormat
    /// The set of ``FlagNames`` that names its values; -1 for none.
    package var flagSet: Int16
    /// For a relative path the parameter that holds its directory; -1 for none.
    package var directory: Int8
}

extension EventParameter {
    /// A signed number of so many bytes without a name.
    package static func plain(width: Int) -> EventParameter {
        let type: ParameterType =
            switch width {
            case 8...: .int64
            case 4..<8: .uint32
            case 1: .uint8
            default: .bytes
            }
        return EventParameter(name: StaticBytes(""), type: type, format: .decimal, flagSet: -1, directory: -1)
    }
}

/// Where a parameter of the current layout comes from in an event of an older layout.
struct ParameterSource: BitwiseCopyable {
    /// The index in the event itself; -1 for none.
    var own: Int8
    /// The index in the enter event that was stored for it; -1 for none.
    var enter: Int8
}

/// What an event type does.
package struct EventFlags: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let createsDescriptor = EventFlags(rawValue: 1 << 0)
    package static let destroysDescriptor = EventFlags(rawValue: 1 << 1)
    package static let usesDescriptor = EventFlags(rawValue: 1 << 2)
    package static let reads = EventFlags(rawValue: 1 << 3)
    package static let writes = EventFlags(rawValue: 1 << 4)
    package static let changesState = EventFlags(rawValue: 1 << 5)
    package static let unused = EventFlags(rawValue: 1 << 6)
    package static let waits = EventFlags(rawValue: 1 << 7)
    /// The lengths of the parameters take 32 bits each.
    package static let wideLengths = EventFlags(rawValue: 1 << 8)
    /// Rules do not see it: an enter event whose parameters the exit event carries, or a record of the capture's own.
    package static let hidden = EventFlags(rawValue: 1 << 9)
    package static let replaced = EventFlags(rawValue: 1 << 10)
    /// The enter event of a system call that also has an exit event.
    package static let hasExit = EventFlags(rawValue: 1 << 11)

    /// It tells that its thread exists, even if the capture never described it.
    static let isOfThread = EventFlags(rawValue: 1 << 12)

    /// The flag of a letter of the schema's text.
    init(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "c"): self = .createsDescriptor
        case UInt8(ascii: "d"): self = .destroysDescriptor
        case UInt8(ascii: "u"): self = .usesDescriptor
        case UInt8(ascii: "r"): self = .reads
        case UInt8(ascii: "w"): self = .writes
        case UInt8(ascii: "m"): self = .changesState
        case UInt8(ascii: "x"): self = .unused
        case UInt8(ascii: "W"): self = .waits
        case UInt8(ascii: "l"): self = .wideLengths
        case UInt8(ascii: "h"): self = .hidden
        case UInt8(ascii: "o"): self = .replaced
        default: self = []
        }
    }
}
