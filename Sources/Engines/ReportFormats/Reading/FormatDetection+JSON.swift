// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Tells JSON formats apart by their shape. The order goes from what is marked to what is only typical.
enum JSONFormatDetection {
    /// The format of a report; nil where none fits.
    static func detect(_ documents: [JSONOutline]) -> ReportFormat? {
        guard let first = documents.first else {
            return nil
        }
        // Messages before the findings may have another shape, such as the log of TruffleHog.
        return documents.lazy.compactMap { document in
            document.isArray ? list(document) : object(document)
        }.first ?? (first.isArray ? nestedList(first) : nil)
    }

    /// Whether a report says nothing at all: no document, an empty list or object, or null. Many tools write that
    /// when they have found nothing, and it does not tell which.
    static func isEmpty(_ documents: [JSONOutline]) -> Bool {
        documents.allSatisfy { document in
            document.kind == .null || (document.isArray && document.elements.allSatisfy { isEmpty([$0]) })
                || (document.isObject && document.members.isEmpty)
        }
    }

    private static func nestedList(_ document: JSONOutline) -> ReportFormat? {
        document.elements.lazy.filter(\.isArray).compactMap { list($0) }.first
    }

    // MARK: Objects

    private static func object(_ root: JSONOutline) -> ReportFormat? {
        marked(root) ?? gitLab(root) ?? ofVulnerabilities(root) ?? ofResults(root) ?? ofOthers(root) ?? item(root)
    }

    /// Formats that say what they are.
    private static func marked(_ root: JSONOutline) -> ReportFormat? {
        if root["bomFormat"]?.text == "CycloneDX" {
            return .cycloneDX
        }
        if root.has("format", "findings"), root["scan"]?.has("tool", "complete") == true {
            return .redoubt
        }
        if root["spdxVersion"]?.text?.hasPrefix("SPDX-") == true || isSPDX3(root) {
            return .spdx
        }
        if root.has("runs"), root.has("version") || root.has("$schema") {
            let driver = root["runs"]?.elements.first?["tool"]?["driver"]?["name"]?.text
            return driver == "SnykCode" ? .snykCode : .sarif
        }
        if root.has("SchemaVersion", "ArtifactName") || (root.has("SchemaVersion") && root.has("Results")) {
            return .trivy
        }
        if root.has("ClusterName"), root.has("Resources") || root.has("Findings") || root.has("Vulnerabilities") {
            return .trivy
        }
        if root["apiVersion"]?.text?.hasPrefix("aquasecurity.github.io") == true, root.has("report") {
            return .trivy
        }
        if root.has("auditReportVersion") || root["audit"]?.has("auditReportVersion") == true {
            return .npmAudit7
        }
        return nil
    }

    private static func isSPDX3(_ root: JSONOutline) -> Bool {
        root.has("@graph") && root["@context"]?.text?.contains("spdx.org") == true
    }

    private static let gitLabTypes: [String: ReportFormat] = [
        "sast": .gitLabSAST, "dast": .gitLabDAST, "api_fuzzing": .gitLabAPIFuzzing,
        "dependency_scanning": .gitLabDependencyScanning, "container_scanning": .gitLabContainerScanning,
        "cluster_image_scanning": .gitLabClusterImageScanning, "secret_detection": .gitLabSecretDetection,
        "coverage_fuzzing": .gitLabCoverageFuzzing,
    ]

    private static func gitLab(_ root: JSONOutline) -> ReportFormat? {
        guard root.has("vulnerabilities", .array) else {
            return nil
        }
        if let type = root["scan"]?["type"]?.text, let format = gitLabTypes[type] {
            return format
        }
        guard let finding = root["vulnerabilities"]?.elements.first, finding.has("location", .object) else {
            return nil
        }
        if let category = finding["category"]?.text, let format = gitLabTypes[category] {
            return format
        }
        guard let place = finding["location"], finding.has("identifiers", .array) else {
            return nil
        }
        if place.has("crash_type") || place.has("crash_address") {
            return .gitLabCoverageFuzzing
        }
        if place.has("hostname") || (place.has("path") && place.has("method")) {
            return .gitLabDAST
        }
        if place.has("kubernetes_resource") {
            return .gitLabClusterImageScanning
        }
        if place.has("image") {
            return .gitLabContainerScanning
        }
        // Analyzers of code leave an empty dependency behind.
        if place["dependency"]?["package"]?.has("name") == true {
            return .gitLabDependencyScanning
        }
        return place.has("commit") ? .gitLabSecretDetection : place.has("file") ? .gitLabSAST : nil
    }

    private static func ofVulnerabilities(_ root: JSONOutline) -> ReportFormat? {
        if root.has("lockfile"), root.has("vulnerabilities", .object) || root.has("warnings") {
            return .cargoAudit
        }
        if root.has("advisories", .object), root.has("metadata") || root.has("actions") || root.has("muted") {
            return .npmAudit6
        }
        if root["vulnerabilities"]?.has("list") == true, root.has("database") || root.has("settings") {
            return .cargoAudit
        }
        if root.has("vulnerabilities", .array) {
            let first = root["vulnerabilities"]?.elements.first
            if root.has("packageManager") || root.has("dependencyCount") || root.has("ok") || root.has("projectName") {
                return .snyk
            }
            if first?.has("packageName") == true || first?.has("semver") == true {
                return .snyk
            }
        }
        if root.has("ok", "error"), root.has("path") {
            return .snyk
        }
        return nil
    }

