// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A plain table for terminals and files: columns as wide as their widest cell, two spaces between.
///
/// Cells may hold what clients sent: control characters are written as `\xHH`, so that none reaches a terminal.
package struct TextTable {
    package enum Alignment: Sendable {
        case left, right
    }

    private var rows: [[String]]
    private let alignments: [Alignment]

    /// - Parameters:
    ///   - header: the names of the columns.
    ///   - alignments: per column; columns beyond its end are left-aligned.
    package init(_ header: [String], alignments: [Alignment] = []) {
        rows = [header]
        self.alignments = alignments
    }

    package mutating func add(_ row: [String]) {
        rows.append(row.map { SafeText.escaped($0) })
    }

    /// Whether there are no rows but the header.
    package var isEmpty: Bool { rows.count == 1 }

    /// The table, with a line feed behind each row.
    package var text: String {
        let columns = rows.map(\.count).max() ?? 0
        var widths = [Int](repeating: 0, count: columns)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], cell.count)
            }
        }
        var text = ""
        for row in rows {
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                let isRight = column < alignments.count && alignments[column] == .right
                line += (column > 0 ? "  " : "") + (isRight ? padding + cell : cell + padding)
            }
            while line.last == " " {
                line.removeLast()
            }
            text += line + "\n"
        }
        return text
    }
}

/// Text that is safe to print to a terminal.
package enum SafeText {
    /// The text with its control characters (C0, DEL, C1, and those that change the direction of writing) escaped.
    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else {
            return text
        }
        var escaped = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                let digits = String(scalar.value, radix: 16)
                escaped += scalar.value < 0x100 ? "\\x" + (digits.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
