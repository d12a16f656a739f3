// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Yams

/// Reads the items of one rules file into a ``RuleCollection``, as `rule_loader_reader` of falcosecurity/falco does.
struct RuleFileReader {
    var collection: RuleCollection
    var warnings: [LoadIssue] = []
    let text: RuleText

    init(text: RuleText, collection: RuleCollection) {
        self.text = text
        self.collection = collection
    }

    mutating func read() throws(LoadError) {
        let context = LoadContext(text: text)
        for document in try documents(context) where !document.isNothing {
            switch document {
            case .sequence(let items):
                for item in items where !item.isNothing {
                    try read(item, context)
                }
            case .mapping:
                throw LoadError(.yamlValidate, "Rules content is not yaml array of objects", context)
            case .scalar, .alias:
                throw LoadError(.yamlValidate, "Rules content is not yaml", context)
            }
        }
    }

    private func documents(_ context: LoadContext) throws(LoadError) -> [Node] {
        guard text.bytes.count <= YAMLNesting.maximumSize else {
            throw LoadError(.yamlParse, "the file has more than \(YAMLNesting.maximumSize) bytes", context)
        }
        if let offset = YAMLNesting.offsetOfExcess(in: text.bytes) {
            let line = text.bytes[..<offset].count { $0 == UInt8(ascii: "\n") }
            throw LoadError(
                .yamlParse,
                "the file nests or is indented deeper than \(YAMLNesting.maximumDepth)",
                context.inner(.content, "", at: TextPosition(line: line, column: 0, offset: offset))
            )
        }
        var documents: [Node] = []
        do {
            var sequence = try Yams.compose_all(yaml: String(decoding: text.bytes, as: UTF8.self))
            while let document = sequence.next() {
                documents.append(document)
            }
            if let error = sequence.error {
                throw error
            }
        } catch let error as YamlError {
            throw LoadError(.yamlParse, "\(error)", Self.context(of: error, context))
        } catch {
            throw LoadError(.yamlParse, "\(error)", context)
        }
        return documents
    }

    private static func context(of error: YamlError, _ context: LoadContext) -> LoadContext {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            context.inner(.contentItem, "", mark)
        default: context
        }
    }

    mutating func warn(_ code: LoadCode, _ message: String, _ context: LoadContext) {
        warnings.append(context.issue(code, message))
    }

    private mutating func read(_ node: Node, _ context: LoadContext) throws(LoadError) {
        let content = context.inner(.contentItem, "", node.mark)
        guard case .mapping = node else {
            throw LoadError(
                .yamlValidate,
                "Unexpected element type. Each element should be a yaml associative array.",
                content
            )
        }
        let item = RuleItem(node: node, context: content)
        if item.has("required_engine_version") {
            try readEngineVersion(RuleItem(node: node, context: context.inner(.requiredEngineVersion, "", node.mark)))
        } else if let versions = item["required_plugin_versions"] {
            try readPluginVersions(versions, context.inner(.requiredPluginVersions, "", versions.mark))
        } else if item.has("list") {
            try readList(node, context)
        } else if item.has("macro") {
            try readMacro(node, context)
        } else if item.has("rule") {
            try readRule(node, context)
        } else {
            warn(.unknownItem, "Unknown top level item", content)
        }
    }

    /// An item with its name in its context.
    func named(
        _ key: String,
        _ type: LoadItemType,
        _ node: Node,
        _ context: LoadContext
    ) throws(LoadError) -> (name: String, item: RuleItem) {
        let unnamed = RuleItem(node: node, context: context.inner(type, "", node.mark))
        let name = try unnamed.text(key)
        return (name, RuleItem(node: node, context: context.inner(type, name, node.mark)))
    }

    /// Warns about keys that mean nothing here.
    mutating func checkKeys(_ item: RuleItem, known: Set<String>, _ what: String) {
        for (key, _) in item.keys where !known.contains(key) {
            warn(.unknownKey, "Unknown key '\(key)' in \(what) definition", item.context)
        }
    }

    // MARK: Versions

    private func readEngineVersion(_ item: RuleItem) throws(LoadError) {
        let text = try item.text("required_engine_version")
        let required: RuleVersion
        if let number = UInt32(text) {
            required = RuleVersion(0, Int(number), 0)
        } else {
            guard let version = RuleVersion(text) else {
                throw LoadError(
                    .yamlValidate,
                    "Unable to parse engine version '\(text)' as a semver string. Expected \"x.y.z\" semver format.",
                    item.context
                )
            }
            required = version
        }
        guard RuleLoader.engineVersion.satisfies(required) else {
            throw LoadError(
                .validate,
                "Rules require engine version \(required), but engine version is \(RuleLoader.engineVersion)",
                item.context
            )
        }
    }

    private func readPluginVersions(_ versions: Node, _ context: LoadContext) throws(LoadError) {
        guard case .sequence(let entries) = versions else {
            throw LoadError(.yamlValidate, "Value of required_plugin_versions must be a sequence", context)
        }
        for entry in entries {
            let unnamed = RuleItem(node: entry, context: context.inner(.requiredPluginVersionsEntry, "", entry.mark))
            guard case .mapping = entry else {
                throw LoadError(.yamlValidate, "Plugin version must be a mapping", unnamed.context)
            }
            let name = try unnamed.text("name")
            let item = RuleItem(
                node: entry,
                context: context.inner(.requiredPluginVersionsEntry, name, entry.mark)
            )
            var alternatives = [(name: name, version: try item.text("version"))]
            if let others = item["alternatives"] {
                try readAlternatives(others, item.context, into: &alternatives)
            }
            try check(alternatives, item.context)
        }
    }

    private func readAlternatives(
        _ node: Node,
        _ context: LoadContext,
        into alternatives: inout [(name: String, version: String)]
    ) throws(LoadError) {
        guard case .sequence(let entries) = node else {
            throw LoadError(.yamlValidate, "Value of plugin version alternatives must be a sequence", context)
        }
        for entry in entries {
            let item = RuleItem(
                node: entry,
                context: context.inner(.requiredPluginVersionsAlternative, "", entry.mark)
            )
            guard case .mapping = entry else {
                throw LoadError(.yamlValidate, "Plugin version alternative must be a mapping", item.context)
            }
            alternatives.append((try item.text("name"), try item.text("version")))
        }
    }

    private func check(
        _ alternatives: [(name: String, version: String)],
        _ context: LoadContext
    ) throws(LoadError) {
        var names: Set<String> = []
        var isSatisfied = false
        for (name, version) in alternatives {
            guard let required = RuleVersion(version) else {
                throw LoadError(.validate, "Invalid required version '\(version)' for plugin '\(name)'", context)
            }
            guard names.insert(name).inserted else {
                throw LoadError(
                    .validate,
                    "Defined multiple alternative version requirements for plugin '\(name)'",
                    context
                )
            }
            if let ours = RuleLoader.pluginVersions[name], ours.satisfies(required) {
                isSatisfied = true
            }
        }
        guard isSatisfied else {
            let wanted = alternatives.map { "\($0.name) \($0.version)" }.joined(separator: " or ")
            throw LoadError(.validate, "Rules require the plugin \(wanted), which is not built in", context)
        }
    }
}
