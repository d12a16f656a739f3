// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The identifier of a vulnerability of the CVE list, in eight bytes.
package struct CVEIdentifier: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let year: UInt16
    package let number: UInt32

    /// Reads an identifier such as "CVE-2024-3094": a year from 1999, and four to nine digits.
    ///
    /// - Parameter text: letters in either case; nil where it is none.
    package init?(_ text: some Collection<UInt8>) {
        let prefix = "CVE-".utf8
        guard text.count >= 13, text.count <= 18, zip(text, prefix).allSatisfy({ $0 & 0xDF == $1 & 0xDF }) else {
            return nil
        }
        let year = CVEIdentifier.number(text.dropFirst(4).prefix(4))
        let separator = text.dropFirst(8).first
        guard separator == UInt8(ascii: "-"), let year, year >= 1999,
            let number = CVEIdentifier.number(text.dropFirst(9))
        else { return nil }
        self.year = UInt16(year)
        self.number = UInt32(number)
    }

    private static func number(_ digits: some Collection<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int(digit) - 0x30
        }
        return value
    }

    package var description: String {
        let digits = String(number)
        return "CVE-\(year)-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    package static func < (left: CVEIdentifier, right: CVEIdentifier) -> Bool {
        (left.year, left.number) < (right.year, right.number)
    }
}
