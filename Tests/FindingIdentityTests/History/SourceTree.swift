// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Source code that a history edits: files of functions of lines, some of which have findings.
struct SourceTree {
    var files: [SourceFile] = []
}

/// A weakness in a line, known by the generator.
struct Weakness: Hashable {
    /// The truth: stays the same however the code around it changes.
    var identity: Int
    var rule: Int
    /// The offset of the flagged expression from the line's first letter.
    var offset: Int
}

struct SourceLine {
    /// Without indentation.
    var text: String
    /// In steps.
    var depth: Int
    var weaknesses: [Weakness] = []
}

struct SourceFunction {
    var name: String
    var lines: [SourceLine]
    /// Which edits of this step touched it; findings of untouched functions of touched files count as "near an edit".
    var edits: Set<EditKind> = []
}

struct SourceFile {
    var path: String
    var language: GeneratedLanguage
    var header: [SourceLine] = []
    var functions: [SourceFunction] = []
    /// The width of one step of indentation.
    var indentation: Int
    var edits: Set<EditKind> = []

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

enum GeneratedLanguage: CaseIterable {
    case swift
    case python
    case javaScript
    case go
    case c

    var suffix: String {
        switch self {
        case .swift: "swift"
        case .python: "py"
        case .javaScript: "js"
        case .go: "go"
        case .c: "c"
        }
    }

    var comment: String { self == .python ? "#" : "//" }

    func opening(_ name: String) -> String {
        switch self {
        case .swift: "func \(name)(_ input: Request) throws {"
        case .python: "def \(name)(request):"
        case .javaScript: "function \(name)(request) {"
        case .go: "func \(name)(w http.ResponseWriter, r *http.Request) {"
        case .c: "int \(name)(char *input) {"
        }
    }

    var closing: String? { self == .python ? nil : "}" }
}

/// What happens to code between two scans.
enum EditKind: String, CaseIterable {
    case untouched
    case insertLines
    case deleteLines
    case licenceHeader
    case moveFunction
    case moveToOtherFile
    case copyFunction
    case renameFile
    case renameSymbol
    case reindent
    case deleteFunction
    case readdFunction
    case newFunction
    case fixFinding
    case newFinding
}

/// Rules of a scanner: what a flagged line looks like, and what is said of it.
struct ScannerRule {
    var name: String
    /// `@` stands for a variable, `#` for a function.
    var code: String
    /// Likewise.
    var message: String

    static let all: [ScannerRule] = [
        ScannerRule(
            name: "sql-injection",
            code: "rows = db.query(\"SELECT * FROM t WHERE id=\" + @)",
            message: "SQL built from '@'"
        ),
        ScannerRule(name: "command-injection", code: "os.system(@)", message: "Command line comes from outside"),
        ScannerRule(name: "weak-hash", code: "digest = md5(@)", message: "MD5 is no secure hash"),
        ScannerRule(
            name: "assert-used",
            code: "assert(@ != nil)",
            message: "Assertions are removed from release builds"
        ),
        ScannerRule(
            name: "path-traversal",
            code: "file = open(root + @)",
            message: "Path is joined with the unchecked variable '@'"
        ),
        ScannerRule(name: "hard-coded-password", code: "password = \"hunter2\"", message: "Password in source code"),
        ScannerRule(name: "unsafe-copy", code: "strcpy(buffer, @)", message: "Copy without a bound"),
        ScannerRule(name: "random", code: "token = random()", message: "Random numbers are not for security"),
        ScannerRule(name: "xss", code: "page.write(@)", message: "Cross-site scripting through @"),
        ScannerRule(name: "deserialization", code: "object = unpickle(@)", message: "Untrusted data is deserialized"),
        ScannerRule(name: "swallowed-error", code: "catch { }", message: "Error is swallowed in '#'"),
        ScannerRule(name: "debug-on", code: "debug = true", message: "Debug mode is on"),
    ]
}
