// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import TestSupport

@testable import ReportFormats

/// What came of reading a report.
struct Reading {
    var format: String?
    var findings: [ReportedFinding] = []
    var components: [ReportedComponent] = []
    var scan = ScanInfo()

    init(_ bytes: [UInt8], pieceLength: Int = .max, reader: ReportReader = ReportReader()) throws {
        var findings: [ReportedFinding] = []
        var components: [ReportedComponent] = []
        let summary = try reader.read(ArraySource(bytes, pieceLength: pieceLength)) { component in
            components.append(component)
        } finding: { finding in
            findings.append(finding)
        }
        format = summary.format?.name
        scan = summary.scan
        self.findings = findings
        self.components = components
    }

    init(_ text: String, pieceLength: Int = .max, reader: ReportReader = ReportReader()) throws {
        try self.init(Array(text.utf8), pieceLength: pieceLength, reader: reader)
    }

    /// A file of the shared data.
    init(file: String) throws {
        try self.init(Array(try Data(contentsOf: TestData.url("vuln/\(file)"))))
    }

    /// What an error of reading is; nil where there is none.
    static func failure(_ text: String) -> ReportError? {
        do {
            _ = try Reading(text)
            return nil
        } catch {
            return error as? ReportError
        }
    }
}

/// Numbers that are the same in every run (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
