// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

/// Values as text, as outputs and explanations show them.
enum FieldText {
    static func bytes(of value: FieldValue, _ type: FieldType) -> [UInt8] {
        switch value.kind {
        case .absent: Array("<NA>".utf8)
        case .bytes: Array(value.bytes)
        default: Array(string(of: value, type).utf8)
        }
    }

    /// The value as JSON: numbers and booleans as such, all else as strings, with U+FFFD for what is no UTF-8.
    static func json(of value: FieldValue, _ type: FieldType) -> [UInt8] {
        switch value.kind {
        case .absent: return Array("null".utf8)
        case .signed, .unsigned, .bool: return bytes(of: value, type)
        case .double where value.doubleValue.isFinite: return bytes(of: value, type)
        case .bytes, .double, .ipv4, .ipv6:
            var writer = JSONWriter()
            writer.string(String(decoding: bytes(of: value, type), as: UTF8.self))
            return writer.bytes
        }
    }

    private static func string(of value: FieldValue, _ type: FieldType) -> String {
        switch value.kind {
        case .absent: "<NA>"
        case .bytes: String(decoding: value.bytes, as: UTF8.self)
        case .signed: String(value.signedValue)
        case .unsigned: String(value.unsignedValue)
        case .bool: value.boolValue ? "true" : "false"
        case .double: String(value.doubleValue)
        case .ipv4: IPAddress(v4: value.ipv4Bits).description
        case .ipv6: IPAddress(bits: value.ipv6Bits).description
        }
    }
}
