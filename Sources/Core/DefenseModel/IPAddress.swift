// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An IPv4 or IPv6 address. An IPv4 address is kept in its IPv6-mapped form (RFC 4291 section 2.5.5.2), so that both
/// spellings of it are the same address.
package struct IPAddress: TextForm, Comparable {
    /// The 128 bits, the first one of the text being the most significant.
    package let bits: UInt128

    package init(bits: UInt128) {
        self.bits = bits
    }

    /// - Parameter v4: the 32 bits of an IPv4 address.
    package init(v4: UInt32) {
        bits = 0xFFFF_0000_0000 | UInt128(v4)
    }

    package var isIPv4: Bool { bits >> 32 == 0xFFFF }

    /// The bits of an IPv4 address; of others the last 32.
    package var v4: UInt32 { UInt32(truncatingIfNeeded: bits) }

    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.bits < right.bits
    }

    package init(parsing text: String) throws(ModelError) {
        guard let address = IPAddress(text) else {
            throw ModelError(
                .address,
                "expected an address such as 192.0.2.1 or 2001:db8::1, found \(ModelError.quote(text.utf8))"
            )
        }
        self = address
    }

    /// Reads an address without brackets, zone or port, as `inet_pton` does; nil where it is none.
    package init?(_ text: String) {
        var text = text
        let parsed = text.withUTF8 { IPAddress($0) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// Reads the bytes of an address; nil where they are none.
    package init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard (2...45).contains(text.count) else { return nil }
        if text.contains(UInt8(ascii: ":")) {
            guard let bits = Self.readIPv6(text) else { return nil }
            self.init(bits: bits)
        } else {
            guard let v4 = Self.readIPv4(text[...]) else { return nil }
            self.init(v4: v4)
        }
    }

    /// Four numbers from 0 to 255 without leading zeros.
    private static func readIPv4(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> UInt32? {
        var value: UInt32 = 0
        var dots = 0
        var part: UInt32?
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = UInt32(byte - UInt8(ascii: "0"))
                guard part != 0, part ?? 0 <= 25 else { return nil }
                part = (part ?? 0) * 10 + digit
                guard part ?? 0 <= 255 else { return nil }
            case UInt8(ascii: "."):
                guard let number = part, dots < 3 else { return nil }
                value = value << 8 | number
                dots += 1
                part = nil
            default:
                return nil
            }
        }
        guard dots == 3, let part else { return nil }
        return value << 8 | part
    }

    /// Eight groups of up to four hexadecimal digits, a run of zeros written as `::`, the last two groups perhaps as
    /// an IPv4 address (RFC 4291 section 2.2).
    private static func readIPv6(_ text: UnsafeBufferPointer<UInt8>) -> UInt128? {
        var groups: UInt128 = 0
        var count = 0
        var gap: Int?
        var index = 0
        if text[0] == UInt8(ascii: ":") {
            guard text[1] == UInt8(ascii: ":") else { return nil }
            gap = 0
            index = 2
        }
        while index < text.count {
            let start = index
            guard count < 8, let group = readGroup(text, &index) else { return nil }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard count <= 6, let v4 = readIPv4(text[start...]) else { return nil }
                groups = groups << 32 | UInt128(v4)
                count += 2
                break
            }
            groups = groups << 16 | group
            count += 1
            guard index < text.count else { break }
            guard text[index] == UInt8(ascii: ":") else { return nil }
            index += 1
            guard index < text.count else { return nil }
            if text[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = count
                index += 1
            }
        }
        guard let gap else { return count == 8 ? groups : nil }
        guard count < 8 else { return nil }
        let tail = 16 * UInt128(count - gap)
        guard tail > 0 else { return groups << (128 - 16 * UInt128(gap)) }
        let low = groups & ~(UInt128.max << tail)
        let high = groups >> tail
        return gap == 0 ? low : high << (128 - 16 * UInt128(gap)) | low
    }

    private static func readGroup(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> UInt128? {
        var value: UInt128 = 0
        let start = index
        while index < text.count, let digit = Hexadecimal.value(text[index]) {
            guard index < start + 4 else { return nil }
            value = value << 4 | UInt128(digit)
            index += 1
        }
        return index > start ? value : nil
    }
}

extension IPAddress: CustomStringConvertible {
    /// The form of RFC 5952: lower case, the longest run of zeros as `::`; an IPv4 address with dots.
    package var description: String {
        if isIPv4 {
            return (0..<4).map { String(v4 >> (24 - 8 * UInt32($0)) & 0xFF) }.joined(separator: ".")
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> UInt128(112 - 16 * $0)) }
        let run = Self.longestRunOfZeros(groups)
        let text = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard run.count > 1 else { return text(groups[...]) }
        return text(groups[..<run.lowerBound]) + "::" + text(groups[run.upperBound...])
    }

    /// The first of the longest ones.
    private static func longestRunOfZeros(_ groups: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > best.count {
                best = start..<(index + 1)
            }
        }
        return best
    }
}

enum Hexadecimal {
    static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func lowercase(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }

    static func uppercase(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
    }
}
