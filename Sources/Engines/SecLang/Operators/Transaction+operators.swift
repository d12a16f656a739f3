// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import InjectionDetection
internal import Matching

extension Transaction {
    /// Whether an operator holds for a value; what it found is left in `matchScratch`.
    mutating func evaluate(_ op: Operator, _ value: ByteRange, rule: Rule) -> Bool {
        switch op {
        case .regex(let pattern):
            return search(pattern, value, rule: rule)
        case .regexGlobal(let pattern):
            return searchAll(pattern, value, captures: rule.actions.capture)
        case .regexMacro(let pattern):
            return search(pattern, value, rule: rule)
        case .phrases(let phrases):
            return find(phrases, in: value, captures: rule.actions.capture)
        case .phrasesMacro(let macro):
            let phrases = PhraseSet(PhraseSet.phrases(inArgument: arena.array(expandArgument(macro))))
            return find(phrases, in: value, captures: rule.actions.capture)
        case .text(let comparison, let macro):
            return compare(comparison, value, macro)
        case .number(let comparison, let macro):
            let argument = macro.literalNumber ?? IntegerComparison.number(arena[expandArgument(macro)])
            return comparison.holds(IntegerComparison.number(arena[value]), argument)
        case .always:
            return true
        case .never:
            return false
        default:
            return check(op, value, rule: rule)
        }
    }

    private mutating func check(_ op: Operator, _ value: ByteRange, rule: Rule) -> Bool {
        switch op {
        case .addresses(let set):
            return set.contains(arena[value])
        case .addressesMacro(let macro):
            guard let set = try? IPRangeSet(argument: arena.array(expandArgument(macro))) else {
                debug(1, "ipMatch: \(macro.source.lossyText) expands to no list of addresses")
                return false
            }
            return set.contains(arena[value])
        case .byteRange(let set):
            return findOutside(set, value)
        case .byteRangeMacro(let macro):
            guard let set = try? ByteRangeSet(argument: arena.array(expandArgument(macro))) else {
                debug(1, "validateByteRange: \(macro.source.lossyText) expands to no list of ranges")
                return false
            }
            return findOutside(set, value)
        case .urlEncoding:
            return note(URLEncodingValidation.firstFault(in: arena[value])?.offset, in: value)
        case .utf8Encoding:
            return note(UTF8Validation.firstFault(in: arena[value])?.offset, in: value)
        case .sqlInjection:
            return detectSQLInjection(value, captures: rule.actions.capture)
        case .crossSiteScripting:
            return detectCrossSiteScripting(value, captures: rule.actions.capture)
        case .identifier(let kind, let pattern):
            return verify(kind, pattern, value, captures: rule.actions.capture)
        default:
            return consult(op, value)
        }
    }

    private mutating func consult(_ op: Operator, _ value: ByteRange) -> Bool {
        switch op {
        case .geoLookup:
            return lookUpAddress(value)
        case .blockList(let macro):
            return isListed(value, arena.array(expandArgument(macro)))
        case .xmlSchema(let schema):
            guard let xml = documentToValidate() else {
                return true
            }
            return report(xml.violations(of: schema))
        case .xmlDTD(let text, let name):
            guard let xml = documentToValidate() else {
                return true
            }
            do {
                return report(try xml.violations(ofDocumentType: text, name: name))
            } catch {
                debug(1, error.message)
                return true
            }
        default:
            return false
        }
    }

    // MARK: Regular expressions

    /// Notes that a pattern was given up; rules can look at that.
    private mutating func noteLimit(_ pattern: Regex) {
        hasRegexFailure = true
        let one = number(1)
        set(.pcreLimitsExceeded, one)
        let name = arena.append(Array("MSC_PCRE_LIMITS_EXCEEDED".utf8))
        if let slot = tx.makeSlot(for: name, in: rules, arena) {
            tx.set(slot, number: 1)
        }
        debug(3, "rx: regex error 'MATCH_LIMIT' for pattern '\(pattern.pattern.lossyText)'")
    }

    private mutating func search(_ pattern: MacroRegex, _ value: ByteRange, rule: Rule) -> Bool {
        let expanded = expandArgument(pattern.macro)
        let text = arena.array(expanded)
        guard let compiled = pattern.regex(for: text) else {
            debug(1, "rx: Error with regular expression: \(text.lossyText)")
            return false
        }
        return search(compiled, value, rule: rule)
    }

