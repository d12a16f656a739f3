// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a parameter of an event holds, and how its bytes are laid out (all little-endian, nothing aligned).
///
/// Source: the `PT_*` values of `driver/ppm_events_public.h` in falcosecurity/libs.
package enum ParameterType: UInt8, Sendable, BitwiseCopyable {
    case none
    case int8
    case int16
    case int32
    case int64
    case uint8
    case uint16
    case uint32
    case uint64
    /// Text that ends in a zero byte.
    case text
    /// Bytes; for `args`, `env` and `cgroups` texts that end in zero bytes each.
    case bytes
    /// A result: a negated error number, or what the call returned.
    case result
    /// An address: family (1 byte), then address and port, or 8 bytes and a path.
    case socketAddress
    /// Two addresses: family (1 byte), source, destination.
    case socketTuple
    case descriptor
    case processID
    /// A count (2 bytes), then that many pairs of descriptor (8 bytes) and flags (2 bytes).
    case descriptorList
    /// A path as the caller gave it, relative to the current directory.
    case path
    /// A path relative to the directory that another parameter names by its descriptor.
    case relativePath
    case systemCallID
    case signal
    case relativeTime
    case absoluteTime
    case port
    case transportProtocol
    case socketFamily
    /// True or false in 4 bytes.
    case boolean
    case ipv4
    /// One byte that says which type follows, then the value.
    case dynamic
    case flags8
    case flags16
    case flags32
    /// One of several values that have names.
    case enumeration8
    case enumeration16
    case enumeration32
    case userID
    case groupID
    case double
    case signalSet
    case textList
    case textPairs
    case mode

    /// The type with a name of the schema's text; nil for a name that it does not use.
    init?(schemaName name: String) {
        guard let type = Self.schemaNames[name] else {
            return nil
        }
        self = type
    }

    private static let schemaNames: [String: ParameterType] = [
        "i8": .int8, "i16": .int16, "i32": .int32, "i64": .int64,
        "u8": .uint8, "u16": .uint16, "u32": .uint32, "u64": .uint64,
        "str": .text, "bytes": .bytes, "errno": .result, "addr": .socketAddress, "tuple": .socketTuple,
        "fd": .descriptor, "pid": .processID, "fds": .descriptorList, "path": .path, "relpath": .relativePath,
        "sysid": .systemCallID, "sig": .signal, "reltime": .relativeTime, "abstime": .absoluteTime,
        "port": .port, "l4": .transportProtocol, "family": .socketFamily, "bool": .boolean, "ip4": .ipv4,
        "dyn": .dynamic, "f8": .flags8, "f16": .flags16, "f32": .flags32,
        "e8": .enumeration8, "e16": .enumeration16, "e32": .enumeration32,
        "uid": .userID, "gid": .groupID, "double": .double, "sigset": .signalSet,
        "strs": .textList, "pairs": .textPairs, "mode": .mode,
    ]
}

/// How a number is written out.
package enum ParameterFormat: UInt8, Sendable, BitwiseCopyable {
    case decimal
    case hexadecimal
    case octal
}
