// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of Python package versions: PEP 440, and below all of them those that are not PEP 440.
///
/// Source: https://packaging.python.org/en/latest/specifications/version-specifiers/.
enum PythonOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        switch (PythonVersion(a), PythonVersion(b)) {
        case (let left?, let right?): compare(a, left, b, right)
        case (_?, nil): 1
        case (nil, _?): -1
        case (nil, nil): PythonLegacyOrder.compare(a, b)
        }
    }

    private static func compare(
        _ a: Span<UInt8>,
        _ left: PythonVersion,
        _ b: Span<UInt8>,
        _ right: PythonVersion
    )
        -> Int
    {
        let epoch = VersionText.compareNumbers(a, left.epoch, b, right.epoch)
        guard epoch == 0 else {
            return epoch
        }
        let release = compareRelease(a, left.release, b, right.release)
        guard release == 0 else {
            return release
        }
        guard left.phase == right.phase else {
            return VersionText.order(left.phase.rawValue, right.phase.rawValue)
        }
        let prerelease = VersionText.compareNumbers(a, left.preNumber, b, right.preNumber)
        guard prerelease == 0 else {
            return prerelease
        }
        let post = compareOptional(a, left.post, b, right.post, absent: -1)
        guard post == 0 else {
            return post
        }
        let development = compareOptional(a, left.development, b, right.development, absent: 1)
        return development != 0 ? development : compareLocal(a, left.local, b, right.local)
    }

    /// Compares numbers by position; missing ones are zero.
    private static func compareRelease(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        var x = left.lowerBound
        var y = right.lowerBound
        while x < left.upperBound || y < right.upperBound {
            let leftEnd = VersionText.digitsEnd(a, from: x, to: left.upperBound)
            let rightEnd = VersionText.digitsEnd(b, from: y, to: right.upperBound)
            let order = VersionText.compareNumbers(a, x..<leftEnd, b, y..<rightEnd)
            if order != 0 {
                return order
            }
            x = min(leftEnd + 1, left.upperBound)
            y = min(rightEnd + 1, right.upperBound)
        }
        return 0
    }

    /// Compares two numbers of which each may be missing; `absent` is the order of a missing one to a present one.
    private static func compareOptional(
        _ a: Span<UInt8>,
        _ left: Range<Int>?,
        _ b: Span<UInt8>,
        _ right: Range<Int>?,
        absent: Int
    ) -> Int {
        switch (left, right) {
        case (let left?, let right?): VersionText.compareNumbers(a, left, b, right)
        case (nil, nil): 0
        case (nil, _?): absent
        case (_?, nil): -absent
        }
    }

    /// Compares local labels: none first, then segment by segment, numbers above words, more above fewer.
    private static func compareLocal(
        _ a: Span<UInt8>,
        _ left: Range<Int>?,
        _ b: Span<UInt8>,
        _ right: Range<Int>?
    )
        -> Int
    {
        guard let left, let right else {
            return VersionText.order(left == nil ? 0 : 1, right == nil ? 0 : 1)
        }
        var x = left.lowerBound
        var y = right.lowerBound
        while x < left.upperBound, y < right.upperBound {
            let leftSegment = x..<segmentEnd(a, from: x, to: left.upperBound)
            let rightSegment = y..<segmentEnd(b, from: y, to: right.upperBound)
            let order =
                switch (VersionText.isNumber(a, leftSegment), VersionText.isNumber(b, rightSegment)) {
                case (true, true): VersionText.compareNumbers(a, leftSegment, b, rightSegment)
                case (true, false): 1
                case (false, true): -1
                case (false, false): VersionText.compareFolded(a, leftSegment, b, rightSegment)
                }
            if order != 0 {
                return order
            }
            x = leftSegment.upperBound + 1
            y = rightSegment.upperBound + 1
        }
        return VersionText.order(x < left.upperBound ? 1 : 0, y < right.upperBound ? 1 : 0)
    }

    private static func segmentEnd(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end, VersionText.isAlphanumeric(text[index]) {
            index += 1
        }
        return index
    }
}

/// The parts of a PEP 440 version, by where they lie in the text.
struct PythonVersion {
    /// What stands behind the release, in the order of versions. A development release of nothing else comes first.
    enum Phase: Int {
        case development
        case alpha
        case beta
        case candidate
        case final
    }

