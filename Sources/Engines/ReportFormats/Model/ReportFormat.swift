// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The formats that are read.
package enum ReportFormat: String, Sendable, CaseIterable {
    case bandit
    case burp
    case cargoAudit = "cargo-audit"
    case checkov
    case cycloneDX = "cyclonedx"
    case defectDojoGeneric = "defectdojo-generic"
    case gitHubCodeScanning = "github-code-scanning-alerts"
    case gitHubDependabot = "github-dependabot-alerts"
    case gitHubSecretScanning = "github-secret-scanning-alerts"
    case gitLabAPIFuzzing = "gitlab-api-fuzzing"
    case gitLabClusterImageScanning = "gitlab-cluster-image-scanning"
    case gitLabContainerScanning = "gitlab-container-scanning"
    case gitLabCoverageFuzzing = "gitlab-coverage-fuzzing"
    case gitLabDAST = "gitlab-dast"
    case gitLabDependencyScanning = "gitlab-dependency-scanning"
    case gitLabSAST = "gitlab-sast"
    case gitLabSecretDetection = "gitlab-secret-detection"
    case gitleaks
    case gosec
    case govulncheck
    case grype
    case hadolint
    case kubescape
    case nessus
    case npmAudit6 = "npm-audit-6"
    case npmAudit7 = "npm-audit-7"
    case nuclei
    case openVAS = "openvas"
    case osvScanner = "osv-scanner"
    case pipAudit = "pip-audit"
    /// The line that ``ReportLine`` writes.
    case redoubt
    case sarif
    case semgrep
    case snyk
    case snykCode = "snyk-code"
    case sonarQube = "sonarqube"
    case spdx
    case trivy
    case trufflehog
    case trufflehog3
    case zap
    /// A format that a user described by a ``ReportMapping``.
    case mapped

    /// Whether the format belongs to GitLab's security reports.
    package var isGitLab: Bool { rawValue.hasPrefix("gitlab-") }
}

/// How a format is written down.
package enum ReportEncoding: String, Sendable {
    case json, xml, csv
    /// SPDX's lines of `Tag: value`.
    case tagValue = "tag-value"
}

/// A format in one encoding, such as Nessus as CSV.
package struct DetectedFormat: Sendable, Hashable {
    package var format: ReportFormat
    package var encoding: ReportEncoding
    /// The name of a user's mapping.
    package var mapping: String?

    package init(_ format: ReportFormat, _ encoding: ReportEncoding, mapping: String? = nil) {
        self.format = format
        self.encoding = encoding
        self.mapping = mapping
    }

    /// The name in output: `trivy-json`.
    package var name: String { "\(mapping ?? format.rawValue)-\(encoding.rawValue)" }
}
