// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension CVSSVector {
    /// How strictly the order of metrics is taken.
    package enum Order: Sendable {
        /// As the specification says: fixed in 2.0 (section 2.4) and 4.0 (section 7), free in 3.0 and 3.1.
        case specified
        /// Any order in all versions. Published vectors of 4.0 do not always keep theirs, and mean the same.
        case any
    }

    /// Reads a vector.
    ///
    /// - Parameters:
    ///   - text: the vector; white space around it is an error.
    ///   - order: whether metrics may stand in another order than the specification's.
    /// - Throws: ``CVSSError``, the first that is met from the left; a missing metric last.
    package init(parsing text: String, order: Order = .specified) throws(CVSSError) {
        var text = text
        let result = text.withUTF8 { bytes -> Result<CVSSVector, CVSSError> in
            do throws(CVSSError) {
                return .success(try CVSSVector(bytes: bytes, order: order))
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    /// Reads a vector from bytes; see ``init(parsing:order:)``. Takes time linear in their number, no memory.
    package init(bytes: UnsafeBufferPointer<UInt8>, order: Order = .specified) throws(CVSSError) {
        var reader = CVSSVectorReader(bytes, order: order)
        self = try reader.read()
    }
}

/// Reads one vector from bytes.
private struct CVSSVectorReader {
    private let input: UnsafeBufferPointer<UInt8>
    private let order: CVSSVector.Order
    private var index = 0
    /// Where the metrics end: before a closing parenthesis of version 2.0.
    private var end: Int
    /// The metric that stood last, as an index; vectors mostly keep the order, so the search starts behind it.
    private var last = -1

    init(_ input: UnsafeBufferPointer<UInt8>, order: CVSSVector.Order) {
        self.input = input
        self.order = order
        end = input.count
    }

    mutating func read() throws(CVSSError) -> CVSSVector {
        let version = try prefix()
        let metrics = CVSSMetrics.of(version)
        var vector = CVSSVector(version: version)
        let isOrdered = order == .specified && (version == .v2 || version == .v4)
        while true {
            try metric(of: metrics, isOrdered: isOrdered, into: &vector)
            guard index < end else { break }
            index += 1
        }
        for metric in 0..<metrics.baseCount where vector.place(metric) == 0 {
            throw CVSSError(code: .missing, offset: input.count, metric: metrics.all[metric].abbreviation)
        }
        return vector
    }

    /// Steps over the prefix, or over the parenthesis that may stand around a vector of version 2.0.
    private mutating func prefix() throws(CVSSError) -> CVSSVersion {
        if starts(with: "CVSS:") {
            index = 9
            if starts(with: "CVSS:4.0/") { return .v4 }
            if starts(with: "CVSS:3.1/") { return .v31 }
            if starts(with: "CVSS:3.0/") { return .v30 }
            throw CVSSError(code: .prefix, offset: 0, metric: "")
        }
        guard let first = input.first else {
            throw CVSSError(code: .prefix, offset: 0, metric: "")
        }
        let isWrapped = first == UInt8(ascii: "(")
        guard isWrapped == (input[input.count - 1] == UInt8(ascii: ")")) else {
            throw CVSSError(code: .malformed, offset: isWrapped ? 0 : input.count - 1, metric: "")
        }
        if isWrapped {
            index = 1
            end = input.count - 1
        }
        return .v2
    }

    private func starts(with text: StaticString) -> Bool {
        guard input.count >= text.utf8CodeUnitCount else { return false }
        for offset in 0..<text.utf8CodeUnitCount where input[offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Reads one metric and its value; leaves the index on the slash behind them or at the end.
    @inline(__always)
    private mutating func metric(
        of metrics: CVSSMetrics,
        isOrdered: Bool,
        into vector: inout CVSSVector
    ) throws(CVSSError) {
        let start = index
        let key = word()
        guard key != 0, index < end, input[index] == UInt8(ascii: ":") else {
            throw CVSSError(code: .malformed, offset: start, metric: "")
        }
        let keyEnd = index
        index += 1
        guard let metric = find(key, in: metrics.keys) else {
            throw error(.unknown, at: start, start..<keyEnd)
        }
        guard vector.place(metric) == 0 else { throw error(.duplicate, at: start, start..<keyEnd) }
        let valueStart = index
        let code = word()
        guard index > valueStart else { throw error(.empty, at: valueStart, start..<keyEnd) }
        guard index == end || input[index] == UInt8(ascii: "/"), let place = place(of: code, for: metric, in: metrics)
        else { throw error(.value, at: valueStart, start..<keyEnd) }
        guard !isOrdered || metric > last else { throw error(.order, at: start, start..<keyEnd) }
        vector.set(metric, place: place)
        last = metric
    }

    /// Reads letters up to a colon, a slash or the end, packed; 0 for none and for more than eight.
    @inline(__always)
    private mutating func word() -> UInt64 {
        var packed: UInt64 = 0
        var cursor = index
        while cursor < end {
            let byte = input[cursor]
            if byte == UInt8(ascii: ":") || byte == UInt8(ascii: "/") { break }
            packed = packed &<< 8 | UInt64(byte)
            cursor &+= 1
        }
        let length = cursor &- index
        index = cursor
        return length > 8 ? 0 : packed
    }

    /// The index of a metric, looked for behind the last one first.
    @inline(__always)
    private func find(_ key: UInt64, in keys: FlatTable<UInt64>) -> Int? {
        for metric in (last + 1)..<keys.count where keys[metric] == key {
            return metric
        }
        for metric in 0..<(last + 1) where keys[metric] == key {
            return metric
        }
        return nil
    }

    @inline(__always)
    private func place(of code: UInt64, for metric: Int, in metrics: CVSSMetrics) -> Int? {
        let row = metric * CVSSMetrics.valuesPerMetric
        guard code != 0 else { return nil }
        let codes = metrics.codes[row, count: CVSSMetrics.valuesPerMetric]
        for index in 0..<CVSSMetrics.valuesPerMetric where codes[index] == code {
            return index + 1
        }
        return nil
    }

    /// An error with the name of its metric, as far as that is printable and short.
    private func error(_ code: CVSSError.Code, at offset: Int, _ name: Range<Int>) -> CVSSError {
        let bytes = input[name].prefix(16).map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return CVSSError(code: code, offset: offset, metric: String(decoding: bytes, as: UTF8.self))
    }
}
