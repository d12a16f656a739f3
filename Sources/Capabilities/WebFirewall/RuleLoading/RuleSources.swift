// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import SecLang

/// Where rules come from: files in order, then texts.
package struct RuleSources: Sendable, Hashable {
    /// Paths of rule files.
    package var files: [String]
    /// Texts that are read after the files, each with the name that diagnostics show.
    package var texts: [RuleText]

    package struct RuleText: Sendable, Hashable {
        package var name: String
        package var text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    package init(files: [String] = [], texts: [RuleText] = []) {
        self.files = files
        self.texts = texts
    }

    /// Compiles the rules.
    ///
    /// - Throws: ``SecLang/SecLangError`` with every fault found.
    package func compile(options: CompileOptions = CompileOptions()) throws(SecLangError) -> RuleSet {
        let compiler = RuleSetCompiler(files: .fileSystem, options: options)
        for text in texts where text.name == Self.preambleName {
            compiler.add(text: text.text, name: text.name)
        }
        for file in files {
            compiler.add(file: file)
        }
        for text in texts where text.name != Self.preambleName {
            compiler.add(text: text.text, name: text.name)
        }
        return try compiler.finish()
    }

    /// A text of this name is read before the files: Redoubt's own defaults, which files may change.
    package static let preambleName = "redoubt-defaults"
}

/// Parses rule files without running them.
///
/// - Returns: errors and warnings in the order of their discovery.
package func checkRules(files: [String], options: CompileOptions = CompileOptions()) -> [Diagnostic] {
    do {
        return try RuleSources(files: files).compile(options: options).warnings
    } catch {
        return error.diagnostics
    }
}
