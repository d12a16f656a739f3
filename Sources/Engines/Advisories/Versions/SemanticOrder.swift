// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of SemVer 2.0.0 and of the ecosystems that bend it a little (NuGet's fourth number, Pub's build).
///
/// Numbers may be of any length, missing ones count as zero, a leading `v` is skipped. As in OSV's evaluation, what
/// follows the numbers without a hyphen is a prerelease, and numbers beyond the limit belong to it.
/// Source: https://semver.org/spec/v2.0.0.html, items 9 to 11; https://ossf.github.io/osv-schema.
struct SemanticOrder {
    /// How many numbers count before the rest becomes part of the prerelease.
    var numbers = 3
    /// Whether prereleases are compared without regard to case.
    var foldsCase = false
    /// Whether builds decide between versions that are equal otherwise.
    var comparesBuilds = false

    func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let left = SemanticParts(a, limit: numbers)
        let right = SemanticParts(b, limit: numbers)
        let order = compareNumbers(a, left, b, right)
        guard order == 0 else {
            return order
        }
        let prerelease = comparePrereleases(a, left, b, right)
        guard prerelease == 0, comparesBuilds else {
            return prerelease
        }
        return compareBuilds(a, left.build, b, right.build)
    }

    private func compareNumbers(
        _ a: Span<UInt8>,
        _ left: SemanticParts,
        _ b: Span<UInt8>,
        _ right: SemanticParts
    )
        -> Int
    {
        var leftIndex = left.start
        var rightIndex = right.start
        for _ in 0..<numbers {
            let x = SemanticParts.nextNumber(a, from: &leftIndex, to: left.numbersEnd)
            let y = SemanticParts.nextNumber(b, from: &rightIndex, to: right.numbersEnd)
            if x.isEmpty, y.isEmpty {
                return 0
            }
            let order = VersionText.compareNumbers(a, x, b, y)
            if order != 0 {
                return order
            }
        }
        return 0
    }

    private func comparePrereleases(
        _ a: Span<UInt8>,
        _ left: SemanticParts,
        _ b: Span<UInt8>,
        _ right: SemanticParts
    )
        -> Int
    {
        guard left.hasPrerelease, right.hasPrerelease else {
            return left.hasPrerelease ? -1 : right.hasPrerelease ? 1 : 0
        }
        let order = compareIdentifiers(a, left.prerelease, b, right.prerelease)
        guard order == 0, !left.extra.isEmpty || !right.extra.isEmpty else {
            return order
        }
        return compareIdentifiers(a, left.extra, b, right.extra)
    }

    /// A version without build sorts before one with a build.
    private func compareBuilds(_ a: Span<UInt8>, _ left: Range<Int>, _ b: Span<UInt8>, _ right: Range<Int>) -> Int {
        guard !left.isEmpty, !right.isEmpty else {
            return VersionText.order(left.count, right.count)
        }
        return compareIdentifiers(a, left, b, right)
    }

    /// Dot-separated identifiers: numbers by value and below words, words by bytes, fewer before more.
    private func compareIdentifiers(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        var leftIndex = left.lowerBound
        var rightIndex = right.lowerBound
        while leftIndex <= left.upperBound, rightIndex <= right.upperBound {
            let x = leftIndex..<(VersionText.first(0x2E, in: a, leftIndex..<left.upperBound) ?? left.upperBound)
            let y = rightIndex..<(VersionText.first(0x2E, in: b, rightIndex..<right.upperBound) ?? right.upperBound)
            let order = compareIdentifier(a, x, b, y)
            if order != 0 {
                return order
            }
            leftIndex = x.upperBound + 1
            rightIndex = y.upperBound + 1
        }
        return VersionText.order(
            leftIndex <= left.upperBound ? 1 : 0,
            rightIndex <= right.upperBound ? 1 : 0
        )
    }

    private func compareIdentifier(_ a: Span<UInt8>, _ x: Range<Int>, _ b: Span<UInt8>, _ y: Range<Int>) -> Int {
        switch (VersionText.isNumber(a, x), VersionText.isNumber(b, y)) {
        case (true, true): VersionText.compareNumbers(a, x, b, y)
        case (true, false): -1
        case (false, true): 1
        case (false, false):
            foldsCase ? VersionText.compareFolded(a, x, b, y) : VersionText.compareBytes(a, x, b, y)
        }
    }
}

/// Where the parts of a SemVer-like version lie in its text.
struct SemanticParts {
    /// Where the first number starts, behind a `v`.
    var start: Int
    /// Where the numbers that count end.
    var numbersEnd: Int
    /// The numbers beyond the limit with the dots between them; they count as prerelease.
    var extra: Range<Int>
    /// The prerelease without its hyphen.
    var prerelease: Range<Int>
    /// The build metadata without its plus sign.
    var build: Range<Int>

    var hasPrerelease: Bool { !prerelease.isEmpty || !extra.isEmpty }

    init(_ text: Span<UInt8>, limit: Int) {
        let end = text.count
        start = SemanticParts.numbersStart(text)
        var index = start
        for _ in 0..<limit {
            if SemanticParts.nextNumber(text, from: &index, to: end).isEmpty {
                break
            }
        }
        numbersEnd = index
        var extraIndex = index
        while !SemanticParts.nextNumber(text, from: &extraIndex, to: end).isEmpty {
            continue
        }
        var tail = extraIndex
        extra = index..<extraIndex
        while tail < end, text[tail] == UInt8(ascii: ".") {
            tail += 1
        }
        let plus = VersionText.first(UInt8(ascii: "+"), in: text, tail..<end)
        build = plus.map { ($0 + 1)..<end } ?? end..<end
        let prereleaseEnd = plus ?? end
        if tail < prereleaseEnd, text[tail] == UInt8(ascii: "-") {
            tail += 1
        }
        prerelease = tail..<prereleaseEnd
        if plus != nil {
            // Numbers beyond the limit stand behind the build, where nothing counts.
            extra = index..<index
        }
    }

    /// Behind the `v`, or the `go` of Go's toolchain, that stands before a digit.
    private static func numbersStart(_ text: Span<UInt8>) -> Int {
        if text.count > 1, text[0] | 0x20 == UInt8(ascii: "v") {
            return 1
        }
        if text.count > 2, text[0] == UInt8(ascii: "g"), text[1] == UInt8(ascii: "o"), VersionText.isDigit(text[2]) {
            return 2
        }
        return 0
    }

    /// The next run of digits behind any dots; `index` moves only where there is one.
    static func nextNumber(_ text: Span<UInt8>, from index: inout Int, to end: Int) -> Range<Int> {
        var start = index
        while start < end, text[start] == UInt8(ascii: ".") {
            start += 1
        }
        let stop = VersionText.digitsEnd(text, from: start, to: end)
        if stop > start {
            index = stop
        }
        return start..<stop
    }
}
