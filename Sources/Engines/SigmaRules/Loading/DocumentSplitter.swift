// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One YAML document of a file.
struct YAMLDocument {
    var text: String
    /// How many lines of the file come before it.
    var linesBefore: Int
}

/// Cuts a file at the lines that start a document, so that one that is broken does not take the others with it.
///
/// A line that begins with `---` and goes on with white space or nothing is such a line wherever it stands, in block
/// scalars and quoted text too (YAML 1.2.2, section 9.1.2), so lines are all that has to be looked at.
enum DocumentSplitter {
    static func split(_ text: Substring.UTF8View) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        var start = text.startIndex
        var linesBefore = 0
        var line = 0
        var index = text.startIndex
        while index < text.endIndex {
            let end = text[index...].firstIndex(of: 0x0A).map { text.index(after: $0) } ?? text.endIndex
            if startsDocument(text[index..<end]) {
                append(text[start..<index], linesBefore, to: &documents)
                // The rest of the marker's line belongs to the document, the dashes do not.
                start = text.index(index, offsetBy: 3)
                linesBefore = line
            }
            line += 1
            index = end
        }
        append(text[start...], linesBefore, to: &documents)
        return documents
    }

    private static func startsDocument(_ line: Substring.UTF8View) -> Bool {
        guard line.starts(with: "---".utf8) else { return false }
        guard let next = line.dropFirst(3).first else { return true }
        return next == 0x20 || next == 0x09 || next == 0x0A || next == 0x0D
    }

    /// Leaves out what holds nothing but comments, directives and ends of documents.
    private static func append(_ text: Substring.UTF8View, _ linesBefore: Int, to documents: inout [YAMLDocument]) {
        let hasContent = text.split(separator: 0x0A).contains { line in
            guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return false }
            return first != UInt8(ascii: "#") && line.first != UInt8(ascii: "%") && !line.elementsEqual("...".utf8)
        }
        if hasContent {
            documents.append(YAMLDocument(text: String(Substring(text)), linesBefore: linesBefore))
        }
    }
}
