// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching

extension Transaction {
    /// The values of a form, made when a rule of the phase first asks for them.
    ///
    /// A step whose trigger bytes occur in none of the values changes none: its form is then its parent's, and a
    /// scan of it sees the very same bytes.
    ///
    /// - Returns: the index of the form that holds the values.
    mutating func prepare(_ form: Int) -> Int {
        let known = prepared.forms[form]
        if known.epoch == prepared.epoch {
            return Int(known.source)
        }
        let plan = rules.planForms[form]
        guard plan.node >= 0 else {
            gather(form, Int(plan.set))
            return form
        }
        let parent = prepare(Int(plan.parent))
        guard !prepared.forms[parent].classes.isDisjoint(with: plan.triggers) else {
            prepared.forms[form].epoch = prepared.epoch
            prepared.forms[form].source = Int32(parent)
            return parent
        }
        let step = plan.transformation
        let source =
            prepared.child(of: parent, by: step)
            ?? (transformAll(parent, into: form, plan) ? form : parent)
        prepared.add(form, to: parent, step: step, source: source)
        return source
    }

    /// Takes one step with all values of a form; the results stand one behind the other, ready to be scanned.
    ///
    /// - Returns: false where the step changed none of them; then nothing was made.
    private mutating func transformAll(_ parent: Int, into form: Int, _ plan: ValuePlan.Form) -> Bool {
        let source = prepared.forms[parent]
        var made = PreparedValues.Form(epoch: prepared.epoch, source: Int32(form))
        made.first = Int32(prepared.ranges.count)
        made.count = source.count
        made.references = source.references
        let start = arena.count
        var isInOnePiece = true
        var isChanged = false
        for index in Int(source.first)..<Int(source.first + source.count) {
            let input = prepared.ranges[index]
            var classes = prepared.classes[index]
            let range: ByteRange
            let capacity = plan.transformation.maximumOutputLength(of: input.count)
            if arena.count + capacity >= Self.maximumArenaSize {
                // The value stays as it is, as it does where a rule transforms it by itself.
                noteArenaOverLimit()
                range = input
                isInOnePiece = false
            } else if classes.isDisjoint(with: plan.triggers) {
                range = arena.append(copyOf: input)
            } else {
                let output = arena.reserve(capacity)
                range = arena.commit(
                    plan.transformation.apply(arena[input], into: output, unicodeMap: rules.settings.unicodeMap)
                )
                if !isEqual(range, input) {
                    isChanged = true
                    classes = ByteClasses.classify(arena[range])
                }
            }
            if isInOnePiece {
                arena.append(byte: UInt8(ascii: "\n"))
            }
            made.classes.formUnion(classes)
            prepared.ranges.append(range)
            prepared.classes.append(classes)
        }
        countWork(bytes: arena.count - start)
        guard isChanged else {
            prepared.ranges.removeLast(Int(made.count))
            prepared.classes.removeLast(Int(made.count))
            // Beyond the limit something else may have been said in the meantime.
            arena.removeLast(isInOnePiece ? arena.count - start : 0)
            return false
        }
        if isInOnePiece {
            if made.count > 0 {
                made.text = ByteRange(offset: start, length: arena.count - 1 - start)
            }
            made.hasText = true
        }
        prepared.forms[form] = made
        return true
    }

    /// All values of a prepared form in one piece; nil where there is no room for it.
    private mutating func text(of form: Int) -> ByteRange? {
        let prepared = prepared.forms[form]
        guard !prepared.hasText else {
            return prepared.text
        }
        var text = ByteRange.empty
        if prepared.count == 1 {
            text = self.prepared.ranges[Int(prepared.first)]
        } else {
            let start = arena.count
            let run = Int(prepared.first)..<Int(prepared.first + prepared.count)
            let length = run.reduce(0) { $0 + self.prepared.ranges[$1].count + 1 }
            guard start + length < Self.maximumArenaSize else {
                noteArenaOverLimit()
                return nil
            }
            for index in run {
                _ = arena.append(copyOf: self.prepared.ranges[index])
                arena.append(byte: UInt8(ascii: "\n"))
            }
            text = ByteRange(offset: start, length: max(0, arena.count - 1 - start))
        }
        self.prepared.forms[form].text = text
        self.prepared.forms[form].hasText = true
        return text
    }

    // MARK: Scanning

    /// Whether a rule's pattern may occur in its values; each group of patterns is looked for once in a phase.
    ///
    /// Sound because the values are joined with a line feed, at which the scanner lets `^`, `$` and `\b` hold: what
    /// matches a value alone is found in the joined text too. The reverse need not be so; a candidate is evaluated.
    mutating func mayMatch(_ place: ScanPlace, _ scanner: RuleScanner) -> Bool {
        let group = Int(place.group)
        if prepared.scanned[group] != prepared.epoch {
            scan(group, scanner)
        }
        let word = Int(rules.scanGroups[group].firstWord) + Int(place.pattern) >> 6
        return prepared.hits[word] & (1 << UInt64(place.pattern & 63)) != 0
    }

    private mutating func scan(_ number: Int, _ scanner: RuleScanner) {
        let group = rules.scanGroups[number]
        prepared.scanned[number] = prepared.epoch
        let form = prepare(Int(group.form))
        let words = prepared.hits.pointer(at: Int(group.firstWord), count: Int(group.words))
        guard prepared.forms[form].count > 0, let scanScratch else {
            words.update(repeating: 0, count: Int(group.words))
            return
        }
        guard let range = text(of: form) else {
            // Nothing is known of any pattern, so every rule has to look for itself.
            words.update(repeating: .max, count: Int(group.words))
            return
        }
        for word in 0..<Int(group.words) {
            words[word] = scanner.undecided[Int(group.firstWord) + word]
        }
        countWork(bytes: range.count)
        scanner.scan(number, arena[range], scanScratch, into: words)
    }
}
