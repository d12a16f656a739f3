// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A way to tell a finding by what was found, not by where.
package struct EvidenceAlgorithm: RawRepresentable, Sendable, Hashable {
    /// 0 for none, up to 31 those named here, from 64 partial fingerprints by the hash of their name.
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// An identifier of the tool itself, such as SARIF's `guid`; many tools make a new one in every scan.
    package static let toolIdentifier = EvidenceAlgorithm(rawValue: 1)
    /// SARIF's `fingerprints`.
    package static let fingerprint = EvidenceAlgorithm(rawValue: 2)
    /// GitLab's signature of scope and offset.
    package static let scopeOffset = EvidenceAlgorithm(rawValue: 3)
    /// GitLab's signature of scope and offset without lines that hold no code.
    package static let scopeOffsetCompressed = EvidenceAlgorithm(rawValue: 4)
    /// GitLab's signature `hash`.
    package static let gitLabHash = EvidenceAlgorithm(rawValue: 5)
    /// The flagged line without white space, and the how many-th of its like in the file it is.
    package static let lineHash = EvidenceAlgorithm(rawValue: 6)
    /// CodeQL's `primaryLocationLineHash`.
    package static let rollingHash = EvidenceAlgorithm(rawValue: 7)
    /// The text that the report quotes, without white space.
    package static let snippet = EvidenceAlgorithm(rawValue: 8)
    /// Source and sink of a flow of data.
    package static let dataFlow = EvidenceAlgorithm(rawValue: 9)

    /// A partial fingerprint of SARIF under a name of the tool.
    package static func partialFingerprint(_ name: String) -> EvidenceAlgorithm {
        if name.hasPrefix("primaryLocationLineHash") { return .rollingHash }
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 {
            hash = (hash ^ UInt32(byte)) &* 16_777_619
        }
        return EvidenceAlgorithm(rawValue: UInt8(64 + hash % 192))
    }

    /// Whether a difference says that the flagged code itself is another. The others also cover code around it, which
    /// changes while the finding stays.
    var isOfFlaggedCode: Bool {
        self == .snippet || self == .lineHash || self == .fingerprint || self == .toolIdentifier
    }

    /// For people: what is equal when two values of this algorithm are.
    package var name: String {
        switch self {
        case .toolIdentifier: "the tool's identifier"
        case .fingerprint: "the tool's fingerprint"
        case .scopeOffset: "scope and offset"
        case .scopeOffsetCompressed: "scope and offset of code"
        case .gitLabHash: "the signature"
        case .lineHash: "the flagged line"
        case .rollingHash: "the code around"
        case .snippet: "the quoted code"
        case .dataFlow: "source and sink"
        default: "a partial fingerprint"
        }
    }
}

/// Up to six hashes of a finding, each by another algorithm.
package struct EvidenceSet: Sendable {
    package static let capacity = 6

    private var values = InlineArray<6, UInt64>(repeating: 0)
    /// One byte each, the first lowest.
    private var algorithms: UInt64 = 0
    /// How many there are.
    package private(set) var count = 0

    package init() {}

    /// Adds a hash; one of an algorithm that is there already, and a seventh, are left out.
    ///
    /// - Returns: whether it was added.
    @discardableResult
    package mutating func add(_ algorithm: EvidenceAlgorithm, _ value: UInt64) -> Bool {
        guard count < EvidenceSet.capacity, value != 0, algorithm.rawValue != 0, self[algorithm] == nil else {
            return false
        }
        values[count] = value
        algorithms |= UInt64(algorithm.rawValue) << UInt64(count * 8)
        count += 1
        return true
    }

    /// The hash by an algorithm; nil where there is none.
    package subscript(algorithm: EvidenceAlgorithm) -> UInt64? {
        for index in 0..<count where self.algorithm(index) == algorithm {
            return values[index]
        }
        return nil
    }

    /// The algorithm of a hash by its place, from 0 to ``count``.
    @inline(__always)
    package func algorithm(_ index: Int) -> EvidenceAlgorithm {
        EvidenceAlgorithm(rawValue: UInt8(truncatingIfNeeded: algorithms &>> UInt64(index &* 8)))
    }

    /// A hash by its place, from 0 to ``count``.
    @inline(__always)
    package func value(_ index: Int) -> UInt64 {
        values[index]
    }
}
