// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension RuleReader {
    /// What a document says about itself. Members that Sigma does not name are the author's own and left alone.
    func metadata(
        _ document: YAMLValue,
        _ warnings: inout [SigmaDiagnostic]
    ) throws(SigmaDiagnostic) -> SigmaRule {
        guard let titleValue = document["title"], let title = titleValue.text, !titleValue.isNull, !title.isEmpty else {
            throw document.error(.structure, "the \"title\" is missing")
        }
        var rule = SigmaRule(kind: .detection, title: title, file: document.source.file, line: document.line)
        rule.id = text("id", document, &warnings)
        rule.name = text("name", document, &warnings)
        rule.status = text("status", document, &warnings)
        rule.details = text("description", document, &warnings)
        rule.author = text("author", document, &warnings)
        rule.license = text("license", document, &warnings)
        rule.date = text("date", document, &warnings)
        rule.modified = text("modified", document, &warnings)
        rule.taxonomy = text("taxonomy", document, &warnings)
        rule.references = texts("references", document, &warnings)
        rule.falsePositives = texts("falsepositives", document, &warnings)
        rule.tags = texts("tags", document, &warnings)
        rule.fields = texts("fields", document, &warnings)
        if let value = document["level"], !value.isNull {
            rule.level = value.text.flatMap { SigmaLevel(rawValue: $0.lowercased()) }
            if rule.level == nil {
                let levels = SigmaLevel.allCases.map(\.rawValue).joined(separator: ", ")
                warnings.append(value.warning(.structure, "a level is one of \(levels), found \(value.kindName)"))
            }
        }
        return rule
    }

    func logSource(_ document: YAMLValue) throws(SigmaDiagnostic) -> LogSource {
        guard let value = document["logsource"] else {
            throw document.error(.structure, "the \"logsource\" is missing")
        }
        guard value.isMapping else {
            throw value.error(.structure, "a log source is a mapping, found \(value.kindName)")
        }
        return LogSource(
            product: value["product"]?.text,
            category: value["category"]?.text,
            service: value["service"]?.text
        )
    }

    private func text(
        _ name: String,
        _ document: YAMLValue,
        _ warnings: inout [SigmaDiagnostic]
    ) -> String? {
        guard let value = document[name], !value.isNull else { return nil }
        if value.text == nil {
            warnings.append(value.warning(.structure, "\"\(name)\" is a text, found \(value.kindName)"))
        }
        return value.text
    }

    private func texts(
        _ name: String,
        _ document: YAMLValue,
        _ warnings: inout [SigmaDiagnostic]
    ) -> [String] {
        guard let value = document[name], !value.isNull else { return [] }
        let texts = value.list.compactMap(\.text)
        if texts.count != value.list.count {
            warnings.append(value.warning(.structure, "\"\(name)\" is a list of texts"))
        }
        return texts
    }
}
