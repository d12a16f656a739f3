// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A set of IP addresses and networks, as `@ipMatch` and `@ipMatchFromFile` name them.
///
/// Entries are an address, or an address with a prefix length (bits behind the prefix are ignored); IPv4 and IPv6 are
/// kept apart, so `::ffff:192.0.2.1` is not `192.0.2.1`. They are held as sorted, disjoint ranges: a look-up is a
/// binary search.
package struct IPRangeSet: Sendable {
    private var v4 = SortedRanges<UInt32>()
    private var v6 = SortedRanges<UInt128>()

    /// Reads the argument of `@ipMatch`: entries separated by commas.
    ///
    /// - Throws: ``MalformedArgument`` for an entry that is no address or network.
    package init(argument: [UInt8]) throws(MalformedArgument) {
        for item in argument.split(separator: UInt8(ascii: ",")) {
            let entry = item.trimmed
            if !entry.isEmpty {
                try insert(entry)
            }
        }
        merge()
    }

    /// Reads a file for `@ipMatchFromFile`: an entry per line, comments from `#` on.
    ///
    /// - Throws: ``MalformedArgument`` for a line that is no address or network.
    package init(fileText: [UInt8]) throws(MalformedArgument) {
        for line in fileText.split(separator: ASCII.lineFeed) {
            let entry = line.prefix { $0 != UInt8(ascii: "#") }.trimmed
            if !entry.isEmpty {
                try insert(entry)
            }
        }
        merge()
    }

    /// The number of disjoint ranges.
    package var rangeCount: Int { v4.ranges.count + v6.ranges.count }

    /// Whether the text is an address of the set; a text that is no address is in none.
    package func contains(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch IPAddress(text) {
        case .v4(let address): v4.contains(address)
        case .v6(let address): v6.contains(address)
        case nil: false
        }
    }

    private mutating func insert(_ entry: ArraySlice<UInt8>) throws(MalformedArgument) {
        let parts = entry.split(separator: ASCII.slash, maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts[0].withUnsafeBufferPointer({ IPAddress($0) }) else {
            throw MalformedArgument(
                "expected an IP address or network, found \"\(entry.text)\"",
                offset: entry.startIndex
            )
        }
        switch address {
        case .v4(let address): v4.insert(address, prefix: try Self.prefix(parts, 32))
        case .v6(let address): v6.insert(address, prefix: try Self.prefix(parts, 128))
        }
    }

    private static func prefix(_ parts: [ArraySlice<UInt8>], _ width: Int) throws(MalformedArgument) -> Int {
        guard parts.count > 1 else {
            return width
        }
        let digits = parts[1]
        let isNumber = !digits.isEmpty && digits.count <= 3 && digits.allSatisfy(ASCII.isDigit)
        let length = digits.withUnsafeBufferPointer { IntegerComparison.number($0) }
        guard isNumber, length <= width else {
            throw MalformedArgument(
                "expected a prefix length from 0 to \(width), found \"\(digits.text)\"",
                offset: digits.startIndex
            )
        }
        return Int(length)
    }

    private mutating func merge() {
        v4.merge()
        v6.merge()
    }
}

/// Ranges of integers: collected, then sorted and joined once, then searched.
private struct SortedRanges<Value: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    private(set) var ranges: [ClosedRange<Value>] = []

    mutating func insert(_ value: Value, prefix: Int) {
        let hostMask = prefix == 0 ? Value.max : ~(Value.max << Value(Value.bitWidth - prefix))
        ranges.append((value & ~hostMask)...(value | hostMask))
    }

    mutating func merge() {
        ranges.sort { $0.lowerBound < $1.lowerBound }
        var merged: [ClosedRange<Value>] = []
        merged.reserveCapacity(ranges.count)
        for range in ranges {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        ranges = merged
    }

    func contains(_ value: Value) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < ranges.count && ranges[low].lowerBound <= value
    }
}

/// An address as `inet_pton` reads it: no leading zeros, no short forms, no zones.
private enum IPAddress {
    case v4(UInt32)
    case v6(UInt128)

    /// One more than the longest text of an IPv6 address.
    private static let textCapacity = 46

    init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard let start = text.baseAddress, text.count >= 2, text.count < Self.textCapacity,
            let first = text.first, Hexadecimal.isDigit(first) || first == UInt8(ascii: ":"),
            !text.contains(0)
        else {
            return nil
        }
        let address = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.textCapacity) { buffer in
            buffer.initialize(repeating: 0)
            buffer.baseAddress?.withMemoryRebound(to: UInt8.self, capacity: text.count) {
                $0.update(from: start, count: text.count)
            }
            return Self.parse(buffer.baseAddress)
        }
        guard let address else {
            return nil
        }
        self = address
    }

    private static func parse(_ text: UnsafePointer<CChar>?) -> IPAddress? {
        guard let text else {
            return nil
        }
        var v4: UInt32 = 0
        if inet_pton(AF_INET, text, &v4) == 1 {
            return .v4(UInt32(bigEndian: v4))
        }
        var v6: UInt128 = 0
        if inet_pton(AF_INET6, text, &v6) == 1 {
            return .v6(UInt128(bigEndian: v6))
        }
        return nil
    }
}
