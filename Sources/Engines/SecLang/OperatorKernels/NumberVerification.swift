// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The checks of `@verifyCC`, `@verifyCPF`, `@verifySSN` and `@verifySVNR` on a text that the rule's regex matched.
///
/// Bytes that are not digits are passed over.
package enum NumberVerification: Sendable, CaseIterable {
    /// A payment card number: the Luhn checksum.
    case paymentCard
    /// A Brazilian Cadastro de Pessoas Físicas: 11 digits, the last two check the others.
    case cpf
    /// A US social security number: 9 digits, an area that has been given out, not a trivial sequence.
    case socialSecurity
    /// An Austrian Sozialversicherungsnummer: 10 digits, the fourth checks the others.
    case svnr

    /// Whether the text is such a number.
    package func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .paymentCard: Self.hasLuhnChecksum(text)
        case .cpf: Self.isCPF(Digits(text, upTo: 11))
        case .socialSecurity: Self.isSocialSecurity(Digits(text, upTo: 9))
        case .svnr: Self.isSVNR(Digits(text, upTo: 10))
        }
    }

    private static func hasLuhnChecksum(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var sum = 0
        var isDoubled = false
        var hasDigits = false
        for byte in text.reversed() where ASCII.isDigit(byte) {
            let digit = Int(byte - ASCII.zero) * (isDoubled ? 2 : 1)
            sum += digit > 9 ? digit - 9 : digit
            isDoubled.toggle()
            hasDigits = true
        }
        return hasDigits && sum % 10 == 0
    }

    /// Only the first 11 digits count, as in v2.
    private static func isCPF(_ digits: Digits) -> Bool {
        guard digits.stored == 11, !digits.areAllEqual, digits.value != 01_234_567_890 else {
            return false
        }
        func checkDigit(_ weighted: Int, _ weight: Int) -> Int {
            var sum = 0
            for index in 0..<weighted {
                sum += digits[index] * (weight - index)
            }
            return sum % 11 < 2 ? 0 : 11 - sum % 11
        }
        return digits[9] == checkDigit(9, 10) && digits[10] == checkDigit(10, 11)
    }

    private static func isSocialSecurity(_ digits: Digits) -> Bool {
        guard digits.seen == 9, !digits.areAllEqual, !digits.areAscending else {
            return false
        }
        let area = digits.value / 1_000_000
        let group = digits.value / 10_000 % 100
        let serial = digits.value % 10_000
        return area != 0 && area != 666 && area < 740 && group != 0 && serial != 0
    }

    /// Only the first 10 digits count, as in v3.
    private static func isSVNR(_ digits: Digits) -> Bool {
        guard digits.stored == 10, !digits.areAllEqual, digits.value != 0_123_456_789, digits.value != 1_234_567_890
        else {
            return false
        }
        // The running number weighs 3, 7, 9, its check digit nothing, the date of birth 5, 8, 4, 2, 1, 6.
        let weights: StaticString = "3790584216"
        var sum = 0
        for index in 0..<10 {
            sum += digits[index] * Int(weights.utf8Start[index] - ASCII.zero)
        }
        return sum % 11 % 10 == digits[3]
    }

    /// The first digits of a text as one number.
    private struct Digits {
        private(set) var value = 0
        /// The digits that ``value`` holds.
        private(set) var stored = 0
        /// All digits of the text.
        private(set) var seen = 0
        private(set) var areAllEqual = true
        /// Whether each digit is the one before it plus 1.
        private(set) var areAscending = true

        init(_ text: UnsafeBufferPointer<UInt8>, upTo limit: Int) {
            for byte in text where ASCII.isDigit(byte) {
                seen += 1
                guard stored < limit else {
                    continue
                }
                let digit = Int(byte - ASCII.zero)
                if stored > 0 {
                    areAllEqual = areAllEqual && digit == value % 10
                    areAscending = areAscending && digit == value % 10 + 1
                }
                value = value * 10 + digit
                stored += 1
            }
        }

        /// The digit at an index below ``stored``, from the left.
        subscript(index: Int) -> Int {
            var rest = value
            for _ in 0..<(stored - 1 - index) {
                rest /= 10
            }
            return rest % 10
        }
    }
}
