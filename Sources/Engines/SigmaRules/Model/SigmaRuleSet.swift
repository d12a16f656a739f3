// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Rules that were read together: detections, correlations over them, with filters applied.
package struct SigmaRuleSet: Sendable {
    /// In the order of the files; matches name rules by their index here.
    package let rules: [SigmaRule]
    /// What each detection rule asks; nil for correlations.
    let detections: [Detection?]
    /// In an order in which those that others are made of come first.
    let correlations: [Correlation]

    /// Reads rule files.
    ///
    /// - Returns: the set of all documents that could be read, and everything that is wrong with the others.
    package static func compile(
        _ files: [SigmaFile],
        options: SigmaOptions = SigmaOptions()
    ) -> (SigmaRuleSet, [SigmaDiagnostic]) {
        var diagnostics: [SigmaDiagnostic] = []
        var documents: [SigmaDocument] = []
        let reader = RuleReader(options: options)
        for file in files {
            let (values, problems) = YAMLReader(options: options).read(file)
            diagnostics += problems
            for value in values {
                guard documents.count < options.rules else {
                    diagnostics.append(value.error(.limit, "there are more than \(options.rules) rules"))
                    break
                }
                do throws(SigmaDiagnostic) {
                    let (document, warnings) = try reader.read(value)
                    documents.append(document)
                    diagnostics += warnings
                } catch {
                    diagnostics.append(error)
                }
            }
        }
        var linker = RuleLinker(documents)
        let set = linker.link()
        return (set, diagnostics + linker.diagnostics)
    }
}
