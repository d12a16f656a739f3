// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Writes captures: the state at one moment, and events from then on.
///
/// What it writes is what ``CaptureReplay`` and other readers of the format read: a section header, the machine,
/// interfaces, accounts, processes (version 9) and descriptors (version 2), then events of the second layout. The
/// caller takes the bytes away whenever it likes, and packs them with gzip if it likes.
package struct CaptureWriter {
    /// What was written and not yet taken away.
    package private(set) var bytes: [UInt8] = []
    /// The longest texts that other readers take.
    static let longestPath = 1024
    static let longestText = 4096

    /// Begins a capture.
    ///
    /// - Parameter machine: the machine that the events are of.
    package init(machine: MachineInfo) {
        block(BlockType.sectionHeader) { block in
            block.number(0x1A2B_3C4D as UInt32)
            block.number(1 as UInt16)
            block.number(2 as UInt16)
            // The length of the section is not known.
            block.number(UInt64.max)
        }
        block(BlockType.machineInfo) { block in
            block.number(machine.processors)
            block.number(machine.memory)
            block.number(machine.maximumProcessID)
            block.append(machine.hostName.prefix(127))
            block.zeros(128 - min(machine.hostName.count, 127))
            block.number(machine.bootTime)
            block.zeros(24)
        }
    }

    /// Takes away what was written.
    package mutating func take() -> [UInt8] {
        defer {
            bytes = []
        }
        return bytes
    }

    /// Writes the state: interfaces, accounts, processes and their descriptors.
    package mutating func write(_ state: SystemState, interfaces: [InterfaceInfo]) {
        block(0x219) { block in
            for interface in interfaces {
                block.entry(countsItself: false) { $0.interface(interface) }
            }
        }
        block(0x220) { block in
            for (key, user) in state.accounts.users where key.container == .host {
                block.entry(countsItself: true) { $0.user(user, number: key.number) }
            }
            for (key, name) in state.accounts.groups where key.container == .host {
                block.entry(countsItself: true) { entry in
                    entry.number(1 as UInt8)
                    entry.number(key.number)
                    entry.text(name[...], limit: Self.longestText)
                }
            }
        }
        block(0x215) { block in
            state.forEachThread { index in
                block.entry(countsItself: true) { $0.thread(state.threads[Int(index)], of: state) }
            }
        }
        state.forEachThread { index in
            let entry = state.threads[Int(index)]
            guard entry.descriptorCount > 0 else {
                return
            }
            block(0x218) { block in
                block.number(entry.threadID)
                state.forEachDescriptor(of: index) { descriptor in
                    block.entry(countsItself: true) { $0.descriptor(descriptor, of: state) }
                }
            }
        }
    }

    /// Writes an event, with the enter event that belongs to it before it where rules do not see that one.
    package mutating func write(_ event: SystemEvent) {
        if event.hasEnter, EventSchema.shared.types[Int(event.enter.type)].flags.contains(.hidden) {
            write(event.enter, cpu: event.cpu)
        }
        write(event.record, cpu: event.cpu)
    }

    private mutating func write(_ record: EventRecord, cpu: UInt16) {
        let width = record.isWide ? 4 : 2
        let values = (0..<Int(record.parameterCount)).reduce(0) { $0 + record[$1].count }
        block(record.isWide ? BlockType.largeEvent : BlockType.event2) { block in
            block.number(cpu)
            block.number(record.time)
            block.number(record.threadID)
            block.number(UInt32(26 + Int(record.parameterCount) * width + values))
            block.number(record.type)
            block.number(UInt32(record.parameterCount))
            for index in 0..<Int(record.parameterCount) {
                if record.isWide {
                    block.number(UInt32(record[index].count))
                } else {
                    block.number(UInt16(record[index].count))
                }
            }
            for index in 0..<Int(record.parameterCount) {
                block.append(record[index])
            }
        }
    }

    /// Writes a block: its type, its length, its body, padding, and the length again.
    private mutating func block(_ type: UInt32, _ body: (inout BlockWriter) -> Void) {
        var writer = BlockWriter()
        body(&writer)
        writer.zeros((4 - writer.bytes.count % 4) % 4)
        let length = UInt32(writer.bytes.count + 12)
        var frame = BlockWriter()
        frame.number(type)
        frame.number(length)
        bytes += frame.bytes
        bytes += writer.bytes
        withUnsafeBytes(of: length.littleEndian) { bytes += $0 }
    }
}

/// Puts the body of a block together.
struct BlockWriter {
    private(set) var bytes: [UInt8] = []

    mutating func number<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }

    mutating func append(_ more: some Sequence<UInt8>) {
        bytes += more
    }

    mutating func zeros(_ count: Int) {
        bytes += repeatElement(0, count: count)
    }

    /// A text: its length in two bytes, then its bytes.
    mutating func text(_ text: some Collection<UInt8>, limit: Int) {
        let kept = text.prefix(limit)
        number(UInt16(kept.count))
        bytes += kept
    }

    /// An entry that begins with its length in four bytes.
    mutating func entry(countsItself: Bool, _ body: (inout BlockWriter) -> Void) {
        var writer = BlockWriter()
        body(&writer)
        number(UInt32(writer.bytes.count + (countsItself ? 4 : 0)))
        bytes += writer.bytes
    }
}
