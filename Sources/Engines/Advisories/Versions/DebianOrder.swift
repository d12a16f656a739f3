// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of Debian package versions (deb-version(7), Debian Policy 5.6.12), and opam's, which has neither epoch
/// nor revision.
enum DebianOrder {
    /// Compares `[epoch:]upstream[-revision]`.
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let left = DebianParts(a)
        let right = DebianParts(b)
        let epoch = VersionText.compareNumbers(a, left.epoch, b, right.epoch)
        guard epoch == 0 else {
            return epoch
        }
        let upstream = comparePart(a, left.upstream, b, right.upstream)
        return upstream != 0 ? upstream : comparePart(a, left.revision, b, right.revision)
    }

    /// Compares the whole text as one part, as opam does.
    static func compareWhole(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        comparePart(a, 0..<a.count, b, 0..<b.count)
    }

    /// Compares runs of other characters and runs of digits in turns.
    static func comparePart(_ a: Span<UInt8>, _ left: Range<Int>, _ b: Span<UInt8>, _ right: Range<Int>) -> Int {
        var x = left.lowerBound
        var y = right.lowerBound
        while x < left.upperBound || y < right.upperBound {
            while true {
                let leftWeight = weight(a, x, left.upperBound)
                let rightWeight = weight(b, y, right.upperBound)
                if leftWeight != rightWeight {
                    return leftWeight < rightWeight ? -1 : 1
                }
                if leftWeight == 0 {
                    break
                }
                x += 1
                y += 1
            }
            let leftEnd = VersionText.digitsEnd(a, from: x, to: left.upperBound)
            let rightEnd = VersionText.digitsEnd(b, from: y, to: right.upperBound)
            let order = VersionText.compareNumbers(a, x..<leftEnd, b, y..<rightEnd)
            if order != 0 {
                return order
            }
            x = leftEnd
            y = rightEnd
        }
        return 0
    }

    /// `~` below the end, the end (and a digit) below letters, letters below the rest.
    private static func weight(_ text: Span<UInt8>, _ index: Int, _ end: Int) -> Int {
        guard index < end else {
            return 0
        }
        let byte = text[index]
        if VersionText.isDigit(byte) {
            return 0
        }
        if byte == UInt8(ascii: "~") {
            return -1
        }
        return VersionText.isLetter(byte) ? Int(byte) : Int(byte) + 256
    }

    /// What makes dpkg refuse a version; nil where dpkg compares it, if with a warning.
    static func rejection(of text: Span<UInt8>) -> String? {
        let whole = VersionText.trimmed(text, 0..<text.count)
        guard !whole.isEmpty else {
            return "the version is empty"
        }
        for index in whole where VersionText.isSpace(text[index]) {
            return "the version has a space inside"
        }
        let parts = DebianParts(text)
        if parts.hasEpoch {
            guard VersionText.isNumber(text, parts.epoch) else {
                return "the epoch is not a number"
            }
            guard VersionText.withoutLeadingZeros(text, parts.epoch).count <= 10 else {
                return "the epoch is too big"
            }
        }
        if parts.upstream.isEmpty {
            return "nothing stands between epoch and revision"
        }
        return parts.hasRevision && parts.revision.isEmpty ? "the revision is empty" : nil
    }
}

/// Where epoch, upstream version and revision lie in a Debian version.
struct DebianParts {
    var epoch: Range<Int>
    var upstream: Range<Int>
    var revision: Range<Int>
    var hasEpoch: Bool
    var hasRevision: Bool

    init(_ text: Span<UInt8>) {
        let whole = VersionText.trimmed(text, 0..<text.count)
        let colon = VersionText.first(UInt8(ascii: ":"), in: text, whole)
        hasEpoch = colon != nil
        epoch = whole.lowerBound..<(colon ?? whole.lowerBound)
        let rest = (colon.map { $0 + 1 } ?? whole.lowerBound)..<whole.upperBound
        let hyphen = VersionText.last(UInt8(ascii: "-"), in: text, rest)
        hasRevision = hyphen != nil
        upstream = rest.lowerBound..<(hyphen ?? rest.upperBound)
        revision = (hyphen.map { $0 + 1 } ?? rest.upperBound)..<rest.upperBound
    }
}
