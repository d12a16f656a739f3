// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How likely a vulnerability is to be exploited within 30 days, by the model of FIRST's EPSS group.
package struct EPSSEntry: Sendable, Hashable {
    package var cve: CVEIdentifier
    /// The probability in millionths.
    package var probability: Int
    /// The share of all vulnerabilities that are no likelier, in millionths.
    package var percentile: Int
}

/// Reads the daily file of EPSS as its bytes come in, strictly; memory is one line.
///
/// The first line is a comment with the model's version and the date of the scores, the second the header, the others
/// `cve,epss,percentile`. (<https://www.first.org/epss/data_stats>)
package struct EPSSReader {
    /// The model's version, once the first line was read.
    package private(set) var modelVersion = ""
    /// The date of the scores, as the file writes it.
    package private(set) var scoreDate = ""
    private var line: [UInt8] = []
    private var number = 0

    private static let longestLine = 512

    package init() {}

    /// Takes bytes and hands out the entries that they complete.
    ///
    /// - Parameters:
    ///   - bytes: the next part of the file, uncompressed.
    ///   - sink: called for each entry in the order of the file.
    /// - Throws: ``FeedError`` with the line.
    package mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ sink: (EPSSEntry) -> Void
    ) throws(FeedError) {
        for byte in bytes {
            if byte == 0x0A {
                try endLine(sink)
            } else {
                guard line.count < EPSSReader.longestLine else { throw error(.tooLong, "longer than 512 bytes", 1) }
                line.append(byte)
            }
        }
    }

    /// Ends the file.
    ///
    /// - Throws: ``FeedError`` where the last line is wrong or the header is missing.
    package mutating func finish(_ sink: (EPSSEntry) -> Void) throws(FeedError) {
        if !line.isEmpty { try endLine(sink) }
        guard number >= 2 else { throw error(.header, "the file ends before its header") }
    }

    private mutating func endLine(_ sink: (EPSSEntry) -> Void) throws(FeedError) {
        number += 1
        defer { line.removeAll(keepingCapacity: true) }
        if line.last == 0x0D { line.removeLast() }
        switch number {
        case 1: try readComment()
        case 2:
            guard line.elementsEqual("cve,epss,percentile".utf8) else {
                throw error(.header, "the header is not cve,epss,percentile")
            }
        default: sink(try entry())
        }
    }

    private mutating func readComment() throws(FeedError) {
        guard line.starts(with: "#model_version:".utf8) else {
            throw error(.header, "the first line does not start with #model_version:")
        }
        for part in String(decoding: line.dropFirst(), as: UTF8.self).split(separator: ",") {
            let pair = part.split(separator: ":", maxSplits: 1)
            guard pair.count == 2 else { continue }
            if pair[0] == "model_version" { modelVersion = String(pair[1]) }
            if pair[0] == "score_date" { scoreDate = String(pair[1]) }
        }
        guard !modelVersion.isEmpty, !scoreDate.isEmpty else {
            throw error(.header, "the first line has no model version or no date")
        }
    }

    private func entry() throws(FeedError) -> EPSSEntry {
        guard let first = line.firstIndex(of: UInt8(ascii: ",")),
            let second = line[(first + 1)...].firstIndex(of: UInt8(ascii: ","))
        else { throw error(.fields, "a line needs three fields") }
        guard let cve = CVEIdentifier(line[..<first]) else { throw error(.value, "the first field is no CVE") }
        guard let probability = EPSSReader.millionths(line[(first + 1)..<second]) else {
            throw error(.value, "the score of \(cve) is no number from 0 to 1")
        }
        guard let percentile = EPSSReader.millionths(line[(second + 1)...]) else {
            throw error(.value, "the percentile of \(cve) is no number from 0 to 1")
        }
        return EPSSEntry(cve: cve, probability: probability, percentile: percentile)
    }

    /// Reads a decimal number from 0 to 1, perhaps with a negative exponent, rounded half up to millionths.
    static func millionths(_ text: ArraySlice<UInt8>) -> Int? {
        var value = 0
        var decimals = 0
        var hasPoint = false
        var index = text.startIndex
        while index < text.endIndex, text[index] | 0x20 != UInt8(ascii: "e") {
            let byte = text[index]
            if byte == UInt8(ascii: "."), !hasPoint, index > text.startIndex {
                hasPoint = true
            } else {
                guard (0x30...0x39).contains(byte), value < 1_000_000_000_000 else { return nil }
                value = value * 10 + Int(byte) - 0x30
                decimals += hasPoint ? 1 : 0
            }
            index += 1
        }
        guard index > text.startIndex, text[index - 1] != UInt8(ascii: ".") else { return nil }
        if index < text.endIndex {
            guard let exponent = negativeExponent(text[(index + 1)...]) else { return nil }
            decimals += exponent
        }
        for _ in 0..<max(0, 6 - decimals) { value *= 10 }
        guard decimals <= 6 || decimals <= 24 else { return 0 }
        for place in stride(from: decimals, to: 6, by: -1) { value = (value + (place == 7 ? 5 : 0)) / 10 }
        return value <= 1_000_000 ? value : nil
    }

    private static func negativeExponent(_ text: ArraySlice<UInt8>) -> Int? {
        guard text.first == UInt8(ascii: "-"), (2...3).contains(text.count) else { return nil }
        var value = 0
        for byte in text.dropFirst() {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte) - 0x30
        }
        return value
    }

    private func error(_ code: FeedError.Code, _ message: String, _ ahead: Int = 0) -> FeedError {
        FeedError(code: code, line: number + ahead, message: message)
    }
}
