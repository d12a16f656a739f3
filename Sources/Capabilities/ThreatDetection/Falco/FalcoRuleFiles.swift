// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import FalcoRules

/// Falco's rule files, loaded one on top of the other.
package struct FalcoRuleFiles {
    package private(set) var loader = RuleLoader(sources: Self.sources)
    /// What came of each file, in their order.
    package private(set) var results: [LoadResult] = []

    /// The fields of all sources that rules may be about.
    package static let sources: [FieldCatalogue] = [
        .system(eventTypes: SystemEventTypes.table), .kubernetesAudit, .gitLab, .gitHub,
    ]

    private static let largestFile = 16 << 20

    /// - Parameter paths: files, or folders of `.yaml` files.
    /// - Throws: ``ThreatError`` for a file that cannot be read; what is wrong in one is in ``results``.
    package init(_ paths: [String]) throws(ThreatError) {
        for path in paths {
            for file in try TextFile.files(at: path, endings: [".yaml", ".yml"]) {
                let content = try TextFile.read(file, atMost: Self.largestFile)
                results.append(loader.load(name: file, content: content))
            }
        }
    }

    package init(text: String, name: String) {
        results.append(loader.load(name: name, content: Array(text.utf8)))
    }

    package var isSuccessful: Bool { results.allSatisfy(\.isSuccessful) }

    /// The first error, in a line.
    package var firstError: String? {
        for result in results {
            guard let error = result.errors.first else { continue }
            let place = error.locations.last.map { ":\($0.line + 1):\($0.column + 1)" } ?? ""
            return "\(result.name)\(place): \(error.code.rawValue): \(error.message)"
        }
        return nil
    }

    /// The enabled rules of a source, ready to match; nil for a source that does not exist.
    package func program(of source: String) -> RuleProgram? {
        RuleProgram(loader, source: source)
    }
}
