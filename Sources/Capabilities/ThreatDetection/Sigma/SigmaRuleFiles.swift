// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import SigmaRules

/// Sigma rules read from files and folders.
package struct SigmaRuleFiles {
    package let set: SigmaRuleSet
    /// What is wrong with documents that were left out, and what was passed over in others.
    package let diagnostics: [SigmaDiagnostic]
    /// The files, in the order in which they were read.
    package let files: [String]

    private static let largestFile = 16 << 20

    /// - Parameter paths: files, or folders of `.yml` and `.yaml` files.
    /// - Throws: ``ThreatError`` for a file that cannot be read.
    package init(_ paths: [String]) throws(ThreatError) {
        var files: [SigmaFile] = []
        for path in paths {
            for name in try TextFile.files(at: path, endings: [".yml", ".yaml"]) {
                files.append(SigmaFile(name: name, bytes: try TextFile.read(name, atMost: Self.largestFile)))
            }
        }
        self.files = files.map(\.name)
        (set, diagnostics) = SigmaRuleSet.compile(files)
    }

    package var errors: [SigmaDiagnostic] { diagnostics.filter { $0.severity == .error } }
}
