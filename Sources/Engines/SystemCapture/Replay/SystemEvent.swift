// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One event as rules see it: in the current layout, whatever layout the capture has.
///
/// In old captures the parameters of a system call are spread over an enter and an exit event; here the exit event
/// has them all, as a view: nothing is copied. All pointers are valid until the next event is read.
package struct SystemEvent: BitwiseCopyable {
    var record: EventRecord
    /// The enter event that belongs to it; the same as `record` if there is none.
    var enter: EventRecord
    var hasEnter: Bool
    /// Where the parameters come from.
    var sources: UnsafePointer<ParameterSource>
    /// The thread, as an index into the state's table.
    var threadNumber: UInt32
    var threadEntry: UnsafeMutablePointer<ThreadEntry>?
    package var kind: UnsafePointer<EventType>

    /// The type, as the current schema numbers it.
    package var type: UInt16
    package var cpu: UInt16
    /// Counts the events that rules see, from 1.
    package var number: UInt64
    package var parameterCount: Int

    /// An event without a thread and without parameters.
    init(_ record: EventRecord, kind: UnsafePointer<EventType>, schema: EventSchema) {
        self.record = record
        enter = record
        hasEnter = false
        sources = schema.sourceTable.baseAddress.unsafelyUnwrapped
        threadNumber = FlatIndex.absent
        threadEntry = nil
        self.kind = kind
        type = 0
        cpu = 0
        number = 0
        parameterCount = 0
    }

    /// Nanoseconds since 1970.
    @inline(__always)
    package var time: UInt64 { record.time }

    @inline(__always)
    package var threadID: Int64 { record.threadID }

    /// Whether it tells of the beginning of a call; events without an end count as that.
    package var isEnter: Bool { record.type & 1 == 0 }

    /// The type as it is stored in the capture.
    package var storedType: UInt16 { record.type }

    /// The name that rules use; for a system call without a type of its own the call's name.
    package var name: UnsafeBufferPointer<UInt8> {
        guard type <= 1 else {
            return kind.pointee.name.bytes
        }
        let calls = EventSchema.shared.systemCalls
        let number = Int(parameter(0).number(as: UInt16.self) ?? 0)
        return calls[number < calls.count ? number : 0].bytes
    }

    /// The category of the call, as the schema has it; reading and writing are told apart from what they work on.
    package var category: UnsafeBufferPointer<UInt8> {
        guard type <= 1 else {
            return kind.pointee.category.bytes
        }
        let categories = EventSchema.shared.systemCallCategories
        let number = Int(parameter(0).number(as: UInt16.self) ?? 0)
        return categories[number < categories.count ? number : 0].bytes
    }

    /// The name as a text.
    package var displayName: String {
        String(decoding: name, as: UTF8.self)
    }

    /// The thread that the event is of; nil for events of none.
    package var thread: UnsafePointer<ThreadEntry>? {
        threadEntry.map { UnsafePointer($0) }
    }

    /// When the call began, in nanoseconds since 1970; nil if its enter event is not in the capture.
    package var enterTime: UInt64? {
        hasEnter ? enter.time : nil
    }

    /// The bytes of a parameter; empty if the event has none.
    @inline(__always)
    package func parameter(_ index: Int) -> UnsafeRawBufferPointer {
        guard index >= 0, index < parameterCount else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let source = sources[index]
        if source.own >= 0, source.own < Int(record.parameterCount) {
            return record[Int(source.own)]
        }
        if hasEnter, source.enter >= 0 {
            return enter[Int(source.enter)]
        }
        return UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// A parameter as a number of 64 bits; nil if the event has none or it is shorter.
    @inline(__always)
    func int64(_ index: Int) -> Int64? {
        parameter(index).number(as: Int64.self)
    }

    @inline(__always)
    func uint64(_ index: Int) -> UInt64? {
        parameter(index).number(as: UInt64.self)
    }

    @inline(__always)
    func uint32(_ index: Int) -> UInt32? {
        parameter(index).number(as: UInt32.self)
    }

    /// A parameter as a text, without the zero byte at its end.
    @inline(__always)
    func text(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        parameter(index).text
    }
}
