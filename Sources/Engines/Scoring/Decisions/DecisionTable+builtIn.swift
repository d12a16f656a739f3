// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension DecisionTable {
    /// The tables that come with the program.
    package enum BuiltIn: String, Sendable, Hashable, CaseIterable {
        /// The remediation timelines of CISA's Binding Operational Directive 26-04; the default.
        case bod2604 = "cisa-bod-26-04"
        /// SSVC's table for who runs the software.
        case deployer
        /// SSVC's table for who makes the software.
        case supplier
        /// SSVC's table of CISA as coordinator.
        case cisaCoordinator = "cisa-coordinator"

        /// The table.
        package var table: DecisionTable {
            get throws(FeedError) {
                switch self {
                case .bod2604: try DecisionTable(compact: DecisionTable.bod2604Text)
                case .deployer: try DecisionTable(compact: DecisionTable.deployerText)
                case .supplier: try DecisionTable(compact: DecisionTable.supplierText)
                case .cisaCoordinator: try DecisionTable(compact: DecisionTable.cisaCoordinatorText)
                }
            }
        }
    }

    /// CISA BOD 26-04, 2026-06-10: known exploited, publicly exposed, automatable and technical impact say how soon.
    private static let bod2604Text: StaticString = """
        In KEV v1.0.0|n=no|y=yes
        Publicly Exposed v1.0.0|n=no|y=yes
        Automatable v2.0.0|n=no|y=yes
        Technical Impact v1.0.0|p=partial|t=total
        CISA BOD 26-04 Remediation Timelines v1.0.0|u=fix on system upgrade|1=14 days|6=60 days|3=3 days\
        |f=3 days & forensic investigation
        ---
        nnnpu ynnp1 nynp6 nnyp6 nnntu yynp1 ynyp1 nyyp1 ynnt1 nynt1 nnyt6 yyyp3 yyntf ynytf nyyt3 yyytf
        """

    /// Reads a table from a compact text: a line for each column with its values and a letter for each, a line of
    /// hyphens, and the rows in order, a letter for each column.
    init(compact text: StaticString) throws(FeedError) {
        let lines = text.description.split(separator: "\n")
        let end = lines.firstIndex(of: "---") ?? lines.endIndex
        var names: [String] = []
        var values: [[Character: String]] = []
        for line in lines[..<end] {
            let parts = line.split(separator: "|")
            names.append(parts.first.map(String.init) ?? "")
            var column: [Character: String] = [:]
            for part in parts.dropFirst() {
                if let letter = part.first { column[letter] = String(part.dropFirst(2)) }
            }
            values.append(column)
        }
        var csv = (["row"] + names).map { "\"\($0)\"" }.joined(separator: ",") + "\n"
        for (number, row) in lines[end...].dropFirst().flatMap({ $0.split(separator: " ") }).enumerated() {
            let cells = zip(values, row).map { $0[$1] ?? "" }
            csv += ([String(number)] + cells).joined(separator: ",") + "\n"
        }
        try self.init(csv: Array(csv.utf8))
    }
}
