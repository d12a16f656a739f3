// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A rough place of a version among those of its scheme, for ranges of an index in a database.
///
/// The key is monotone: a version that sorts before another has a key that is not greater, and equal versions have
/// equal keys. So a query by keys finds all that the exact order would find, and some more. A part that does not fit
/// is 99999999, and so is everything behind it.
public struct CoarseVersionKey: Sendable, Comparable, CustomStringConvertible {
    /// The greatest value of a part.
    static let most: UInt32 = 99_999_999

    /// From 0 to 99.
    public private(set) var epoch: UInt32 = 0
    /// Three numbers from 0 to 99999999.
    public private(set) var major: UInt32 = 0
    public private(set) var minor: UInt32 = 0
    public private(set) var patch: UInt32 = 0
    private var filled = 0

    init() {}

    /// `EE:XXXXXXXX.YYYYYYYY.ZZZZZZZZ` in decimal digits, so that texts sort as keys do.
    public var description: String {
        func padded(_ number: UInt32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(epoch, 2)):\(padded(major, 8)).\(padded(minor, 8)).\(padded(patch, 8))"
    }

    public static func < (left: CoarseVersionKey, right: CoarseVersionKey) -> Bool {
        (left.epoch, left.major, left.minor, left.patch) < (right.epoch, right.major, right.minor, right.patch)
    }

    public static func == (left: CoarseVersionKey, right: CoarseVersionKey) -> Bool {
        (left.epoch, left.major, left.minor, left.patch) == (right.epoch, right.major, right.minor, right.patch)
    }

    // MARK: Building

    /// Whether all three parts are set.
    var isFull: Bool { filled == 3 }

    mutating func setEpoch(_ text: Span<UInt8>, _ digits: Range<Int>) {
        let value = CoarseVersionKey.value(text, digits)
        epoch = min(value, 99)
        if value >= 99 {
            fillUp()
        }
    }

    /// Sets the next part; a number that is too big fills up the rest.
    mutating func append(_ text: Span<UInt8>, _ digits: Range<Int>) {
        let value = CoarseVersionKey.value(text, digits)
        appendPart(value)
        if value == CoarseVersionKey.most {
            fillUp()
        }
    }

    /// Sets the parts that are left to their greatest value.
    mutating func fillUp() {
        while !isFull {
            appendPart(CoarseVersionKey.most)
        }
    }

    /// Leaves the parts that are left at zero.
    mutating func close() {
        filled = 3
    }

    private mutating func appendPart(_ value: UInt32) {
        switch filled {
        case 0: major = value
        case 1: minor = value
        case 2: patch = value
        default: return
        }
        filled += 1
    }

    private static func value(_ text: Span<UInt8>, _ digits: Range<Int>) -> UInt32 {
        let digits = VersionText.withoutLeadingZeros(text, digits)
        guard digits.count <= 8 else {
            return most
        }
        var value: UInt32 = 0
        for index in digits {
            value = value * 10 + UInt32(text[index] &- UInt8(ascii: "0"))
        }
        return value
    }
}

extension VersionScheme {
    /// The version's rough place; nil where the scheme or the version has none, which an index must always return.
    public func coarseKey(_ version: Span<UInt8>) -> CoarseVersionKey? {
        guard version.count <= VersionText.longest else {
            return nil
        }
        return switch self {
        case .semver, .nuget, .pub, .openssl: CoarseVersionKey.semantic(version)
        case .pypi: CoarseVersionKey.python(version)
        case .debian, .opam: CoarseVersionKey.debian(version, hasEpoch: self == .debian)
        case .rpm: CoarseVersionKey.rpm(version)
        case .alpine: AlpineOrder.isValid(version) ? CoarseVersionKey.alpine(version) : nil
        case .maven: CoarseVersionKey.maven(version)
        case .packagist: CoarseVersionKey.packagist(version)
        case .rubygems: CoarseVersionKey.rubyGems(version)
        case .cran, .hackage, .intdot: CoarseVersionKey.numbers(version, isDotted: self == .intdot)
        case .arch, .gentoo, .conan, .datetime, .lexicographic, .generic: nil
        }
    }
}