    private static func ofResults(_ root: JSONOutline) -> ReportFormat? {
        if root.has("matches", .array), root.has("descriptor") || root.has("source") || root.has("distro") {
            return .grype
        }
        if root.has("results", .object), let results = root["results"] {
            if results.has("failed_checks") || results.has("passed_checks") || root.has("check_type") {
                return .checkov
            }
        }
        if root.has("passed", "failed"), root.has("parsing_errors") || root.has("checkov_version") {
            return .checkov
        }
        if root.has("summaryDetails"), root.has("results") || root.has("resources") {
            return .kubescape
        }
        guard root.has("results", .array), let results = root["results"] else {
            return root.has("vulns", .array) ? .semgrep : nil
        }
        let first = results.elements.first
        if first?.has("test_id") == true || (root.has("generated_at") && root.has("metrics")) {
            return .bandit
        }
        if first?.has("check_id") == true || (root.has("errors") && (root.has("paths") || root.has("version"))) {
            return .semgrep
        }
        if first?.has("packages") == true || first?.has("source") == true || root.has("experimental_config") {
            return .osvScanner
        }
        if first == nil {
            return root.has("errors") ? .semgrep : .osvScanner
        }
        return nil
    }

    private static func ofOthers(_ root: JSONOutline) -> ReportFormat? {
        if root.has("Issues"),
            root.has("Stats") || root.has("Golang errors") || root["Issues"]?.item?.has("rule_id") == true
        {
            return .gosec
        }
        if root.has("Vulns"), root.has("Calls") || root.has("Requires") || root.has("Imports") {
            return .govulncheck
        }
        if root.has("dependencies", .array), root.has("fixes") || root["dependencies"]?.item?.has("vulns") == true {
            return .pipAudit
        }
        if root.has("@version"), root.has("site") {
            return .zap
        }
        if root.has("hotspots", .array), root.has("paging") || root.has("components") {
            return .sonarQube
        }
        if root.has("issues", .array) {
            let first = root["issues"]?.elements.first
            if first?.has("rule", "component") == true || root.has("effortTotal") || root.has("sonarBaseURL")
                || (root.has("paging") && root.has("components"))
            {
                return .sonarQube
            }
        }
        if let data = root["data"], containsAlerts(data, depth: 0) {
            return .gitHubDependabot
        }
        if root.has("findings", .array), isGeneric(root) {
            return .defectDojoGeneric
        }
        if root["error"]?.has("summary") == true, root["error"]?.has("code") == true {
            return .npmAudit6
        }
        return nil
    }

    private static func isGeneric(_ root: JSONOutline) -> Bool {
        guard let first = root["findings"]?.elements.first else {
            return root.members.allSatisfy {
                ["findings", "name", "type", "version", "description", "static_tool", "dynamic_tool", "soc"].contains(
                    $0.name
                )
            }
        }
        return first.has("title") && (first.has("severity") || first.has("description"))
    }

    private static func containsAlerts(_ node: JSONOutline, depth: Int) -> Bool {
        node.has("vulnerabilityAlerts")
            || (node.members.map(\.value) + node.elements).contains { containsAlerts($0, depth: depth + 1) }
    }

    // MARK: Lists and lines

    private static func list(_ root: JSONOutline) -> ReportFormat? {
        // Of a list of govulncheck's messages, the first may be of any kind.
        root.elements.lazy.compactMap { element in
            element.isObject ? item(element) ?? listed(element) : nil
        }.first
    }

    /// Objects that stand in a list, or one per line.
    private static func item(_ node: JSONOutline) -> ReportFormat? {
        if node.has("SourceMetadata"), node.has("DetectorName") || node.has("DetectorType") {
            return .trufflehog
        }
        if node.has("stringsFound") {
            return node.has("printDiff") || node.has("diff") ? .trufflehog : .trufflehog3
        }
        if node.has("info", .object), node.has("template-id") || node.has("templateID") || node.has("template") {
            return .nuclei
        }
        if node.members.count == 1, let name = node.members.first?.name,
            ["config", "osv", "finding", "progress", "SBOM"].contains(name), node.members[0].value.isObject
        {
            return .govulncheck
        }
        if node.has("RuleID"), node.has("Secret") || node.has("Match") || node.has("File") {
            return .gitleaks
        }
        if node.has("offender"), node.has("rule") || node.has("line") {
            return .gitleaks
        }
        if node.has("level"), node.has("msg"), node.has("ts") {
            // TruffleHog's own log, before anything that it finds.
            return .trufflehog
        }
        return nil
    }

    /// Objects that stand in a list only.
    private static func listed(_ node: JSONOutline) -> ReportFormat? {
        if node["rule"]?.isObject == true, node.has("secret"), node.has("path") {
            return .trufflehog3
        }
        if node.has("code", "message"), node.has("level"), node.has("line") {
            return .hadolint
        }
        if node.has("Target"), node.has("Vulnerabilities") || node.has("Type") {
            return .trivy
        }
        if node.has("name"), node.has("vulns") || node.has("skip_reason") {
            return .pipAudit
        }
        if node.has("secret_type"), node.has("number") || node.has("secret") {
            return .gitHubSecretScanning
        }
        if node.has("security_advisory") || node.has("securityVulnerability") {
            return .gitHubDependabot
        }
        if node["rule"]?.isObject == true, node.has("most_recent_instance") || node.has("instances_url") {
            return .gitHubCodeScanning
        }
        let format = object(node)
        // Of the formats with an object as the document, these also come as a list.
        return format.flatMap { [.snyk, .checkov, .trivy, .sarif].contains($0) ? $0 : nil }
    }
}
