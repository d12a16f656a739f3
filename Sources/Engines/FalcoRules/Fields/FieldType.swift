// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What kind of value a field has; decides which operators a condition may use on it and how its values are written.
package enum FieldType: UInt8, Sendable {
    /// Text, as the system gave it: any bytes, ended by a zero byte in C.
    case text
    /// Bytes that may hold zeros, such as what was read or written.
    case buffer
    case signed
    case unsigned
    /// A port; the names of `/etc/services` stand for numbers in conditions.
    case port
    case bool
    case double
    /// An IPv4 or IPv6 address.
    case address
    /// Compared with networks in CIDR notation; the event's value is an address.
    case network
    /// A span of nanoseconds.
    case duration
    /// Nanoseconds since 1970.
    case time
    /// The value's own kind decides, event by event (`evt.rawarg`).
    case dynamic

    /// Whether values are numbers that `<` and its like compare.
    package var isNumeric: Bool {
        switch self {
        case .signed, .unsigned, .port, .double, .duration, .time, .dynamic: true
        case .text, .buffer, .bool, .address, .network: false
        }
    }
}
