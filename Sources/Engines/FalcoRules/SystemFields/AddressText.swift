// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension ScratchText {
    /// Appends an IPv4 address in dotted form, from its first 4 bytes in network order.
    mutating func append(ipv4 address: UInt64) {
        for index in 0..<4 {
            if index > 0 {
                append(byte: UInt8(ascii: "."))
            }
            append((address >> (8 * UInt64(index))) & 0xFF)
        }
    }

    /// Appends an IPv6 address as RFC 5952 writes it: the longest run of zeros is left out.
    mutating func append(ipv6 address: AddressBytes) {
        var bytes = (address.low, address.high)
        withUnsafeBytes(of: &bytes) { raw in
            let groups = (0..<8).map { UInt64(raw[$0 * 2]) << 8 | UInt64(raw[$0 * 2 + 1]) }
            let run = Self.longestZeros(groups)
            // An IPv4 address within is written as one.
            if run == 0..<5, groups[5] == 0xFFFF {
                append("::ffff:")
                append(ipv4: address.high >> 32)
                return
            }
            for index in 0..<8 where !run.contains(index) || index == run.lowerBound {
                if index == run.lowerBound, !run.isEmpty {
                    append(run.upperBound == 8 ? "::" : ":")
                    continue
                }
                if index > 0 {
                    append(byte: UInt8(ascii: ":"))
                }
                appendLowercase(groups[index])
            }
        }
    }

    private static func longestZeros(_ groups: [UInt64]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 {
                end += 1
            }
            if end - start > max(best.count, 1) {
                best = start..<end
            }
            start = max(end, start + 1)
        }
        return best
    }

    /// Appends a kernel address in small hexadecimal digits.
    mutating func append(address: UInt64) {
        appendLowercase(address)
    }

    private mutating func appendLowercase(_ number: UInt64) {
        var shift: UInt64 = 60
        while shift > 0, number >> shift == 0 {
            shift -= 4
        }
        while true {
            let digit = UInt8(truncatingIfNeeded: number >> shift & 0xF)
            append(byte: digit < 10 ? 0x30 + digit : 0x57 + digit)
            guard shift > 0 else {
                return
            }
            shift -= 4
        }
    }

    /// Appends an address and a port.
    mutating func append(_ address: AddressBytes, port: UInt16, isIPv6: Bool) {
        if isIPv6 {
            append(ipv6: address)
        } else {
            append(ipv4: address.low)
        }
        append(byte: UInt8(ascii: ":"))
        append(UInt64(port))
    }

    /// Appends the name of a descriptor: a path, or the addresses of a socket.
    mutating func append(nameOf entry: DescriptorEntry, in state: SystemState) {
        guard entry.type.isInternet else {
            append(state.text(entry.name))
            return
        }
        guard entry.flags.contains(.hasAddresses) else {
            return
        }
        let isIPv6 = entry.type == .ipv6Socket || entry.type == .ipv6Server
        if entry.type == .ipv4Socket || entry.type == .ipv6Socket {
            append(entry.source, port: entry.sourcePort, isIPv6: isIPv6)
            append("->")
        }
        append(entry.destination, port: entry.destinationPort, isIPv6: isIPv6)
    }
}
