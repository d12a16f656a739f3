// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// What was read of a report.
package struct ReportSummary: Sendable, Equatable {
    /// The format; nil for a report that is empty and could be any tool's.
    package var format: DetectedFormat?
    package var scan: ScanInfo
    package var findingCount: Int
}

/// Reads a report of any known format from pieces of bytes and hands on its findings one by one.
///
/// Nothing of a report is kept but what findings refer to, so memory does not grow with the number of findings. The
/// format is found by content. The same bytes give the same findings in the same order, however they are cut.
///
/// ```swift
/// let reader = ReportReader()
/// let summary = try reader.read(source) { finding in store.add(finding) }
/// ```
package struct ReportReader: Sendable {
    package var limits: ReportLimits
    /// Formats that users describe; they come before the known ones where they fit.
    package var mappings: [ReportMapping]

    package init(limits: ReportLimits = ReportLimits(), mappings: [ReportMapping] = []) {
        self.limits = limits
        self.mappings = mappings
    }

    /// Reads a report.
    ///
    /// - Parameters:
    ///   - source: the report's bytes; they are gone through more than once.
    ///   - component: takes each component of a bill of materials.
    ///   - finding: takes each finding, in the order of the report. What it throws ends the reading.
    /// - Throws: ``ReportError``, in one line, or what the source or a closure throws. Findings that were handed on
    ///   before an error are of a report that is broken: keep none of them.
    package func read(
        _ source: any ByteSource,
        component: ((ReportedComponent) throws -> Void)? = nil,
        finding: @escaping (ReportedFinding) throws -> Void
    ) throws -> ReportSummary {
        let output = ReportOutput(limits: limits, component: component, finding: finding)
        do {
            let format = try read(source, output)
            return ReportSummary(format: format, scan: output.scan, findingCount: output.findingCount)
        } catch let error as JSONError {
            throw ReportError(error)
        } catch let failure as ByteWindow.Failure {
            throw ReportError(.malformed, "the text cannot be read: \(failure)")
        }
    }

    private func read(_ source: any ByteSource, _ output: ReportOutput) throws -> DetectedFormat? {
        switch try FormatDetection.shape(source) {
        case .empty:
            output.scan.isComplete = false
            output.note(.warning, at: .line(1), "the report is empty")
            return nil
        case .json:
            return try readJSON(source, output)
        case .xml:
            return try readXML(source, output)
        case .text:
            return try readText(source, output)
        }
    }

    // MARK: JSON

    private func readJSON(_ source: any ByteSource, _ output: ReportOutput) throws -> DetectedFormat? {
        let json = JSONPullReader(source)
        let outline = try JSONOutline.read(json)
        defer { take(json.warnings, output) }
        if let mapping = mappings.first(where: { $0.fits(outline.documents) }) {
            try json.rewind(superseded: outline.duplicates)
            try mapping.parse(json, to: output)
            return DetectedFormat(.mapped, .json, mapping: mapping.name)
        }
        guard let format = JSONFormatDetection.detect(outline.documents) else {
            if let error = outline.error {
                throw error
            }
            guard JSONFormatDetection.isEmpty(outline.documents) else {
                throw ReportError(.unknownFormat, "no known report has JSON of this shape")
            }
            output.scan.isComplete = false
            output.note(.warning, at: .pointer(""), "the report is empty and does not say of which tool it is")
            return nil
        }
        try json.rewind(superseded: outline.duplicates)
        try Self.parser(format).parse(json, as: format, to: output)
        try json.end()
        return DetectedFormat(format, .json)
    }

    private func take(_ warnings: [JSONWarning], _ output: ReportOutput) {
        var seen: Set<String> = []
        for warning in warnings where seen.insert("\(warning.pointer) \(warning.message)").inserted {
            output.note(.warning, at: .pointer(warning.pointer), warning.message)
        }
    }

    private static func parser(_ format: ReportFormat) -> any JSONReport.Type {
        switch format {
        case .bandit: BanditReport.self
        case .cargoAudit: CargoAuditReport.self
        case .checkov: CheckovReport.self
        case .cycloneDX: CycloneDXReport.self
        case .gitHubCodeScanning, .gitHubDependabot, .gitHubSecretScanning: GitHubReport.self
        case .gitLabAPIFuzzing, .gitLabClusterImageScanning, .gitLabContainerScanning, .gitLabCoverageFuzzing,
            .gitLabDAST, .gitLabDependencyScanning, .gitLabSAST, .gitLabSecretDetection:
            GitLabReport.self
        case .gitleaks: GitleaksReport.self
        case .gosec: GosecReport.self
        case .govulncheck: GovulncheckReport.self
        case .grype: GrypeReport.self
        case .hadolint: HadolintReport.self
        case .kubescape: KubescapeReport.self
        case .npmAudit6, .npmAudit7: NPMAuditReport.self
        case .nuclei: NucleiReport.self
        case .osvScanner: OSVScannerReport.self
        case .pipAudit: PipAuditReport.self
        case .redoubt: RedoubtReport.self
        case .sarif, .snykCode: SARIFReport.self
        case .semgrep: SemgrepReport.self
        case .snyk: SnykReport.self
        case .sonarQube: SonarQubeReport.self
        case .spdx: SPDXReport.self
        case .trivy: TrivyReport.self
        case .trufflehog, .trufflehog3: TrufflehogReport.self
        case .zap: ZAPReport.self
        case .defectDojoGeneric, .burp, .nessus, .openVAS, .mapped: GenericReport.self
        }
    }

    // MARK: XML

    private func readXML(_ source: any ByteSource, _ output: ReportOutput) throws -> DetectedFormat {
        let xml = try XMLPullReader(source)
        try xml.rewind()
        if let mapping = try mappings.first(where: { try $0.fits(xml) }) {
            try xml.rewind()
            try mapping.parse(xml, to: output)
            return DetectedFormat(.mapped, .xml, mapping: mapping.name)
        }
        try xml.rewind()
        let format = try FormatDetection.xml(xml)
        let parser: any XMLReport.Type
        switch format {
        case .burp: parser = BurpReport.self
        case .cycloneDX: parser = CycloneDXXMLReport.self
        case .nessus: parser = NessusReport.self
        case .openVAS: parser = OpenVASReport.self
        case .zap: parser = ZAPReport.self
        default:
            throw ReportError(.unknownFormat, "no known report has XML whose root is \"\(xml.name)\"")
        }
        try xml.rewind()
        try parser.parse(xml, as: format ?? .burp, to: output)
        return DetectedFormat(format ?? .burp, .xml)
    }

    // MARK: Text

    private func readText(_ source: any ByteSource, _ output: ReportOutput) throws -> DetectedFormat {
        if try FormatDetection.isTagValue(LineReader(source)) {
            try SPDXTagValueReport.parse(LineReader(source), to: output)
            return DetectedFormat(.spdx, .tagValue)
        }
        let csv = CSVReader(source)
        guard try csv.start(), csv.header.count > 1 else {
            throw ReportError(.unknownFormat, "this is neither JSON, XML, CSV nor SPDX")
        }
        if let mapping = mappings.first(where: { $0.fits(csv) }) {
            try mapping.parse(csv, to: output)
            return DetectedFormat(.mapped, .csv, mapping: mapping.name)
        }
        let format = FormatDetection.csv(csv)
        switch format {
        case .openVAS: try OpenVASReport.parse(csv, as: .openVAS, to: output)
        case .nessus: try NessusReport.parse(csv, as: .nessus, to: output)
        case .defectDojoGeneric: try GenericReport.parse(csv, as: .defectDojoGeneric, to: output)
        default:
            let columns = csv.header.prefix(4).joined(separator: ", ").prefix(bytes: 80)
            throw ReportError(.unknownFormat, "no known report has CSV with the columns \(columns)")
        }
        return DetectedFormat(format ?? .nessus, .csv)
    }
}

extension ReportError {
    /// A JSON error with the place at which it is.
    init(_ error: JSONError) {
        let line = error.line.map { ", line \($0)" } ?? ""
        let message = "\(error.message) at byte \(error.offset)\(line)"
        self.init(
            error.code == .tooLarge || error.code == .tooDeep ? .tooLarge : .malformed,
            message,
            at: error.pointer.map { .pointer($0) }
        )
    }
}
