// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension SystemFieldReader {
    mutating func eventValue(
        _ code: SystemFieldCode.EventField,
        of event: SystemEvent,
        _ field: FieldReference
    ) -> FieldValue {
        switch code {
        case .num: return .unsigned(event.number)
        case .rawTime: return .unsigned(event.time)
        case .rawTimeSeconds: return .unsigned(event.time / 1_000_000_000)
        case .rawTimeNanoseconds: return .unsigned(event.time % 1_000_000_000)
        case .source: return .text("syscall")
        case .isAsync: return .bool(false)
        case .hostName: return composed(machine)
        case .latency, .latencySeconds, .latencyNanoseconds: return latency(code, of: event)
        case .direction: return event.isEnter ? .text(">") : .text("<")
        case .type: return .bytes(UnsafeRawBufferPointer(event.name))
        case .typeIs: return typeIs(event, field)
        case .systemCall: return event.isSystemCall ? .bytes(UnsafeRawBufferPointer(event.name)) : .absent
        case .category: return category(of: event)
        case .cpu: return .signed(Int64(event.cpu))
        case .arguments, .info: return arguments(of: event)
        case .argument, .rawArgument: return argument(of: event, field, isRaw: code == .rawArgument)
        case .buffer: return buffer(of: event)
        case .result, .rawResult, .failed, .count, .errorCount, .exitCount: return result(code, of: event)
        case .isOpenRead, .isOpenWrite, .isOpenExecute, .isOpenCreate: return .bool(isOpen(code, event))
        case .absolutePath: return absolutePath(of: event, field)
        default: return transfer(code, of: event)
        }
    }

    private func latency(_ code: SystemFieldCode.EventField, of event: SystemEvent) -> FieldValue {
        guard !event.isEnter, let start = event.enterTime, event.time >= start else {
            return .absent
        }
        let span = event.time - start
        switch code {
        case .latencySeconds: return .unsigned(span / 1_000_000_000)
        case .latencyNanoseconds: return .unsigned(span % 1_000_000_000)
        default: return .unsigned(span)
        }
    }

    private func typeIs(_ event: SystemEvent, _ field: FieldReference) -> FieldValue {
        let wanted = field.argument == .index ? Int(field.index) : Int(String(decoding: field.key, as: UTF8.self))
        return .unsigned(wanted == Int(event.type) ? 1 : 0)
    }

    /// Reading and writing count by what the descriptor is: a file, a socket, or else.
    private func category(of event: SystemEvent) -> FieldValue {
        let category = event.category
        return category.starts(with: "io-".utf8) ? ioCategory(of: event) : .bytes(UnsafeRawBufferPointer(category))
    }

    private func ioCategory(of event: SystemEvent) -> FieldValue {
        switch event.descriptor(in: state)?.pointee.type {
        case .file, .directory: .text("file")
        case .ipv4Socket, .ipv6Socket: .text("net")
        case .unixSocket, .fifo, .event: .text("ipc")
        default: .text("unknown")
        }
    }

    // MARK: Results

    /// What the call returned: the parameter `res`, or the descriptor that it made.
    private func returned(_ event: SystemEvent) -> Int64? {
        guard let first = EventSchema.shared.parameters(of: event.type).first else {
            return nil
        }
        let bytes = event.parameter(0)
        switch first.type {
        case .result, .processID, .int64, .uint64: return first.name.equals("res") ? bytes.signed64 : nil
        case .descriptor:
            return !event.isEnter && (first.name.equals("fd") || first.name.equals("res")) ? bytes.signed64 : nil
        default: return nil
        }
    }

    private mutating func result(_ code: SystemFieldCode.EventField, of event: SystemEvent) -> FieldValue {
        if code == .count {
            return .unsigned(1)
        }
        if code == .exitCount {
            return .unsigned(event.isEnter ? 0 : 1)
        }
        guard let returned = returned(event) else {
            return code == .errorCount ? .unsigned(0) : code == .failed ? .bool(false) : .absent
        }
        switch code {
        case .rawResult: return .signed(returned)
        case .failed: return .bool(returned < 0)
        case .errorCount: return .unsigned(returned < 0 ? 1 : 0)
        default:
            guard returned < 0 else {
                return .text("SUCCESS")
            }
            guard let name = ErrorNames.name(of: returned) else {
                return composed("\(returned)")
            }
            return .bytes(UnsafeRawBufferPointer(name.bytes))
        }
    }

    // MARK: Reading and writing

    private func transfer(_ code: SystemFieldCode.EventField, of event: SystemEvent) -> FieldValue {
        let flags = event.kind.pointee.flags
        let reads = flags.contains(.reads)
        let writes = flags.contains(.writes)
        switch code {
        case .isIO: return .bool(reads || writes)
        case .isIORead: return .bool(reads)
        case .isIOWrite: return .bool(writes)
        case .ioDirection: return reads ? .text("read") : writes ? .text("write") : .absent
        case .isWait: return .bool(flags.contains(.waits))
        case .bufferLength, .bufferLengthIn, .bufferLengthOut:
            guard !event.isEnter, code != .bufferLengthIn || reads, code != .bufferLengthOut || writes,
                isIO(event), let count = returned(event), count >= 0
            else {
                return .absent
            }
            return .unsigned(UInt64(count))
        default: return .absent
        }
    }

    /// Calls that read, write or work on a descriptor count where it is known what that is.
    private func isIO(_ event: SystemEvent) -> Bool {
        event.kind.pointee.category.bytes.starts(with: "io-".utf8) && event.descriptor(in: state) != nil
    }

    private func buffer(of event: SystemEvent) -> FieldValue {
        guard let index = event.parameterIndex(of: "data") else {
            return .absent
        }
        let bytes = event.parameter(index)
        return bytes.baseAddress == nil ? .absent : .bytes(bytes)
    }

    // MARK: Opening

    private func isOpen(_ code: SystemFieldCode.EventField, _ event: SystemEvent) -> Bool {
        guard !event.isEnter, let layout = event.openLayout else {
            return false
        }
        let flags = layout.flags.flatMap { event.parameter($0).unsigned32 } ?? 0
        let mode = layout.mode.flatMap { event.parameter($0).unsigned32 } ?? 0
        switch code {
        case .isOpenRead: return flags & OpenFlags.readOnly != 0
        case .isOpenWrite: return flags & OpenFlags.writeOnly != 0
        case .isOpenExecute:
            let creates = layout.flags == nil || flags & (OpenFlags.temporaryFile | OpenFlags.create) != 0
            return creates && mode & 0o111 != 0
        default:
            let returned = event.parameter(0).signed64 ?? -1
            return flags & OpenFlags.created != 0 || (flags & OpenFlags.temporaryFile != 0 && returned >= 0)
        }
    }

    private mutating func absolutePath(of event: SystemEvent, _ field: FieldReference) -> FieldValue {
        let parameters = EventSchema.shared.parameters(of: event.type)
        let wanted = field.argument == .key ? String(decoding: field.key, as: UTF8.self) : ""
        let names =
            wanted == "src" ? ["oldpath", "linkpath"] : wanted == "dst" ? ["newpath"] : ["path", "name", "pathname"]
        for (index, parameter) in parameters.enumerated() where names.contains(parameter.name.text) {
            scratch.begin()
            scratch.append(resolved(event.parameter(index).textBytes, index: index, of: event))
            return scratch.finish()
        }
        return .absent
    }
}
