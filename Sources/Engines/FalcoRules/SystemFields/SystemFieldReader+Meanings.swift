// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

/// What values mean: `-2` is `ENOENT`, 3 is `/etc/hosts`.
extension SystemFieldReader {
    /// Appends what a value means: the name of an error, of flags, of a process; the path of a descriptor.
    mutating func appendMeaning(
        _ bytes: UnsafeRawBufferPointer,
        _ parameter: EventParameter,
        index: Int,
        of event: SystemEvent,
        inParentheses: Bool
    ) {
        let opening = ScratchMark(inParentheses: inParentheses)
        switch parameter.type {
        case .result:
            if let number = bytes.signed64, number < 0, let name = ErrorNames.name(of: number) {
                opening.wrap(&scratch) { $0.append(name.bytes) }
            }
        case .descriptor:
            appendDescriptor(bytes.signed64, of: event, opening)
        case .processID:
            if let number = bytes.signed64, number >= 0, let thread = state.thread(number) {
                let name = state.text(thread.pointee.command)
                opening.wrap(&scratch) { $0.append(name) }
            }
        case .signal:
            if let number = bytes.first, let name = ErrorNames.signal(Int(number)) {
                opening.wrap(&scratch) { $0.append(name.bytes) }
            }
        case .path, .relativePath:
            appendPath(bytes.textBytes, index: index, of: event, opening)
        case .userID, .groupID:
            appendAccount(bytes.unsigned32, isGroup: parameter.type == .groupID, of: event, opening)
        default:
            if parameter.flagSet >= 0, let width = parameter.type.width, bytes.count >= width {
                appendFlags(Self.unsigned(bytes, width: width), parameter, opening)
            }
        }
    }

    private mutating func appendDescriptor(_ number: Int64?, of event: SystemEvent, _ opening: ScratchMark) {
        guard let number else {
            return
        }
        if number < 0 {
            if let name = ErrorNames.name(of: number) {
                opening.wrap(&scratch) { $0.append(name.bytes) }
            }
            return
        }
        guard let entry = state.descriptor(number, ofThread: event.threadID)?.pointee else {
            return
        }
        let state = state
        opening.wrap(&scratch) { text in
            text.append(byte: UInt8(ascii: "<"))
            text.append(byte: entry.type.letter)
            if entry.type.isInternet, entry.hasRole {
                text.append(entry.transport == .tcp ? "t" : entry.transport == .udp ? "u" : "")
            }
            text.append(byte: UInt8(ascii: ">"))
            text.append(nameOf: entry, in: state)
        }
    }

    private mutating func appendPath(
        _ path: UnsafeBufferPointer<UInt8>,
        index: Int,
        of event: SystemEvent,
        _ opening: ScratchMark
    ) {
        guard let first = path.first, first != UInt8(ascii: "/"), !path.elementsEqual("<NA>".utf8),
            !path.elementsEqual("(NULL)".utf8)
        else {
            return
        }
        let whole = resolved(path, index: index, of: event)
        opening.wrap(&scratch) { $0.append(whole) }
    }

    private mutating func appendAccount(
        _ number: UInt32?,
        isGroup: Bool,
        of event: SystemEvent,
        _ opening: ScratchMark
    ) {
        guard let number, number != .max, let container = event.thread?.pointee.container else {
            return
        }
        let name =
            isGroup
            ? state.group(number, container: container) : state.user(number, container: container)?.name
        if let name {
            opening.wrap(&scratch) { text in
                name.withUnsafeBufferPointer { text.append($0) }
            }
        }
    }

    private mutating func appendFlags(_ number: UInt64, _ parameter: EventParameter, _ opening: ScratchMark) {
        var rest = UInt32(truncatingIfNeeded: number)
        let isZero = rest == 0
        var isFirst = true
        for value in FlagNames.shared.sets[Int(parameter.flagSet)] {
            let matches =
                parameter.type.isEnumeration
                ? value.bits == rest
                : value.bits == 0 ? isZero : rest & value.bits == value.bits
            guard matches, isFirst || !parameter.type.isEnumeration else {
                continue
            }
            if isFirst {
                opening.open(&scratch)
            } else {
                scratch.append(byte: UInt8(ascii: "|"))
            }
            isFirst = false
            scratch.append(value.name.bytes)
            // What a name covers is not named again: reading and writing have a name together.
            if !parameter.type.isEnumeration {
                rest &= ~value.bits
            }
        }
        if !isFirst {
            opening.close(&scratch)
        }
    }
}

/// Parentheses around a meaning, where there are to be some.
private struct ScratchMark {
    let inParentheses: Bool

    func open(_ text: inout ScratchText) {
        if inParentheses {
            text.append(byte: UInt8(ascii: "("))
        }
    }

    func close(_ text: inout ScratchText) {
        if inParentheses {
            text.append(byte: UInt8(ascii: ")"))
        }
    }

    func wrap(_ text: inout ScratchText, _ body: (inout ScratchText) -> Void) {
        open(&text)
        body(&text)
        close(&text)
    }
}
