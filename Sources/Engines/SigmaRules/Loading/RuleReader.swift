// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A document of a rule file, read but not yet tied to others.
struct SigmaDocument {
    enum Content {
        case detection(Detection)
        case correlation(CorrelationDraft)
        case filter(FilterDraft)
    }

    var rule: SigmaRule
    var content: Content
    /// Where it stands, for errors that come later.
    var place: YAMLValue
}

/// A filter: what it is applied to, and what an event must be to be left out.
struct FilterDraft {
    /// Ids and names; nil for every rule of the log source.
    var rules: [String]?
    var logSource: LogSource
    /// What is left out.
    var excluded: Detection
}

/// Reads one document: a rule, a correlation or a filter.
struct RuleReader {
    let options: SigmaOptions

    func read(_ document: YAMLValue) throws(SigmaDiagnostic) -> (SigmaDocument, [SigmaDiagnostic]) {
        var warnings: [SigmaDiagnostic] = []
        var rule = try metadata(document, &warnings)
        do throws(SigmaDiagnostic) {
            let content = try content(document, &rule, &warnings)
            return (SigmaDocument(rule: rule, content: content, place: document), warnings)
        } catch {
            var error = error
            error.rule = rule.title
            throw error
        }
    }

    private func content(
        _ document: YAMLValue,
        _ rule: inout SigmaRule,
        _ warnings: inout [SigmaDiagnostic]
    ) throws(SigmaDiagnostic) -> SigmaDocument.Content {
        if let correlation = document["correlation"] {
            let draft = try CorrelationReader(options: options).read(correlation)
            rule.kind = draft.kind
            rule.isReported = true
            return .correlation(draft)
        }
        if let filter = document["filter"] {
            rule.logSource = try logSource(document)
            return .filter(try self.filter(filter, rule.logSource))
        }
        guard let detection = document["detection"] else {
            throw document.error(.structure, "the document has no \"detection\", \"correlation\" or \"filter\"")
        }
        rule.logSource = try logSource(document)
        if rule.logSource.isEmpty, let place = document["logsource"] {
            warnings.append(place.warning(.structure, "the log source names no product, category or service"))
        }
        let identifiers = try self.identifiers(detection, except: ["condition", "timeframe"])
        return .detection(try condition(detection["condition"], identifiers, detection))
    }

    // MARK: Detections

    private func identifiers(
        _ section: YAMLValue,
        except others: Set<String>
    ) throws(SigmaDiagnostic) -> [(name: String, detection: Detection)] {
        guard let members = section.members else {
            throw section.error(.structure, "expected a mapping of search identifiers, found \(section.kindName)")
        }
        var identifiers: [(name: String, detection: Detection)] = []
        let reader = DetectionReader(options: options)
        for member in members {
            guard let name = member.name.text, !others.contains(name) else { continue }
            identifiers.append((name, try reader.read(member.value)))
        }
        guard !identifiers.isEmpty else { throw section.error(.structure, "there is no search identifier") }
        return identifiers
    }

    private func condition(
        _ value: YAMLValue?,
        _ identifiers: [(name: String, detection: Detection)],
        _ section: YAMLValue
    ) throws(SigmaDiagnostic) -> Detection {
        guard let value, !value.isNull else { throw section.error(.condition, "the \"condition\" is missing") }
        var parts: [Detection] = []
        for element in value.list {
            guard let text = element.text else {
                throw element.error(.condition, "expected a condition, found \(element.kindName)")
            }
            parts.append(
                try ConditionParser.parse(text, identifiers, place: element, maximumDepth: options.depth)
            )
        }
        guard !parts.isEmpty else { throw value.error(.condition, "the list of conditions is empty") }
        return .anyOf(parts)
    }

    // MARK: Filters

    private func filter(_ filter: YAMLValue, _ logSource: LogSource) throws(SigmaDiagnostic) -> FilterDraft {
        let identifiers = try identifiers(filter, except: ["condition", "rules"])
        guard let condition = filter["condition"], condition.elements == nil else {
            throw filter.error(.condition, "a filter has one \"condition\"")
        }
        let detection = try self.condition(condition, identifiers, filter)
        let rules: [String]?
        switch filter["rules"] {
        case nil: throw filter.error(.structure, "the filter's \"rules\" are missing")
        case let value? where value.text == "any": rules = nil
        case let value?: rules = try CorrelationReader.texts(value, of: "the filter's \"rules\"")
        }
        // The specification's filters say what is left out, pySigma's say "not" and what is left out.
        return FilterDraft(
            rules: rules,
            logSource: logSource,
            excluded: Self.isNegative(detection) ? .not(detection) : detection
        )
    }

    /// Whether a condition only says what an event must not be.
    private static func isNegative(_ detection: Detection) -> Bool {
        switch detection {
        case .test: false
        case .not: true
        case .all(let parts), .any(let parts): parts.allSatisfy(isNegative)
        }
    }
}
