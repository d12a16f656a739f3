// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Finds out what a report is from its content; its name says nothing.
enum FormatDetection {
    /// What the first bytes tell of how a report is written down.
    enum Shape: Equatable {
        case empty
        case json
        case xml
        case text
    }

    /// Looks at the first byte that is no white space; byte order marks and UTF-16 are seen through.
    static func shape(_ source: any ByteSource) throws -> Shape {
        let window = ByteWindow(source)
        try window.rewind()
        while true {
            for byte in window.rest {
                switch byte {
                case 0x20, 0x09, 0x0A, 0x0D, 0x1E: window.position += 1
                case UInt8(ascii: "{"), UInt8(ascii: "["): return .json
                case UInt8(ascii: "<"): return .xml
                case UInt8(ascii: "n"): return window.rest.starts(with: "null".utf8) ? .json : .text
                default: return .text
                }
            }
            guard try window.fill() else {
                return .empty
            }
        }
    }

    /// The format of XML, by its root and what stands in it.
    static func xml(_ xml: XMLPullReader) throws -> ReportFormat? {
        guard try xml.nextElement() else {
            return nil
        }
        switch xml.name {
        case "bom" where xml.namespace.hasPrefix("http://cyclonedx.org/schema/bom"): return .cycloneDX
        case "NessusClientData_v2", "NessusClientData": return .nessus
        case "OWASPZAPReport": return .zap
        case "issues" where xml.attribute("burpVersion") != nil: return .burp
        case "issues": return try xml.nextElement() && xml.name == "issue" ? .burp : nil
        case "report", "get_reports_response", "get_results_response": return try openVAS(xml)
        default: return nil
        }
    }

    /// A report of OpenVAS has results, or what GMP puts around them, among its first elements.
    private static func openVAS(_ xml: XMLPullReader) throws -> ReportFormat? {
        for _ in 0..<200 {
            guard try xml.nextElement() else {
                return nil
            }
            if ["gmp", "omp", "results", "report_format", "nvt", "scan_run_status"].contains(xml.name) {
                return .openVAS
            }
        }
        return nil
    }

    /// The format of CSV, by the names in its header.
    static func csv(_ csv: CSVReader) -> ReportFormat? {
        if csv.has("NVT Name"), csv.has("NVT OID") || csv.has("CVSS") || csv.has("Summary") {
            return .openVAS
        }
        if csv.has("Plugin ID", "Host") || csv.has("Plugin", "Plugin Name") || csv.has("Risk", "Host", "Name") {
            return .nessus
        }
        if csv.has("definition.id") || csv.has("definition.name") || csv.has("definition.synopsis") {
            return .nessus
        }
        if csv.has("Title", "Severity"), csv.has("Description") || csv.has("Date") {
            return .defectDojoGeneric
        }
        return nil
    }

    /// Whether lines are SPDX's tag-value.
    static func isTagValue(_ lines: LineReader) throws -> Bool {
        for _ in 0..<200 {
            guard let line = try lines.next() else {
                return false
            }
            if line.hasPrefix("SPDXVersion:") {
                return true
            }
        }
        return false
    }
}