    private mutating func search(_ pattern: Regex, _ value: ByteRange, rule: Rule) -> Bool {
        switch pattern.firstMatch(in: arena[value], scratch: regex) {
        case .noMatch:
            return false
        case .limitExceeded:
            // A match that PCRE2 takes too long to find is one all the same; only its place is not known.
            guard !isProven(rule, in: value) else {
                let start = ByteRange(offset: 0, length: min(value.count, 200))
                matchScratch.offsets.append(start)
                if rule.actions.capture {
                    matchScratch.captures.append(range(start.bounds, in: value))
                }
                return true
            }
            noteLimit(pattern)
            return false
        case .failed(let code):
            hasRegexFailure = true
            let one = number(1)
            set(.pcreError, one)
            debug(3, "rx: regex error \(code) for pattern '\(pattern.pattern.lossyText)'")
            return false
        case .match(let groups):
            for group in 0..<groups {
                let found = regex.group(group)
                if let found {
                    matchScratch.offsets.append(ByteRange(offset: found.lowerBound, length: found.count))
                }
                if rule.actions.capture {
                    matchScratch.captures.append(found.map { range($0, in: value) })
                }
            }
            return true
        }
    }

    /// Every match and its groups, one after the other, as far as there is room for captures.
    private mutating func searchAll(_ pattern: Regex, _ value: ByteRange, captures: Bool) -> Bool {
        var start = 0
        var isMatch = false
        while start <= value.count {
            let outcome = pattern.firstMatch(in: arena[value], from: start, scratch: regex)
            guard case .match(let groups) = outcome, let whole = regex.group(0) else {
                if outcome == .limitExceeded {
                    noteLimit(pattern)
                }
                return isMatch
            }
            // Behind a match, an empty one says nothing new.
            let isReported = !(isMatch && whole.isEmpty)
            isMatch = true
            for group in 0..<(isReported ? groups : 0) {
                guard let found = regex.group(group) else {
                    continue
                }
                matchScratch.offsets.append(ByteRange(offset: found.lowerBound, length: found.count))
                if captures, matchScratch.captures.count < SlotTable.captureCount {
                    matchScratch.captures.append(range(found, in: value))
                }
            }
            guard matchScratch.offsets.count < 64 else {
                return true
            }
            start = whole.isEmpty ? whole.upperBound + 1 : whole.upperBound
        }
        return isMatch
    }

    /// A part of a value as a range of the arena.
    private func range(_ bounds: Range<Int>, in value: ByteRange) -> ByteRange {
        ByteRange(offset: Int(value.offset) + bounds.lowerBound, length: bounds.count)
    }

    private mutating func verify(
        _ kind: NumberVerification,
        _ pattern: Regex,
        _ value: ByteRange,
        captures: Bool
    ) -> Bool {
        var start = 0
        // As many candidates as a long body of digits has are not tried: the pattern is the rule's to bound.
        var attempts = 0
        while start <= value.count, attempts < 10_000 {
            attempts += 1
            let outcome = pattern.firstMatch(in: arena[value], from: start, scratch: regex)
            guard case .match = outcome, let found = regex.group(0) else {
                if outcome == .limitExceeded {
                    noteLimit(pattern)
                }
                return false
            }
            let candidate = range(found, in: value)
            if kind.accepts(arena[candidate]) {
                matchScratch.offsets.append(ByteRange(offset: found.lowerBound, length: found.count))
                if captures {
                    matchScratch.captures.append(candidate)
                }
                let text = arena.array(candidate)
                debug(9, "Added \(Self.logName(kind)) match TX.0: \(text.lossyText)")
                return true
            }
            start = found.isEmpty ? found.upperBound + 1 : found.upperBound
        }
        return false
    }

    private static func logName(_ kind: NumberVerification) -> String {
        switch kind {
        case .paymentCard: "VerifyCC"
        case .cpf: "VerifyCPF"
        case .socialSecurity: "VerifySSN"
        case .svnr: "VerifySVNR"
        }
    }

    // MARK: Texts

    private mutating func find(_ phrases: PhraseSet, in value: ByteRange, captures: Bool) -> Bool {
        guard let found = phrases.firstMatch(in: arena[value]) else {
            return false
        }
        let length = phrases.phrase(found.phrase).count
        let bounds = max(0, found.end - length)..<found.end
        matchScratch.offsets.append(ByteRange(offset: bounds.lowerBound, length: bounds.count))
        if captures {
            matchScratch.captures.append(range(bounds, in: value))
        }
        return true
    }

