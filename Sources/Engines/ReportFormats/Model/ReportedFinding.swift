// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What sort of weakness a finding is.
package enum FindingKind: String, Sendable, CaseIterable {
    case dependency, container, sast, dast, secret, iac, fuzz, license, infrastructure, other
}

/// A CVSS vector or score that a report claims. It is not computed here.
package struct ReportedCVSS: Sendable, Hashable {
    /// Who says so: `nvd`, `redhat`, the tool.
    package var vendor: String?
    /// The vector as it is written; nil where only a score is given.
    package var vector: String?
    package var score: Double?

    package init(vendor: String? = nil, vector: String?, score: Double? = nil) {
        self.vendor = vendor
        self.vector = vector
        self.score = score
    }
}

/// What would mend a finding.
package struct FixHint: Sendable, Hashable {
    /// Versions in which it is mended, as the report writes them.
    package var versions: [String] = []
    package var text: String?

    package init?(versions: [String] = [], text: String? = nil) {
        guard !versions.isEmpty || text?.isEmpty == false else {
            return nil
        }
        self.versions = versions
        self.text = text
    }
}

/// A value by which a tool recognises a finding in its next report.
package struct FindingSignature: Sendable, Hashable {
    /// What it is computed from or who computed it: `scope_offset`, `primaryLocationLineHash`, `guid`, `fingerprint` ...
    package var algorithm: String
    package var value: String

    package init(_ algorithm: String, _ value: String) {
        self.algorithm = algorithm
        self.value = value
    }
}

/// One step of the way that data takes through code.
package struct CodeFlowStep: Sendable, Hashable {
    package var location: FindingLocation
    package var message: String?

    package init(location: FindingLocation, message: String? = nil) {
        self.location = location
        self.message = message
    }
}

/// Why the tool, or somebody in its configuration, does not want a finding to count.
package struct ReportedSuppression: Sendable, Hashable {
    /// `inSource`, `external`, `false_positive`, `not_affected`, `dismissed` ...
    package var kind: String
    package var justification: String?

    package init(kind: String, justification: String? = nil) {
        self.kind = kind
        self.justification = justification
    }
}

/// Where in the report a finding stands.
package struct ReportPlace: Sendable, Hashable, CustomStringConvertible {
    /// The pointer of an array, or of the value itself.
    private let base: String
    /// The index in the array; nil where `base` is all.
    private let index: Int?
    /// The line, from 1, of a text, CSV or XML file; nil for JSON.
    package let line: Int?

    /// A JSON pointer (RFC 6901).
    package static func pointer(_ pointer: String) -> ReportPlace {
        ReportPlace(base: pointer, index: nil, line: nil)
    }

    /// An element of an array, by the array's JSON pointer. Findings of one array share its text.
    package static func element(of array: String, at index: Int) -> ReportPlace {
        ReportPlace(base: array, index: index, line: nil)
    }

    /// A line, from 1, of a text, CSV or XML file.
    package static func line(_ line: Int) -> ReportPlace {
        ReportPlace(base: "", index: nil, line: line)
    }

    /// The JSON pointer; nil for a line.
    package var pointer: String? {
        line == nil ? index.map { "\(base)/\($0)" } ?? base : nil
    }

    package var description: String {
        line.map { "line \($0)" } ?? pointer?.nonEmpty ?? "the document"
    }
}

/// A page about a finding.
package struct FindingLink: Sendable, Hashable {
    package var url: String
    package var name: String?

    package init(_ url: String, name: String? = nil) {
        self.url = url
        self.name = name
    }
}

/// One weakness as a tool reports it: the same model for every format.
///
/// All texts come from outside and may hold anything; those who show them escape them. Sizes are bounded by
/// ``ReportLimits``.
package struct ReportedFinding: Sendable, Equatable {
    package var kind: FindingKind
    package var title: String
    package var description = ""
    package var severity = ReportedSeverity.unknown
    /// The first is the primary one.
    package var identifiers: [FindingIdentifier] = []
    package var location = FindingLocation()
    package var component: ReportedComponent?
    package var cvss: [ReportedCVSS] = []
    package var fix: FixHint?
    package var signatures: [FindingSignature] = []
    /// The code or text that was flagged.
    package var snippet: String?
    /// A secret that was found; see ``ReportedSecret``.
    package var secret: ReportedSecret?
    /// The ways that data takes, each from its source to its sink.
    package var codeFlows: [[CodeFlowStep]] = []
    package var suppression: ReportedSuppression?
    package var links: [FindingLink] = []
    /// How sure the tool is, in its own word.
    package var confidence: String?
    package var tags: [String] = []
    /// Whether a text was cut at its limit.
    package var isTruncated = false
    package var origin = ReportPlace.pointer("")

    package init(kind: FindingKind, title: String) {
        self.kind = kind
        self.title = title
    }
}
