// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What a parser gives: findings as they are read, and what it learns of the scan.
///
/// Sees to it that every finding is within the limits and in a common form, whatever the parser: no text is longer
/// than allowed, no identifier stands twice, there is a title.
package final class ReportOutput {
    /// What is known of the scan so far.
    package var scan = ScanInfo()
    package private(set) var findingCount = 0
    package let limits: ReportLimits
    private let acceptFinding: (ReportedFinding) throws -> Void
    private let acceptComponent: ((ReportedComponent) throws -> Void)?

    /// - Parameters:
    ///   - limits: what is accepted.
    ///   - component: takes each component of a bill of materials.
    ///   - finding: takes each finding.
    package init(
        limits: ReportLimits = ReportLimits(),
        component: ((ReportedComponent) throws -> Void)? = nil,
        finding: @escaping (ReportedFinding) throws -> Void
    ) {
        self.limits = limits
        acceptComponent = component
        acceptFinding = finding
    }

    /// Takes a finding from a parser.
    func emit(_ finding: consuming ReportedFinding) throws {
        guard findingCount < limits.findings else {
            throw ReportError(.tooLarge, "the report has more than \(limits.findings) findings", at: finding.origin)
        }
        findingCount += 1
        finding.settle(limits)
        try acceptFinding(finding)
    }

    /// Takes a component of a bill of materials from a parser.
    func emit(_ component: ReportedComponent, at place: ReportPlace) throws {
        guard scan.componentCount < limits.components else {
            throw ReportError(.tooLarge, "the report has more than \(limits.components) components", at: place)
        }
        scan.componentCount += 1
        try acceptComponent?(component)
    }

    /// Whether anybody wants components.
    var wantsComponents: Bool { acceptComponent != nil }

    func note(_ level: ReportProblem.Level, at place: ReportPlace, _ message: String) {
        if scan.problems.count < limits.problems {
            scan.problems.append(ReportProblem(level, at: place, message.prefix(bytes: 512)))
        }
    }

    /// Takes a rule that the scan checked.
    func addRule(_ rule: FindingIdentifier) {
        if scan.rules == nil {
            scan.rules = []
        }
        if (scan.rules?.count ?? 0) < limits.rules {
            scan.rules?.append(rule)
        }
    }
}

extension ReportedFinding {
    /// Brings the finding into the common form.
    fileprivate mutating func settle(_ limits: ReportLimits) {
        if title.isEmpty {
            title = identifiers.first?.value ?? description.firstLine
        }
        if title.utf8.count > limits.titleBytes {
            title = title.prefix(bytes: limits.titleBytes)
            isTruncated = true
        }
        if description.utf8.count > limits.descriptionBytes {
            description = description.prefix(bytes: limits.descriptionBytes)
            isTruncated = true
        }
        if let text = snippet, text.utf8.count > limits.snippetBytes {
            snippet = text.prefix(bytes: limits.snippetBytes)
            isTruncated = true
        }
        Self.cut(&identifiers, to: limits.listCount)
        Self.cut(&links, to: limits.listCount)
        Self.cut(&tags, to: limits.listCount)
        Self.cut(&codeFlows, to: 10)
        for index in codeFlows.indices {
            Self.cut(&codeFlows[index], to: limits.listCount)
        }
        dropRepeatedIdentifiers()
    }

    private static func cut<Element>(_ list: inout [Element], to limit: Int) {
        if list.count > limit {
            list.removeSubrange(limit...)
        }
    }

    /// Most findings have a handful of identifiers; the list is no longer than the limit by now.
    private mutating func dropRepeatedIdentifiers() {
        var index = 1
        while index < identifiers.count {
            let (type, value) = (identifiers[index].type, identifiers[index].value)
            if identifiers[..<index].contains(where: { $0.value == value && $0.type == type }) {
                identifiers.remove(at: index)
            } else {
                index += 1
            }
        }
    }
}