    var epoch: Range<Int> = 0..<0
    var release: Range<Int>
    var phase = Phase.final
    var preNumber: Range<Int> = 0..<0
    var post: Range<Int>?
    var development: Range<Int>?
    var local: Range<Int>?

    /// Reads a version; nil where the text is not PEP 440.
    init?(_ text: Span<UInt8>) {
        let whole = VersionText.trimmed(text, 0..<text.count)
        let end = whole.upperBound
        var index = whole.lowerBound
        if index < end, text[index] | 0x20 == UInt8(ascii: "v") {
            index += 1
        }
        let digits = VersionText.digitsEnd(text, from: index, to: end)
        if digits > index, digits < end, text[digits] == UInt8(ascii: "!") {
            epoch = index..<digits
            index = digits + 1
        }
        let start = index
        index = VersionText.digitsEnd(text, from: start, to: end)
        guard index > start else {
            return nil
        }
        while index + 1 < end, text[index] == UInt8(ascii: "."), VersionText.isDigit(text[index + 1]) {
            index = VersionText.digitsEnd(text, from: index + 1, to: end)
        }
        release = start..<index
        guard index < end else {
            return
        }
        readPrerelease(text, &index, end)
        readPost(text, &index, end)
        development = PythonVersion.readWord("dev", text, &index, end)
        if development != nil, phase == .final, post == nil {
            phase = .development
        }
        guard readLocal(text, &index, end), index == end else {
            return nil
        }
    }

    private mutating func readPrerelease(_ text: Span<UInt8>, _ index: inout Int, _ end: Int) {
        let letter = index < end && PythonVersion.isSeparator(text[index]) ? index + 1 : index
        guard letter < end else {
            return
        }
        let found: (number: Range<Int>?, phase: Phase)
        switch VersionText.lowercased(text[letter]) {
        case UInt8(ascii: "a"):
            let number = PythonVersion.readWord("alpha", text, &index, end)
            found = (number ?? PythonVersion.readWord("a", text, &index, end), .alpha)
        case UInt8(ascii: "b"):
            let number = PythonVersion.readWord("beta", text, &index, end)
            found = (number ?? PythonVersion.readWord("b", text, &index, end), .beta)
        case UInt8(ascii: "p"):
            let number = PythonVersion.readWord("preview", text, &index, end)
            found = (number ?? PythonVersion.readWord("pre", text, &index, end), .candidate)
        case UInt8(ascii: "c"):
            found = (PythonVersion.readWord("c", text, &index, end), .candidate)
        case UInt8(ascii: "r"):
            found = (PythonVersion.readWord("rc", text, &index, end), .candidate)
        default:
            return
        }
        if let number = found.number {
            phase = found.phase
            preNumber = number
        }
    }

    private mutating func readPost(_ text: Span<UInt8>, _ index: inout Int, _ end: Int) {
        if index + 1 < end, text[index] == UInt8(ascii: "-"), VersionText.isDigit(text[index + 1]) {
            let start = index + 1
            index = VersionText.digitsEnd(text, from: start, to: end)
            post = start..<index
            return
        }
        post =
            PythonVersion.readWord("post", text, &index, end) ?? PythonVersion.readWord("rev", text, &index, end)
            ?? PythonVersion.readWord("r", text, &index, end)
    }

    /// Reads `+` and segments of letters and digits; false where the label is malformed.
    private mutating func readLocal(_ text: Span<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
        guard index < end, text[index] == UInt8(ascii: "+") else {
            return true
        }
        let start = index + 1
        var segment = start
        index = start
        while index <= end {
            if index == end || PythonVersion.isSeparator(text[index]) {
                guard index > segment else {
                    return false
                }
                segment = index + 1
            } else if !VersionText.isAlphanumeric(text[index]) {
                return false
            }
            index += 1
        }
        index = end
        local = start..<end
        return true
    }

    /// Reads a word between optional separators and the number behind it, which may be empty.
    private static func readWord(
        _ word: StaticString,
        _ text: Span<UInt8>,
        _ index: inout Int,
        _ end: Int
    )
        -> Range<Int>?
    {
        var cursor = index
        if cursor < end, isSeparator(text[cursor]) {
            cursor += 1
        }
        guard VersionText.hasWord(word, in: text, at: cursor, to: end) else {
            return nil
        }
        cursor += word.utf8CodeUnitCount
        if cursor < end, isSeparator(text[cursor]) {
            cursor += 1
        }
        let stop = VersionText.digitsEnd(text, from: cursor, to: end)
        index = stop
        return cursor..<stop
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
