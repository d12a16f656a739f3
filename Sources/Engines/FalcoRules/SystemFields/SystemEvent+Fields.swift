// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension SystemEvent {
    /// Where an open call has its flags and its mode.
    struct OpenParameters {
        var flags: Int?
        var mode: Int?
    }

    /// Nil for calls that open nothing by its path.
    var openLayout: OpenParameters? {
        switch type {
        case 3: OpenParameters(flags: 2, mode: 3)
        case 307, 327: OpenParameters(flags: 3, mode: 4)
        case 337: OpenParameters(flags: 2, mode: nil)
        case 59: OpenParameters(flags: nil, mode: 2)
        default: nil
        }
    }

    /// The path that an open call was called with.
    var openedPathParameter: Int? {
        switch type {
        case 3, 59: 1
        case 307, 327: 2
        case 337: 3
        default: nil
        }
    }

    /// Whether it is a system call, and not a record of the scheduler or of the capture's writer.
    var isSystemCall: Bool {
        SystemEventTypes.isSystemCall(Int(type))
    }

    /// The index of a parameter by its name; nil if the event's type has none of that name.
    func parameterIndex(of name: StaticString) -> Int? {
        EventSchema.shared.parameterIndex(
            UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
            of: type
        )
    }
}

/// What the schema says of the types of events, as the catalogue of fields has it.
package enum SystemEventTypes {
    /// Types that are no system calls: the exit and the switch of threads, signals, page faults, containers ...
    private static let others: Set<String> = [
        "procexit", "switch", "drop", "sysdigevent", "container", "signaldeliver", "procinfo", "cpu_hotplug", "k8s",
        "tracer", "mesos", "notification", "infra", "page_fault", "pluginevent", "useradded", "userdeleted",
        "groupadded", "groupdeleted", "asyncevent", "NA",
    ]

    static func isSystemCall(_ type: Int) -> Bool {
        !otherTypes[type]
    }

    private static let otherTypes = EventSchema.shared.types.map { others.contains($0.name.text) }

    /// The types of events for a catalogue.
    package static let table: EventTypeTable = {
        let schema = EventSchema.shared
        let entries = schema.types.enumerated().map { number, type in
            // Events arrive as the type that replaced theirs.
            let isDelivered =
                !type.flags.contains(.unused) && !type.flags.contains(.hidden) && Int(type.successor) == number
            return EventTypeTable.Entry(
                name: number <= 1 || type.flags.contains(.unused) ? nil : type.name.text,
                isSystemCall: isSystemCall(number),
                isEnter: number % 2 == 0,
                isDelivered: isDelivered,
                parameters: schema.parameters(of: UInt16(number)).map { $0.name.text }
            )
        }
        return EventTypeTable(entries: entries, variableNames: Set(schema.systemCalls.map { $0.text }))
    }()
}

extension StaticBytes {
    func equals(_ text: StaticString) -> Bool {
        equals(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

extension UnsafeRawBufferPointer {
    var signed64: Int64? { count >= 8 ? loadUnaligned(as: Int64.self) : nil }
    var unsigned32: UInt32? { count >= 4 ? loadUnaligned(as: UInt32.self) : nil }

    /// The bytes without the zero byte at their end.
    var textBytes: UnsafeBufferPointer<UInt8> {
        let bytes = assumingMemoryBound(to: UInt8.self)
        return bytes.last == 0 ? UnsafeBufferPointer(rebasing: bytes.dropLast()) : bytes
    }
}
