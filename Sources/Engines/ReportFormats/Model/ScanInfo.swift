// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a report says about the scan that it comes from.
package struct ScanInfo: Sendable, Equatable {
    package var tool: String?
    package var version: String?
    /// The version of the format, as the report gives it.
    package var formatVersion: String?
    /// Whether the scan ran to its end: false where the report says that it failed, was stopped or left parts out. A
    /// scan that is not complete must never close findings.
    package var isComplete = true
    /// The tool's own word for how it ended.
    package var status: String?
    /// When it began and ended, as the report writes it.
    package var started: String?
    package var finished: String?
    /// The rules that were checked, where the report lists all of them; nil where it does not say.
    package var rules: [FindingIdentifier]?
    /// URLs that a dynamic scan asked, where it lists them.
    package var scannedResources: [String]?
    /// The image, repository, host or file that was scanned.
    package var artifact: String?
    /// What the tool or the reading found odd; at most ``ReportLimits/problems``.
    package var problems: [ReportProblem] = []
    /// The number of components that the report lists.
    package var componentCount = 0

    package init() {}
}

/// Something odd that did not stop the reading.
package struct ReportProblem: Sendable, Equatable {
    package enum Level: String, Sendable {
        /// The report breaks its own schema.
        case schema
        /// The tool says so.
        case tool
        /// The reading found it.
        case warning
    }

    package var level: Level
    package var place: ReportPlace
    package var message: String

    package init(_ level: Level, at place: ReportPlace, _ message: String) {
        self.level = level
        self.place = place
        self.message = message
    }
}

/// How much of one report is accepted.
package struct ReportLimits: Sendable {
    package var findings: Int
    package var components: Int
    package var titleBytes = 1 << 10
    package var descriptionBytes = 1 << 20
    package var snippetBytes = 64 << 10
    /// The parts of one list of a finding: identifiers, links, steps.
    package var listCount = 256
    package var problems = 100
    /// Rules of a scan that are kept.
    package var rules = 20_000

    package init(findings: Int = 1_000_000, components: Int = 1_000_000) {
        self.findings = findings
        self.components = components
    }
}
