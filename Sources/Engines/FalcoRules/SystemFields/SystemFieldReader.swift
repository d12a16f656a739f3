// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import SystemCapture

/// Answers the fields of system calls from an event of a capture and the state behind it.
///
/// Move it with ``move(to:of:)`` to each event, before the rules look at it.
package struct SystemFieldReader: ~Copyable, FieldReader {
    /// The event's own type of the schema.
    package private(set) var eventType = 0
    var event: SystemEvent?
    let state: SystemState
    let machine: [UInt8]
    var scratch = ScratchText()
    private let codes: UnsafeMutablePointer<SystemFieldCode>
    private let codeCount: Int
    /// For each argument of a rule set that names a parameter: its index in each event type, found when first asked.
    var parameterIndexes: [[Int8]] = []
    /// The times of the first event and of the one before this, in nanoseconds since 1970.
    var firstTime: UInt64 = 0
    var previousTime: UInt64 = 0

    /// - Parameters:
    ///   - catalogue: the fields by number, as ``FieldCatalogue/system(eventTypes:)`` has them.
    ///   - state: the state that the events change.
    ///   - hostName: what `evt.hostname` says.
    package init(catalogue: FieldCatalogue, state: SystemState, hostName: String = "") {
        self.state = state
        machine = Array(hostName.utf8)
        codeCount = catalogue.definitions.count
        codes = .allocate(capacity: max(codeCount, 1))
        for (index, definition) in catalogue.definitions.enumerated() {
            (codes + index).initialize(to: SystemFieldCode(name: definition.name))
        }
    }

    deinit {
        codes.deallocate()
    }

    /// Goes on to an event; values of the one before are no longer good.
    @inline(__always)
    package mutating func move(to event: SystemEvent) {
        previousTime = self.event?.time ?? event.time
        if self.event == nil {
            firstTime = event.time
        }
        self.event = event
        eventType = Int(event.type)
        scratch.removeAll()
    }

    /// The thread's stamp, and how often accounts and containers changed.
    package var processStamp: UInt64 {
        guard let thread = event?.thread else {
            return 0
        }
        return thread.pointee.stamp | state.epoch << 40
    }

    package mutating func value(of field: FieldReference) -> FieldValue {
        guard let event, Int(field.field) < codeCount else {
            return .absent
        }
        switch codes[Int(field.field)] {
        case .event(let code):
            return eventValue(code, of: event, field)
        case .process(let code):
            guard let thread = event.thread else {
                return code == .threadID ? .signed(event.threadID) : .absent
            }
            return processValue(code, of: thread, event: event, field)
        case .ancestor(let code):
            guard let thread = event.thread else {
                return .absent
            }
            return ancestorValue(code, of: thread, event: event, field)
        case .account(let code):
            guard let thread = event.thread else {
                return .absent
            }
            return accountValue(code, of: thread.pointee)
        case .descriptor(let code):
            return descriptorValue(code, of: event, field)
        case .container(let code):
            guard let thread = event.thread else {
                return .absent
            }
            return containerValue(code, of: thread.pointee, event: event, field)
        case .time(let code):
            return timeValue(code, of: event)
        case .path(let code):
            return pathValue(code, of: event)
        case .none:
            return .absent
        }
    }

    package mutating func values(of field: FieldReference, into values: inout FieldValues) -> Bool {
        guard let event, Int(field.field) < codeCount else {
            return false
        }
        switch codes[Int(field.field)] {
        case .ancestor(let code) where field.argument == .none || (code == .environment && field.argument == .key):
            guard let thread = event.thread else {
                return false
            }
            return ancestorValues(code, of: thread, field, into: &values)
        case .descriptor(let code):
            return descriptorValues(code, of: event, field, into: &values)
        default:
            let value = value(of: field)
            guard !value.isAbsent else {
                return false
            }
            values.append(value)
            return true
        }
    }

    // MARK: Pieces

    /// A text that the state holds.
    @inline(__always)
    func text(_ id: StringID) -> FieldValue {
        .bytes(UnsafeRawBufferPointer(state.text(id)))
    }

    /// Texts that end in zero bytes, joined by blanks.
    mutating func joined(_ id: StringID) -> FieldValue {
        scratch.begin()
        scratch.append(state.text(id), zeroAs: UInt8(ascii: " "))
        return scratch.finish()
    }

    /// A name and the arguments behind it.
    mutating func commandLine(_ first: StringID, _ arguments: StringID) -> FieldValue {
        scratch.begin()
        scratch.append(state.text(first))
        if !arguments.isEmpty {
            scratch.append(byte: UInt8(ascii: " "))
            scratch.append(state.text(arguments), zeroAs: UInt8(ascii: " "))
        }
        return scratch.finish()
    }

    /// The value of a variable among texts `NAME=value` that end in zero bytes.
    func variable(_ name: UnsafeRawBufferPointer, in environment: StringID) -> FieldValue {
        var rest = UnsafeRawBufferPointer(state.text(environment))[...]
        while !rest.isEmpty {
            let entry = rest.prefix { $0 != 0 }
            rest = rest.dropFirst(entry.count + 1)
            if entry.count > name.count, entry.starts(with: name),
                entry[entry.startIndex + name.count] == UInt8(ascii: "=")
            {
                return .bytes(UnsafeRawBufferPointer(rebasing: entry.dropFirst(name.count + 1)))
            }
        }
        return .absent
    }

    mutating func composed(_ text: String) -> FieldValue {
        scratch.begin()
        scratch.append(text)
        return scratch.finish()
    }

    mutating func composed(_ bytes: [UInt8]) -> FieldValue {
        scratch.begin()
        bytes.withUnsafeBufferPointer { scratch.append($0) }
        return scratch.finish()
    }
}
