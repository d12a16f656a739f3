// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A rule that is checked and ready to be compiled for matching.
package struct LoadedRule: Sendable {
    package let name: String
    package let source: String
    package let priority: RulePriority
    /// Sorted.
    package let tags: [String]
    package let description: String
    package let isEnabled: Bool
    package let capture: Bool
    /// In milliseconds.
    package let captureDuration: Int?
    /// In the graph of its source.
    let condition: ConditionGraph.Edge
    let output: OutputFormat
}

/// Loads files of Falco rules, one on top of the other.
///
/// Follows `userspace/engine/rule_loader_*.cpp` of falcosecurity/falco: the same items, the same errors and warnings
/// with the same codes, the same order. A file with an error changes nothing of what was loaded before.
package struct RuleLoader {
    /// The version of Falco's engine whose rules load here.
    static let engineVersion = RuleVersion(0, 63, 0)

    /// What is built in, by the name and version of the plugin that does it elsewhere.
    static let pluginVersions: [String: RuleVersion] = [
        "container": RuleVersion(0, 99, 0), "k8saudit": RuleVersion(0, 99, 0), "json": RuleVersion(0, 99, 0),
        "gitlab": RuleVersion(0, 99, 0), "github": RuleVersion(0, 99, 0),
    ]

    private var collection: RuleCollection
    private var compiled: CompiledSources

    /// - Parameter sources: the fields of each source; rules of others are skipped with a warning.
    package init(sources: [FieldCatalogue]) {
        let byName = Dictionary(sources.map { ($0.source, $0) }, uniquingKeysWith: { first, _ in first })
        collection = RuleCollection(sources: byName)
        compiled = CompiledSources(sources: byName)
    }

    /// Loads a file on top of those before.
    package mutating func load(name: String, content: [UInt8]) -> LoadResult {
        var reader = RuleFileReader(text: RuleText(name: name, bytes: content), collection: collection)
        var result = LoadResult(name: name)
        do throws(LoadError) {
            try reader.read()
            var compiler = RuleCompiler(collection: reader.collection)
            do throws(LoadError) {
                try compiler.compile()
                reader.warnings += compiler.warnings
                collection = reader.collection
                compiled = compiler.compiled
            } catch {
                reader.warnings += compiler.warnings
                throw error
            }
        } catch {
            result.errors.append(error.context.issue(error.code, error.message))
        }
        result.warnings = reader.warnings
        return result
    }

    /// All rules of a source in their order, disabled ones too.
    package func rules(of source: String) -> [LoadedRule] {
        compiled.rules.filter { $0.source == source }
    }

    /// All rules in their order, disabled ones too.
    package var rules: [LoadedRule] { compiled.rules }

    /// What has been compiled for a source.
    func conditions(of source: String) -> ConditionCompiler? {
        compiled.compilers[source]
    }
}

/// The rules and, for each source, the graph that their conditions are in.
struct CompiledSources {
    var compilers: [String: ConditionCompiler]
    var rules: [LoadedRule] = []

    init(sources: [String: FieldCatalogue]) {
        compilers = sources.mapValues { ConditionCompiler(catalogue: $0) }
    }
}