    private mutating func compare(_ comparison: TextComparison, _ value: ByteRange, _ macro: Macro) -> Bool {
        let found: Range<Int>?
        if let literal = macro.literal {
            found = literal.withUnsafeBufferPointer { Self.find($0, in: arena[value], comparison) }
        } else {
            let expanded = expandArgument(macro)
            found = Self.find(arena[expanded], in: arena[value], comparison)
        }
        guard let found else {
            return false
        }
        if comparison != .equals, comparison != .strmatch {
            matchScratch.offsets.append(ByteRange(offset: found.lowerBound, length: found.count))
        }
        return true
    }

    /// Where an argument is found; of a comparison with the whole value, the whole.
    private static func find(
        _ argument: UnsafeBufferPointer<UInt8>,
        in bytes: UnsafeBufferPointer<UInt8>,
        _ comparison: TextComparison
    ) -> Range<Int>? {
        switch comparison {
        case .beginsWith:
            StringKernels.beginsWith(bytes, argument) ? 0..<argument.count : nil
        case .endsWith:
            StringKernels.endsWith(bytes, argument) ? (bytes.count - argument.count)..<bytes.count : nil
        case .equals:
            StringKernels.equals(bytes, argument) ? 0..<bytes.count : nil
        case .within:
            StringKernels.within(bytes, argument) ? 0..<bytes.count : nil
        case .containsWord:
            StringKernels.containsWord(bytes, argument)
        case .contains, .strmatch:
            StringKernels.contains(bytes, argument)
        }
    }

    // MARK: Encodings and injections

    private mutating func note(_ offset: Int?, in value: ByteRange) -> Bool {
        guard let offset else {
            return false
        }
        matchScratch.offsets.append(ByteRange(offset: offset, length: value.count - offset))
        return true
    }

    private mutating func findOutside(_ set: ByteRangeSet, _ value: ByteRange) -> Bool {
        guard let offset = set.firstOffsetOutside(in: arena[value]) else {
            return false
        }
        matchScratch.offsets.append(ByteRange(offset: offset, length: 1))
        return true
    }

    private mutating func detectSQLInjection(_ value: ByteRange, captures: Bool) -> Bool {
        guard let fingerprint = SQLInjection.fingerprint(of: arena[value]) else {
            return false
        }
        if captures {
            matchScratch.captures.append(arena.append(Array(fingerprint.description.utf8)))
        }
        debug(4, "detected SQLi using libinjection with fingerprint '\(fingerprint.description)'")
        return true
    }

    private mutating func detectCrossSiteScripting(_ value: ByteRange, captures: Bool) -> Bool {
        guard CrossSiteScripting.isDetected(in: arena[value]) else {
            return false
        }
        if captures {
            matchScratch.captures.append(value)
            let text = arena.array(value)
            debug(9, "Added DetectXSS match TX.0: \(text.lossyText)")
        }
        return true
    }

    // MARK: Outside knowledge

    private mutating func lookUpAddress(_ value: ByteRange) -> Bool {
        guard let database = rules.settings.geoDatabase else {
            debug(1, "geoLookup: no database is set; name one with SecGeoLookupDb")
            return false
        }
        guard let found = database.lookUp(address: arena.array(value).lossyText) else {
            return false
        }
        geo = found
        return true
    }

    private mutating func isListed(_ value: ByteRange, _ list: [UInt8]) -> Bool {
        guard let lookUp = context.blockListLookup else {
            debug(1, "rbl: no resolver is set; nothing is listed")
            return false
        }
        let address = arena.array(value).lossyText
        guard let name = BlockListQuery.name(address: address, list: list.lossyText, key: rules.settings.httpBlKey)
        else {
            return false
        }
        return lookUp(name)
    }

    private mutating func documentToValidate() -> XMLBody? {
        if xml == nil {
            debug(4, "XML document tree could not be found for validation.")
        }
        return xml
    }

    /// Both validating operators match when the document is not valid.
    private mutating func report(_ violations: [String]) -> Bool {
        for violation in violations {
            debug(3, "XML Error: \(violation)")
        }
        return !violations.isEmpty
    }
}
