// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension FindingDigest {
    private static let formatVersion: UInt8 = 1
    private static let fixedLength = 3 + 8 * 8 + 4 * 4

    /// The digest as bytes for a store: 83, and 9 for each piece of evidence. Whether the finding is gone is left out,
    /// as that is the store's own.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(FindingDigest.fixedLength + 9 * evidence.count)
        encode(into: &bytes)
        return bytes
    }

    /// Puts ``encoded`` behind bytes that are there.
    package func encode(into bytes: inout [UInt8]) {
        bytes.append(FindingDigest.formatVersion)
        bytes.append(kind.rawValue)
        bytes.append(UInt8(evidence.count))
        func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(rule)
        append(subject)
        append(place)
        append(placeName)
        append(scope)
        append(message)
        append(skeleton)
        append(version)
        append(line)
        append(column)
        append(endLine)
        append(endColumn)
        for index in 0..<evidence.count {
            bytes.append(evidence.algorithm(index).rawValue)
            append(evidence.value(index))
        }
    }

    /// Reads what ``encoded`` wrote.
    ///
    /// - Parameter bytes: all of the bytes; nil where they are of another version, length or content.
    package init?(encoded bytes: [UInt8]) {
        guard bytes.count >= FindingDigest.fixedLength, bytes[0] == FindingDigest.formatVersion,
            let kind = FindingKind(rawValue: bytes[1]), Int(bytes[2]) <= EvidenceSet.capacity,
            bytes.count == FindingDigest.fixedLength + 9 * Int(bytes[2])
        else { return nil }
        self.init(kind: kind)
        var offset = 3
        func next<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
            var number: Number = 0
            for place in 0..<(Number.bitWidth / 8) {
                number |= Number(truncatingIfNeeded: bytes[offset + place]) << (8 * place)
            }
            offset += Number.bitWidth / 8
            return number
        }
        rule = next(UInt64.self)
        subject = next(UInt64.self)
        place = next(UInt64.self)
        placeName = next(UInt64.self)
        scope = next(UInt64.self)
        message = next(UInt64.self)
        skeleton = next(UInt64.self)
        version = next(UInt64.self)
        line = next(Int32.self)
        column = next(Int32.self)
        endLine = next(Int32.self)
        endColumn = next(Int32.self)
        for _ in 0..<Int(bytes[2]) {
            let algorithm = EvidenceAlgorithm(rawValue: next(UInt8.self))
            guard evidence.add(algorithm, next(UInt64.self)) else { return nil }
        }
    }
}
