// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

/// Tests of one value that are not about literals.
enum ValueTesting {
    static func holds(_ test: LazyPredicate.Test, _ value: EventValue, _ matcher: SigmaMatcher) -> Bool {
        guard value.hasText else { return false }
        switch test {
        case .glob(let pattern): return pattern.matches(value.text)
        case .number(let comparison, let number):
            return self.number(value.text).map { comparison.holds($0, number) } ?? false
        case .network(let network): return IPAddress(value.text).map { network.contains($0) } ?? false
        case .field(let slot, let anchor, let isCased):
            return matcher.forEachValue(of: slot) { other in
                other.hasText && stands(other.text, in: value.text, anchor, isCased: isCased)
            }
        case .time(let part, let comparison, let number):
            return date(value.text).map { comparison.holds(Double($0.part(part)), number) } ?? false
        case .regex, .null, .exists, .present: return false
        }
    }

    /// A number, also where it is written in quotes.
    static func number(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        guard text.count <= 64, let first = text.first, first.isDigit || "+-.".utf8.contains(first) else { return nil }
        guard let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite else { return nil }
        return number
    }

    /// A date as it is written, without regard to its zone; a number is seconds (or smaller units) since 1970.
    static func date(_ text: UnsafeBufferPointer<UInt8>) -> CivilDate? {
        if let date = CivilDate(text) { return date }
        return EventTime.nanoseconds(text).map { CivilDate(secondsSince1970: Int($0 / 1_000_000_000)) }
    }

    /// Whether a text stands at a place of another one.
    static func stands(
        _ needle: UnsafeBufferPointer<UInt8>,
        in text: UnsafeBufferPointer<UInt8>,
        _ anchor: TextLiteral.Anchor,
        isCased: Bool
    ) -> Bool {
        guard needle.count <= text.count else { return false }
        let last = text.count - needle.count
        switch anchor {
        case .whole: return last == 0 && equal(needle, text, 0, isCased)
        case .start: return equal(needle, text, 0, isCased)
        case .end: return equal(needle, text, last, isCased)
        case .anywhere: return (0...last).contains { equal(needle, text, $0, isCased) }
        }
    }

    private static func equal(
        _ needle: UnsafeBufferPointer<UInt8>,
        _ text: UnsafeBufferPointer<UInt8>,
        _ start: Int,
        _ isCased: Bool
    ) -> Bool {
        for (index, byte) in needle.enumerated() {
            let other = text[start + index]
            guard byte == other || !isCased && ASCIIFolding.fold(byte) == ASCIIFolding.fold(other) else { return false }
        }
        return true
    }
}
