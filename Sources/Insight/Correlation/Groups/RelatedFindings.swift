// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import VulnerabilityManagement

/// A finding of another tool that tells of the same weakness.
package struct RelatedFinding: Sendable, Hashable {
    package var row: FindingRow
    /// In words: by what they are the same.
    package var because: String
}

/// Finds what other tools tell of the weakness of a finding.
///
/// Tools name and place a weakness differently: one that reads source code has a file, one that asks the application an
/// address, one that knows components a version. Findings are the same weakness here where
///
/// - both have the same published vulnerability in the same component, or one of them names no component;
/// - their classes of weakness are the same, or attacks of one class aim at both, and a known route leads from the address
///   of one to the code of the other; or both have the same address and, where both name one, the same parameter; or both
///   are in the same function, or within ``lines`` lines of each other.
///
/// They stay findings of their own: each is closed by its own tool, and triage of one says nothing of the other.
package struct RelatedFindings: Sendable {
    /// How far from each other tools place the same weakness in a file, in lines.
    package static let lines = 3
    /// The most that are shown of one finding.
    package static let most = 50

    private let store: VulnerabilityStore

    package init(_ store: VulnerabilityStore) {
        self.store = store
    }

    /// The open findings of other tools in the same project that tell of the same weakness, those with the highest priority
    /// first; at most ``most``.
    ///
    /// - Throws: what the store throws.
    package func related(to finding: FindingRow) throws -> [RelatedFinding] {
        var reasons: [Int64: String] = [:]
        if let vulnerability = finding.vulnerability {
            for row in try store.findings(of: vulnerability, in: finding.projectID)
            where Self.isSameComponent(row, finding) {
                reasons[row.id] = vulnerability + (finding.component.map { " in \($0)" } ?? "")
            }
        }
        if let target = try store.attackTarget(finding.id), !target.weaknesses.isEmpty {
            for (id, reason) in try byPlace(target) where reasons[id] == nil { reasons[id] = reason }
        }
        reasons[finding.id] = nil
        let rows = try store.findings(reasons.keys.sorted()).filter { $0.tool != finding.tool }
        return rows.sorted { ($1.priority, $0.id) < ($0.priority, $1.id) }.prefix(Self.most).compactMap { row in
            reasons[row.id].map { RelatedFinding(row: row, because: $0) }
        }
    }

    // MARK: Components

    private static func isSameComponent(_ left: FindingRow, _ right: FindingRow) -> Bool {
        if let left = left.purl, let right = right.purl { return left == right }
        guard let left = left.component, let right = right.component else { return true }
        return bareName(left) == bareName(right)
    }

    /// Without what stands before it: `log4j-core` of `org.apache.logging.log4j:log4j-core`.
    private static func bareName(_ component: String) -> String {
        let name = component.split { $0 == ":" || $0 == "/" }.last ?? Substring(component)
        return name.lowercased()
    }

    // MARK: Places

    private func byPlace(_ target: AttackTarget) throws -> [Int64: String] {
        let routes = try store.attackRoutes(of: target.project)
        var found: [Int64: String] = [:]
        if target.kind == "dast" {
            guard let address = Address(target) else { return [:] }
            for other in try store.addressedTargets(in: target.project)
            where Self.isSameWeakness(target, other) && Address(other).map(address.isSame) == true {
                found[other.id] = "the same address"
            }
            for file in Set(routes.filter(address.isCovered).map(\.file)).sorted() {
                for other in try store.sourceTargets(inFile: file, of: target.project)
                where Self.isSameWeakness(target, other) {
                    found[other.id] = Self.route(from: address, to: other, among: routes)
                }
            }
        } else if let file = target.file.map(TieIndex.plain) {
            for other in try store.sourceTargets(inFile: file, of: target.project)
            where Self.isSameWeakness(target, other) {
                found[other.id] = Self.place(target, other)
            }
            let leading = TieIndex.routes(to: target, among: routes)
            guard !leading.isEmpty else { return found }
            for other in try store.addressedTargets(in: target.project)
            where Self.isSameWeakness(target, other) {
                if let address = Address(other) {
                    found[other.id] = Self.route(from: address, to: target, among: routes)
                }
            }
        }
        return found
    }

    /// Whether both are one class of weakness, or attacks of one class aim at both.
    private static func isSameWeakness(_ left: AttackTarget, _ right: AttackTarget) -> Bool {
        guard Set(left.weaknesses).isDisjoint(with: right.weaknesses) else { return true }
        let aiming = Set(left.weaknesses.flatMap { AttackClass.aiming(at: $0) })
        return !aiming.isDisjoint(with: right.weaknesses.flatMap { AttackClass.aiming(at: $0) })
    }

    private static func route(from address: Address, to target: AttackTarget, among routes: [AttackRoute]) -> String? {
        TieIndex.routes(to: target, among: routes).first(where: address.isCovered).map {
            "the route \($0.pattern) leads to \($0.file)"
        }
    }

    private static func place(_ left: AttackTarget, _ right: AttackTarget) -> String? {
        if let function = left.function, let other = right.function {
            return TieIndex.bare(function) == TieIndex.bare(other) ? "the same function" : nil
        }
        guard let line = left.line, let other = right.line, abs(line - other) <= lines else { return nil }
        return "the same lines"
    }

    /// Where a finding of a running application is.
    private struct Address {
        private let path: RoutePath
        private let shape: String
        private let method: String
        private let host: String?
        private let parameter: String?

        init?(_ target: AttackTarget) {
            guard let path = FindingAddress.path(url: target.url, path: target.urlPath) else { return nil }
            self.path = RoutePath(path)
            shape = TieIndex.shape(path, target.method)
            let method = target.method ?? ""
            self.method = method.isEmpty ? "GET" : method.uppercased()
            host = FindingAddress.host(target.host, url: target.url)
            parameter = target.parameter.flatMap { $0.isEmpty ? nil : ParameterName.plain($0) }
        }

        func isSame(_ other: Address) -> Bool {
            guard shape == other.shape, method == other.method else { return false }
            if let host, let otherHost = other.host, host != otherHost { return false }
            guard let parameter, let otherParameter = other.parameter else { return true }
            return parameter == otherParameter
        }

        func isCovered(by route: AttackRoute) -> Bool {
            guard !path.isAmbiguous, route.pattern.covers(path, method: Array(method.utf8)[...]) else { return false }
            guard let wanted = route.host, let host else { return true }
            return wanted.lowercased() == host
        }
    }
}
