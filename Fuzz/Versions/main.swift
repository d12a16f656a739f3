// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

// The orders of versions, ranges, package URLs, names of platforms and CVSS vectors: an input is two texts with a line
// feed between them, behind a byte that chooses the order.

import Advisories
import Scoring

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzVersions(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    guard let choice = input.first else { return 0 }
    let rest = input.dropFirst()
    let split = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
    let left = Array(rest[..<split])
    let right = Array(rest[split...].dropFirst())
    checkOrder(VersionScheme.allCases[Int(choice) % VersionScheme.allCases.count], left, right)
    let text = String(decoding: rest, as: UTF8.self)
    if let purl = try? PackageURL(parsing: text) {
        let again = try? PackageURL(parsing: purl.description)
        precondition(again?.description == purl.description, "a package URL is kept as it is written")
    }
    if let range = try? VersionRangeSpecifier(parsing: text) {
        let again = try? VersionRangeSpecifier(parsing: range.description)
        precondition(again?.description == range.description, "a range is kept as it is written")
    }
    if let name = try? CPEName(parsing: text) { precondition(!"\(name)".isEmpty) }
    if let vector = try? CVSSVector(parsing: text) {
        precondition((0...100).contains(vector.scores.base.tenths))
        let again = try? CVSSVector(parsing: vector.canonicalText)
        precondition(again == vector, "a vector is kept as it is written")
    }
    return 0
}

private func checkOrder(_ scheme: VersionScheme, _ left: [UInt8], _ right: [UInt8]) {
    switch scheme.compare(left, right) {
    case .less: precondition(scheme.compare(right, left) == .greater, "an order has two directions")
    case .equal: precondition(scheme.compare(right, left) == .equal, "an order has two directions")
    case .greater: precondition(scheme.compare(right, left) == .less, "an order has two directions")
    }
    precondition(scheme.compare(left, left) == .equal, "a version is equal to itself")
}
