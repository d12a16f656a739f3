// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Yams

/// Reads the documents of a file, each for itself.
struct YAMLReader {
    let options: SigmaOptions

    /// - Returns: the documents that could be read, and what is wrong with the others.
    func read(_ file: SigmaFile) -> ([YAMLValue], [SigmaDiagnostic]) {
        guard file.bytes.count <= options.fileBytes else {
            let message = "the file has \(file.bytes.count) bytes, more than \(options.fileBytes)"
            return ([], [SigmaDiagnostic(.error, .limit, file: file.name, line: 0, column: 0, message)])
        }
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            let (line, column) = Self.place(ofInvalidByteIn: file.bytes)
            let message = "the file is not UTF-8 from here on"
            return ([], [SigmaDiagnostic(.error, .yaml, file: file.name, line: line, column: column, message)])
        }
        var values: [YAMLValue] = []
        var diagnostics: [SigmaDiagnostic] = []
        for document in DocumentSplitter.split(text[...].utf8) {
            let source = YAMLSource(file: file.name, linesBefore: document.linesBefore)
            do throws(SigmaDiagnostic) {
                values.append(try read(document, source))
            } catch {
                diagnostics.append(error)
            }
        }
        return (values, diagnostics)
    }

    private func read(_ document: YAMLDocument, _ source: YAMLSource) throws(SigmaDiagnostic) -> YAMLValue {
        if let trouble = NestingCheck.trouble(in: document.text, depth: options.depth * 4) {
            throw source.diagnostic(.error, .limit, line: trouble.line + source.linesBefore, column: 1, trouble.message)
        }
        let value = YAMLValue(node: try compose(document.text, source), source: source)
        var left = options.documentNodes
        try count(value, depth: options.depth, &left)
        guard value.isMapping else {
            throw value.error(.structure, "a Sigma document is a mapping with a title, found \(value.kindName)")
        }
        return value
    }

    private func compose(_ text: String, _ source: YAMLSource) throws(SigmaDiagnostic) -> Node {
        do {
            if let node = try Yams.compose(yaml: text) { return node }
        } catch let error as YamlError {
            throw diagnostic(error, source)
        } catch {
            throw source.diagnostic(.error, .yaml, line: 0, column: 0, "not YAML: \(error)")
        }
        throw source.diagnostic(.error, .yaml, line: source.linesBefore + 1, column: 1, "the document is empty")
    }

    private func diagnostic(_ error: YamlError, _ source: YAMLSource) -> SigmaDiagnostic {
        let (message, mark): (String, Mark?) =
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                ("not YAML: \(problem)", mark)
            case .duplicatedKeysInMapping(let names, let context):
                ("\"\(YAMLValue.quotable(names.first ?? ""))\" stands twice in one mapping", context.mark)
            case .reader(let problem, _, _, _): ("not YAML: \(problem)", nil)
            default: ("not YAML", nil)
            }
        let line = mark.map { $0.line + source.linesBefore } ?? source.linesBefore + 1
        return source.diagnostic(.error, .yaml, line: line, column: mark?.column ?? 1, message)
    }

    /// Bounds what aliases can make of a small document.
    private func count(_ value: YAMLValue, depth: Int, _ left: inout Int) throws(SigmaDiagnostic) {
        left -= 1
        guard left >= 0 else {
            throw value.error(.limit, "the document has more than \(options.documentNodes) parts")
        }
        guard depth > 0 else {
            throw value.error(.limit, "the document nests deeper than \(options.depth)")
        }
        switch value.node {
        case .mapping(let mapping):
            for (key, member) in mapping {
                guard key.scalar != nil else {
                    throw value.error(.structure, "the names of a mapping have to be texts")
                }
                try count(YAMLValue(node: member, source: value.source), depth: depth - 1, &left)
            }
        case .sequence(let sequence):
            for element in sequence {
                try count(YAMLValue(node: element, source: value.source), depth: depth - 1, &left)
            }
        default: break
        }
    }

    private static func place(ofInvalidByteIn bytes: [UInt8]) -> (line: Int, column: Int) {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var line = 1
        var column = 1
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            column += 1
            if scalar == "\n" {
                line += 1
                column = 1
            }
        }
        return (line, column)
    }
}

/// Looks for what a recursive parser should not be given, before it is given anything.
enum NestingCheck {
    /// With so many aliases, what they expand to is at most some thousand times the document.
    private static let mostAliases = 20

    /// Flow collections nest with brackets, block collections with indentation and dashes at the start of a line; both
    /// are counted generously, which only refuses what no rule looks like. Aliases are counted because the parser
    /// hashes names of members with all that aliases expand to, which no count of parts afterwards can bound.
    static func trouble(in text: String, depth: Int) -> (line: Int, message: String)? {
        var line = 1
        var flow = 0
        var indentation = 0
        var isAtStart = true
        var hasAnchor = false
        var aliases = 0
        var before: (UInt8, UInt8) = (0x0A, 0x0A)
        for byte in text.utf8 {
            switch byte {
            case 0x0A:
                line += 1
                indentation = 0
                isAtStart = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): flow += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): flow = max(0, flow - 1)
            default: break
            }
            if isAtStart, byte != 0x0A {
                isAtStart = byte == 0x20 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "?")
                indentation += 1
            }
            if byte > 0x20, before.0 <= 0x20 || "[{,:".utf8.contains(before.0) {
                if before.1 == UInt8(ascii: "&") { hasAnchor = true }
                if before.1 == UInt8(ascii: "*") { aliases += 1 }
            }
            guard flow <= depth, indentation <= 4 * depth else { return (line, "the document nests too deep") }
            guard !hasAnchor || aliases <= mostAliases else { return (line, "the document has too many aliases") }
            before = (before.1, byte)
        }
        return nil
    }
}
