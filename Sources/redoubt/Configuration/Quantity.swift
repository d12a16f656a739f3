// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A number with a unit, as people write it in settings.
enum Quantity {
    /// What is wrong with a quantity.
    struct FormatError: Error, CustomStringConvertible {
        var description: String
    }

    private static let durationUnits: [(name: String, milliseconds: Int)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    private static let sizeUnits: [(name: String, bytes: Int)] = [
        ("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// Reads `250ms`, `10s`, `5m`, `1h` or `2d`; more than nothing and at most a year.
    static func duration(_ text: String) throws(FormatError) -> Duration {
        let expected = "expected a duration such as 500ms, 10s, 5m or 1h"
        guard let (number, name) = split(text), let unit = durationUnits.first(where: { $0.name == name }) else {
            throw FormatError(description: "\(text): \(expected)")
        }
        let (milliseconds, isOver) = number.multipliedReportingOverflow(by: unit.milliseconds)
        guard !isOver, milliseconds > 0, milliseconds <= 366 * 86_400_000 else {
            throw FormatError(description: "\(text): expected a duration over 0 and of at most 366d")
        }
        return .milliseconds(milliseconds)
    }

    /// Reads a duration, or `off` or `0` for none.
    static func durationOrOff(_ text: String) throws(FormatError) -> Duration? {
        guard text != "off", text != "0" else {
            return nil
        }
        do throws(FormatError) {
            return try duration(text)
        } catch {
            throw FormatError(description: error.description + ", or off")
        }
    }

    /// Reads `512`, `64KiB`, `16MiB`, `1GiB`, `100kB` or `1MB`; at least one byte and at most a tebibyte.
    static func size(_ text: String) throws(FormatError) -> Int {
        let expected = "expected a size such as 512, 64KiB, 16MiB or 1GiB"
        guard let (number, name) = split(text) else {
            throw FormatError(description: "\(text): \(expected)")
        }
        guard let unit = name.isEmpty ? sizeUnits.first : sizeUnits.first(where: { $0.name == name }) else {
            throw FormatError(description: "\(text): \(expected)")
        }
        let (bytes, isOver) = number.multipliedReportingOverflow(by: unit.bytes)
        guard !isOver, bytes > 0, bytes <= 1 << 40 else {
            throw FormatError(description: "\(text): expected a size from 1 byte to 1024GiB")
        }
        return bytes
    }

    /// Reads a whole number.
    static func count(_ text: String, in range: ClosedRange<Int>) throws(FormatError) -> Int {
        guard let (number, unit) = split(text), unit.isEmpty, range.contains(number) else {
            throw FormatError(description: "\(text): expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A duration in the largest unit that fits: `5m`.
    static func text(_ duration: Duration) -> String {
        let parts = duration.components
        let milliseconds = Int(parts.seconds) * 1_000 + Int(parts.attoseconds / 1_000_000_000_000_000)
        let unit = durationUnits.last { milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }

    /// A size in the largest binary unit that fits: `16MiB`.
    static func text(bytes: Int) -> String {
        let unit = sizeUnits.last { $0.bytes == 1 || ($0.bytes & ($0.bytes - 1) == 0 && bytes % $0.bytes == 0) }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)"
    }

    /// The digits at the start and what follows them.
    private static func split(_ text: String) -> (number: Int, unit: String)? {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        let unit = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self)
        return (number, unit.hasPrefix(" ") ? String(unit.dropFirst()) : unit)
    }
}
