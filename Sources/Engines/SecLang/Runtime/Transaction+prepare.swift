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
        let plan = rules.plan.forms[form]
        guard plan.node >= 0 else {
            gather(form, rules.plan.sets[plan.set])
            return form
        }
        let parent = prepare(plan.parent)
        if prepared.forms[parent].classes.isDisjoint(with: rules.trie.nodes[plan.node].triggers) {
            prepared.forms[form].epoch = prepared.epoch
            prepared.forms[form].source = Int32(parent)
            return parent
        }
        transformAll(parent, into: form, node: plan.node)
        return form
    }

    /// Collects the values of a set as they are.
    private mutating func gather(_ form: Int, _ set: ValuePlan.ValueSet) {
        // Prepared values are looked at by many rules and use no rule's XML namespaces.
        let rule = currentRule
        currentRule = nil
        defer { currentRule = rule }
        var list: [ValueReference] = []
        swap(&list, &references)
        list.removeAll(keepingCapacity: true)
        for target in set.targets where !set.exclusions.contains(where: { Self.excludes($0, target) }) {
            collect(target, into: &list)
        }
        if !set.exclusions.isEmpty {
            list.removeAll { reference in set.exclusions.contains { isExcluded(reference, by: $0) } }
        }
        var made = PreparedValues.Form(epoch: prepared.epoch, source: Int32(form))
        made.first = Int32(prepared.ranges.count)
        made.count = Int32(list.count)
        made.references = Int32(prepared.references.count)
        for reference in list {
            let classes =
                reference.index >= 0
                ? values[Int(reference.index)].classes : ByteClasses.classify(arena[reference.bytes])
            made.classes.formUnion(classes)
            prepared.ranges.append(reference.bytes)
            prepared.classes.append(classes)
        }
        prepared.references.append(contentsOf: list)
        prepared.forms[form] = made
        swap(&list, &references)
    }

    /// Takes one step with all values of a form; the results stand one behind the other, ready to be scanned.
    private mutating func transformAll(_ parent: Int, into form: Int, node: Int) {
        let source = prepared.forms[parent]
        let transformation = rules.trie.nodes[node].transformation
        let triggers = rules.trie.nodes[node].triggers
        var made = PreparedValues.Form(epoch: prepared.epoch, source: Int32(form))
        made.first = Int32(prepared.ranges.count)
        made.count = source.count
        made.references = source.references
        var start: Int?
        var isInOnePiece = true
        for index in Int(source.first)..<Int(source.first + source.count) {
            let input = prepared.ranges[index]
            var classes = prepared.classes[index]
            let range: ByteRange
            let capacity = transformation.maximumOutputLength(of: input.count)
            if arena.count + capacity >= Self.maximumArenaSize {
                // The value stays as it is, as it does where a rule transforms it by itself.
                noteArenaOverLimit()
                range = input
                isInOnePiece = false
            } else if classes.isDisjoint(with: triggers) {
                range = arena.append(copyOf: input)
            } else {
                let output = arena.reserve(capacity)
                range = arena.commit(
                    transformation.apply(arena[input], into: output, unicodeMap: rules.settings.unicodeMap)
                )
                classes = ByteClasses.classify(arena[range])
            }
            if isInOnePiece {
                start = start ?? Int(range.offset)
                arena.append(byte: UInt8(ascii: "\n"))
            }
            made.classes.formUnion(classes)
            prepared.ranges.append(range)
            prepared.classes.append(classes)
        }
        if isInOnePiece {
            if let start {
                made.text = ByteRange(offset: start, length: arena.count - 1 - start)
            }
            made.hasText = true
        }
        prepared.forms[form] = made
        countWork(bytes: made.text.count)
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
        let number = Int(place.group)
        if prepared.scanned[number] != prepared.epoch {
            scan(number, scanner)
        }
        let word = prepared.hits[rules.scanGroups[number].firstWord + Int(place.pattern) >> 6]
        return word & (1 << UInt64(place.pattern & 63)) != 0
    }

    private mutating func scan(_ number: Int, _ scanner: RuleScanner) {
        let group = rules.scanGroups[number]
        prepared.scanned[number] = prepared.epoch
        let form = prepare(group.form)
        let hasValues = prepared.forms[form].count > 0
        for word in group.firstWord..<(group.firstWord + group.words) {
            prepared.hits[word] = hasValues ? scanner.undecided[word] : 0
        }
        guard hasValues, let scanScratch else {
            return
        }
        guard let range = text(of: form) else {
            // Nothing is known of any pattern, so every rule has to look for itself.
            for word in group.firstWord..<(group.firstWord + group.words) {
                prepared.hits[word] = .max
            }
            return
        }
        countWork(bytes: range.count)
        let text = arena[range]
        prepared.hits.withUnsafeMutableBufferPointer { hits in
            guard let base = hits.baseAddress else {
                return
            }
            _ = scanner.library.groups[number].scan(text, scratch: scanScratch, into: base + group.firstWord)
        }
    }
}
