// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension SystemFieldReader {
    /// `evt.args`: all parameters as `name=value`, with what a value means in parentheses.
    mutating func arguments(of event: SystemEvent) -> FieldValue {
        scratch.begin()
        for (index, parameter) in EventSchema.shared.parameters(of: event.type).enumerated() {
            let bytes = event.parameter(index)
            if index > 0 {
                scratch.append(byte: UInt8(ascii: " "))
            }
            scratch.append(parameter.name.bytes)
            scratch.append(byte: UInt8(ascii: "="))
            append(bytes, parameter)
            appendMeaning(bytes, parameter, index: index, of: event, inParentheses: true)
        }
        return scratch.finish()
    }

    /// `evt.arg` and `evt.rawarg`: one parameter by its name or number.
    mutating func argument(of event: SystemEvent, _ field: FieldReference, isRaw: Bool) -> FieldValue {
        let index = field.argument == .index ? Int(field.index) : parameterIndex(of: field, in: event)
        let parameters = EventSchema.shared.parameters(of: event.type)
        guard index >= 0, index < parameters.count else {
            return .absent
        }
        let parameter = parameters[index]
        let bytes = event.parameter(index)
        if isRaw {
            return raw(bytes, parameter)
        }
        guard bytes.baseAddress != nil else {
            return .absent
        }
        scratch.begin()
        appendMeaning(bytes, parameter, index: index, of: event, inParentheses: false)
        if scratch.isEmpty {
            append(bytes, parameter)
        }
        return scratch.finish()
    }

    /// The index of the parameter that an argument names, looked up once for each type; -1 for none.
    private mutating func parameterIndex(of field: FieldReference, in event: SystemEvent) -> Int {
        let serial = Int(field.serial)
        let unknown = Int8.min
        while parameterIndexes.count <= serial {
            parameterIndexes.append(Array(repeating: unknown, count: EventSchema.typeCount))
        }
        let known = parameterIndexes[serial][Int(event.type)]
        guard known == unknown else {
            return Int(known)
        }
        let name = field.key.assumingMemoryBound(to: UInt8.self)
        let index =
            EventSchema.shared.parameterIndex(name, of: event.type) ?? Int(String(decoding: name, as: UTF8.self))
        let found = index.flatMap { Int8(exactly: $0) } ?? -1
        parameterIndexes[serial][Int(event.type)] = found
        return Int(found)
    }

    // MARK: Values

    /// A parameter as a value of its own type.
    private func raw(_ bytes: UnsafeRawBufferPointer, _ parameter: EventParameter) -> FieldValue {
        guard bytes.baseAddress != nil else {
            return .absent
        }
        if parameter.type.isText {
            return .bytes(UnsafeRawBufferPointer(bytes.textBytes))
        }
        guard let width = parameter.type.width, bytes.count >= width else {
            return .bytes(bytes)
        }
        return parameter.type.isSigned
            ? .signed(Self.signed(bytes, width: width)) : .unsigned(Self.unsigned(bytes, width: width))
    }

    static func unsigned(_ bytes: UnsafeRawBufferPointer, width: Int) -> UInt64 {
        var number: UInt64 = 0
        for index in 0..<width {
            number |= UInt64(bytes[index]) << UInt64(8 * index)
        }
        return number
    }

    private static func signed(_ bytes: UnsafeRawBufferPointer, width: Int) -> Int64 {
        let shift = Int64(64 - 8 * width)
        return (Int64(bitPattern: unsigned(bytes, width: width)) << shift) >> shift
    }

    /// Appends a value as it is.
    private mutating func append(_ bytes: UnsafeRawBufferPointer, _ parameter: EventParameter) {
        guard !bytes.isEmpty else {
            if bytes.baseAddress == nil || !(parameter.type.isText || parameter.type == .bytes) {
                scratch.append("NULL")
            }
            return
        }
        switch parameter.type {
        case .socketAddress: appendAddress(bytes)
        case .socketTuple: appendTuple(bytes)
        case .descriptorList: appendDescriptors(bytes)
        case .bytes:
            appendPrintable(bytes.assumingMemoryBound(to: UInt8.self), zeroAs: UInt8(ascii: "."))
        case .dynamic:
            append(
                UnsafeRawBufferPointer(rebasing: bytes.dropFirst()),
                EventParameter.plain(width: bytes.count - 1)
            )
        default:
            if parameter.type.isText {
                scratch.append(bytes.textBytes)
            } else if let width = parameter.type.width, bytes.count >= width {
                appendNumber(bytes, width: width, parameter)
            }
        }
    }

    private mutating func appendNumber(_ bytes: UnsafeRawBufferPointer, width: Int, _ parameter: EventParameter) {
        switch parameter.format {
        case .hexadecimal: scratch.append(Self.unsigned(bytes, width: width), base: 16)
        case .octal:
            let number = Self.unsigned(bytes, width: width)
            if number != 0 {
                scratch.append(byte: UInt8(ascii: "0"))
            }
            scratch.append(number, base: 8)
        case .decimal:
            if parameter.type.isSigned {
                scratch.append(signed: Self.signed(bytes, width: width))
            } else {
                scratch.append(Self.unsigned(bytes, width: width))
            }
        }
    }

    /// Bytes that cannot be shown read as dots.
    private mutating func appendPrintable(_ bytes: UnsafeBufferPointer<UInt8>, zeroAs replacement: UInt8) {
        for byte in bytes {
            scratch.append(byte: (0x20...0x7E).contains(byte) ? byte : replacement)
        }
    }

    private mutating func appendAddress(_ bytes: UnsafeRawBufferPointer) {
        switch bytes[0] {
        case 2 where bytes.count >= 7:
            scratch.append(ipv4: UInt64(bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
            scratch.append(byte: UInt8(ascii: ":"))
            scratch.append(UInt64(bytes.loadUnaligned(fromByteOffset: 5, as: UInt16.self)))
        case 10 where bytes.count >= 19:
            scratch.append(
                AddressBytes.ipv6(bytes, at: 1),
                port: bytes.loadUnaligned(fromByteOffset: 17, as: UInt16.self),
                isIPv6: true
            )
        case 1:
            scratch.append(UnsafeRawBufferPointer(rebasing: bytes.dropFirst()).textBytes)
        default:
            scratch.append("family ")
            scratch.append(UInt64(bytes[0]))
        }
    }

    private mutating func appendTuple(_ bytes: UnsafeRawBufferPointer) {
        switch bytes[0] {
        case 2 where bytes.count >= 13:
            for offset in [1, 7] {
                scratch.append(ipv4: UInt64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                scratch.append(byte: UInt8(ascii: ":"))
                scratch.append(UInt64(bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt16.self)))
                if offset == 1 {
                    scratch.append("->")
                }
            }
        case 10 where bytes.count >= 37:
            for offset in [1, 19] {
                let port = bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self)
                scratch.append(AddressBytes.ipv6(bytes, at: offset), port: port, isIPv6: true)
                if offset == 1 {
                    scratch.append("->")
                }
            }
        case 1 where bytes.count >= 17:
            scratch.append(address: bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
            scratch.append("->")
            scratch.append(address: bytes.loadUnaligned(fromByteOffset: 9, as: UInt64.self))
            scratch.append(byte: UInt8(ascii: " "))
            scratch.append(UnsafeRawBufferPointer(rebasing: bytes[17...]).textBytes)
        default:
            scratch.append("INVALID IPv4")
        }
    }

    /// Two addresses as a parameter holds them.
    mutating func socketTuple(_ bytes: UnsafeRawBufferPointer) -> FieldValue {
        scratch.begin()
        appendTuple(bytes)
        return scratch.finish()
    }

    /// One address as a parameter holds it; empty for a parameter without one.
    mutating func socketAddress(_ bytes: UnsafeRawBufferPointer) -> FieldValue {
        scratch.begin()
        if !bytes.isEmpty {
            appendAddress(bytes)
        }
        return scratch.finish()
    }

    private mutating func appendDescriptors(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 2 else {
            return
        }
        let count = min(Int(bytes.loadUnaligned(as: UInt16.self)), (bytes.count - 2) / 10)
        for place in 0..<count {
            if place > 0 {
                scratch.append(byte: UInt8(ascii: " "))
            }
            let number = bytes.loadUnaligned(fromByteOffset: 2 + place * 10, as: Int64.self)
            scratch.append(signed: number)
            scratch.append(byte: UInt8(ascii: ":"))
            if let entry = event.flatMap({ state.descriptor(number, ofThread: $0.threadID)?.pointee }) {
                scratch.append(byte: entry.type.letter)
            }
            scratch.append(UInt64(bytes.loadUnaligned(fromByteOffset: 10 + place * 10, as: UInt16.self)), base: 16)
        }
    }
}

extension ParameterType {
    /// The bytes of a number; nil for what is none.
    var width: Int? {
        switch self {
        case .int8, .uint8, .flags8, .enumeration8, .signal, .transportProtocol, .socketFamily: 1
        case .int16, .uint16, .flags16, .enumeration16, .systemCallID, .port: 2
        case .int32, .uint32, .flags32, .enumeration32, .boolean, .ipv4, .userID, .groupID, .signalSet, .mode: 4
        case .int64, .uint64, .result, .descriptor, .processID, .relativeTime, .absoluteTime, .double: 8
        default: nil
        }
    }

    fileprivate var isSigned: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .result, .descriptor, .processID, .userID, .groupID: true
        default: false
        }
    }

    fileprivate var isText: Bool {
        self == .text || self == .path || self == .relativePath
    }

    var isEnumeration: Bool {
        self == .enumeration8 || self == .enumeration16 || self == .enumeration32
    }
}
