// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads one format's XML.
protocol XMLReport {
    static func parse(_ xml: XMLPullReader, as format: ReportFormat, to output: ReportOutput) throws
}

/// Reads one format's CSV, of which the header is read already.
protocol CSVReport {
    static func parse(_ csv: CSVReader, as format: ReportFormat, to output: ReportOutput) throws
}
