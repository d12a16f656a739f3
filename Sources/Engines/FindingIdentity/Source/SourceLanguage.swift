// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A language whose functions and types can be told from their lines.
package enum SourceLanguage: String, Sendable, Hashable, CaseIterable {
    case swift
    case java
    case kotlin
    case cSharp
    case javaScript
    case go
    case c
    case rust
    case php
    case scala
    case python
    case ruby

    /// The language of a file by the end of its name; nil for others.
    package init?(path: String) {
        let suffix = path.split(separator: "/").last?.split(separator: ".").dropFirst().last
        switch suffix?.lowercased() {
        case "swift": self = .swift
        case "java": self = .java
        case "kt", "kts": self = .kotlin
        case "cs": self = .cSharp
        case "js", "jsx", "ts", "tsx", "mjs", "cjs": self = .javaScript
        case "go": self = .go
        case "c", "h", "cc", "cpp", "cxx", "hpp", "m", "mm": self = .c
        case "rs": self = .rust
        case "php": self = .php
        case "scala": self = .scala
        case "py", "pyi": self = .python
        case "rb": self = .ruby
        default: return nil
        }
    }

    /// Whether blocks are shown by their indentation alone; the others use braces. Ruby's `end` lines stand as far in as
    /// what they end, so there indentation says the same.
    var isIndented: Bool { self == .python || self == .ruby }

    /// Words in front of the name of a scope.
    var keywords: [StaticString] {
        switch self {
        case .swift: ["func", "class", "struct", "enum", "extension", "protocol", "actor"]
        case .java, .cSharp: ["class", "interface", "enum", "record", "struct"]
        case .kotlin: ["fun", "class", "object", "interface"]
        case .javaScript: ["function", "class"]
        case .go: ["func", "type"]
        case .c: ["struct", "class", "namespace"]
        case .rust: ["fn", "struct", "enum", "trait", "impl", "mod"]
        case .php: ["function", "class", "trait", "interface"]
        case .scala: ["def", "class", "object", "trait"]
        case .python: ["def", "class"]
        case .ruby: ["def", "class", "module"]
        }
    }

    /// Whether a name in front of a parenthesis and a brace opens a function without any keyword.
    var hasBareFunctions: Bool {
        self == .java || self == .cSharp || self == .c || self == .javaScript
    }
}
