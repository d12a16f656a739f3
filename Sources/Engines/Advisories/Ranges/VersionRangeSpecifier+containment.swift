// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension VersionRangeSpecifier {
    /// Whether the range holds a version.
    ///
    /// A version that is named with `=`, `<=` or `>=` is in, one that is named with `!=` is out. Otherwise the bounds
    /// decide; where there are none, all versions are in that only exclusions leave.
    ///
    /// - Throws: ``AdvisoryError`` where the type has no order and the range needs one.
    public func contains(_ version: String) throws(AdvisoryError) -> Bool {
        if type == "none" {
            return false
        }
        if constraints.first?.comparator == .any {
            return true
        }
        guard let scheme else {
            throw VersionRangeSpecifier.error("versions of type \"\(type)\" have no order")
        }
        let tested = Array(version.utf8)
        let orders = constraints.map { scheme.compare(tested, Array($0.version.utf8)) }
        let equal = zip(constraints, orders).filter { $1 == .equal }.map(\.0.comparator)
        if equal.contains(where: \.takesEqual) {
            return true
        }
        if equal.contains(.notEqual) {
            return false
        }
        let bounds = zip(constraints, orders).filter { $0.0.comparator.isUpper || $0.0.comparator.isLower }
        guard let first = bounds.first, let last = bounds.last else {
            return constraints.allSatisfy { $0.comparator == .notEqual }
        }
        if first.0.comparator.isUpper, first.1 == .less {
            return true
        }
        if last.0.comparator.isLower, last.1 == .greater {
            return true
        }
        return zip(bounds, bounds.dropFirst()).contains { lower, upper in
            lower.0.comparator.isLower && lower.1 == .greater && upper.0.comparator.isUpper && upper.1 == .less
        }
    }
}
