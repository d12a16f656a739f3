// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Makes a source tree and edits it, step by step, the same in every run of a seed.
struct HistoryGenerator {
    private(set) var tree = SourceTree()
    /// Functions that were deleted, with the file and the functions that they stood between.
    private var deleted: [(path: String, before: String?, function: SourceFunction, step: Int)] = []
    private var random: SeededRandom
    private var nextIdentity = 0
    private var nextName = 0
    private var step = 0
    private let rules: Int

    private static let variables = [
        "user", "name", "id", "path", "query", "data", "input", "token", "key", "value", "file", "url", "body", "cmd",
    ]
    private static let plain = [
        "log.info(@)", "count += 1", "if @.isEmpty { return }", "result.append(@)", "cache[@] = result",
        "let item = load(@)", "for entry in list {", "}", "", "return result", "process(@, count)", "validate(@)",
    ]

    /// - Parameters:
    ///   - seed: chooses the history.
    ///   - files: how many files the tree has.
    ///   - rules: how many rules the scanner has; the fewer, the more findings look alike.
    ///   - functionsPerFile: the mean number of functions of a file.
    init(seed: UInt64, files: Int, rules: Int = ScannerRule.all.count, functionsPerFile: Int = 7) {
        random = SeededRandom(seed: seed)
        self.rules = max(1, min(rules, ScannerRule.all.count))
        for index in 0..<files {
            let language = GeneratedLanguage.allCases[index % GeneratedLanguage.allCases.count]
            var file = SourceFile(
                path: "src/\(["api", "core", "web", "jobs"][random.below(4)])/\(word())\(index).\(language.suffix)",
                language: language,
                indentation: random.below(3) == 0 ? 2 : 4
            )
            file.header = (0..<(2 + random.below(6))).map { SourceLine(text: "import module\($0)", depth: 0) }
            for _ in 0..<(1 + random.below(functionsPerFile * 2)) {
                file.functions.append(function(in: language))
            }
            tree.files.append(file)
        }
    }

    private mutating func word() -> String {
        let parts = [
            "user", "order", "cart", "auth", "mail", "report", "sync", "import", "token", "price", "stock", "log",
        ]
        return parts[random.below(parts.count)]
            + ["Service", "Store", "Handler", "Job", "View", "Model"][random.below(6)]
    }

    private mutating func variable() -> String {
        HistoryGenerator.variables[random.below(HistoryGenerator.variables.count)]
    }

    private mutating func function(in language: GeneratedLanguage) -> SourceFunction {
        nextName += 1
        let name = "\(["get", "put", "make", "read", "check", "send"][random.below(6)])\(word())\(nextName)"
        var lines = [SourceLine(text: language.opening(name), depth: 0)]
        for _ in 0..<(4 + random.below(18)) {
            lines.append(random.below(9) == 0 ? weakLine(name) : plainLine())
        }
        // Several findings of one rule in one function, now and then with the same text.
        if random.below(4) == 0 {
            let first = weakLine(name)
            for _ in 0..<(1 + random.below(3)) {
                var again = random.below(2) == 0 ? first : weakLine(name, rule: first.weaknesses[0].rule)
                again.weaknesses = again.weaknesses.map {
                    Weakness(identity: newIdentity(), rule: $0.rule, offset: $0.offset)
                }
                lines.insert(again, at: 1 + random.below(lines.count))
            }
            lines.append(first)
        }
        if let closing = language.closing { lines.append(SourceLine(text: closing, depth: 0)) }
        lines.append(SourceLine(text: "", depth: 0))
        return SourceFunction(name: name, lines: lines)
    }

    private mutating func newIdentity() -> Int {
        nextIdentity += 1
        return nextIdentity
    }

    private mutating func plainLine() -> SourceLine {
        let text = HistoryGenerator.plain[random.below(HistoryGenerator.plain.count)]
        return SourceLine(text: text.replacing("@", with: variable()), depth: 1 + random.below(2))
    }

    private mutating func weakLine(_ function: String, rule: Int? = nil) -> SourceLine {
        let rule = rule ?? min(random.below(rules), random.below(rules))
        let text = ScannerRule.all[rule].code.replacing("@", with: variable())
        var line = SourceLine(text: text, depth: 1 + random.below(2))
        line.weaknesses = [Weakness(identity: newIdentity(), rule: rule, offset: 0)]
        if random.below(12) == 0 {
            // Two of one rule, or of two rules, on one line.
            let other = random.below(2) == 0 ? rule : random.below(rules)
            let second = ScannerRule.all[other].code.replacing("@", with: variable())
            line.weaknesses.append(Weakness(identity: newIdentity(), rule: other, offset: text.count + 2))
            line.text += "; " + second
        }
        return line
    }

    // MARK: Edits

    /// Does one step of work: some edits in some files.
    mutating func advance(edits: Int) {
        step += 1
        for file in tree.files.indices {
            tree.files[file].edits = []
            for function in tree.files[file].functions.indices { tree.files[file].functions[function].edits = [] }
        }
        let kinds: [(EditKind, Int)] = [
            (.insertLines, 24), (.deleteLines, 10), (.licenceHeader, 3), (.moveFunction, 5), (.moveToOtherFile, 4),
            (.copyFunction, 4), (.renameFile, 4), (.renameSymbol, 5), (.reindent, 3), (.deleteFunction, 4),
            (.readdFunction, 4), (.newFunction, 6), (.fixFinding, 5), (.newFinding, 6),
        ]
        let sum = kinds.reduce(0) { $0 + $1.1 }
        for _ in 0..<edits {
            var choice = random.below(sum)
            for (kind, weight) in kinds {
                if choice < weight {
                    edit(kind)
                    break
                }
                choice -= weight
            }
        }
        deleted.removeAll { step - $0.step > 3 }
    }

    private mutating func edit(_ kind: EditKind) {
        let file = random.below(tree.files.count)
        guard !tree.files[file].functions.isEmpty || kind == .newFunction else { return }
        switch kind {
        case .untouched: break
        case .insertLines: insertLines(file)
        case .deleteLines: deleteLines(file)
        case .licenceHeader: addHeader(file)
        case .moveFunction: moveFunction(file)
        case .moveToOtherFile: moveToOtherFile(file)
        case .copyFunction: copyFunction(file)
        case .renameFile: renameFile(file)
        case .renameSymbol: renameSymbol(file)
        case .reindent: tree.files[file].indentation = tree.files[file].indentation == 4 ? 2 : 4
        case .deleteFunction: deleteFunction(file)
        case .readdFunction: readdFunction()
        case .newFunction: addFunction(file)
        case .fixFinding: fixFinding(file)
        case .newFinding: addFinding(file)
        }
        if kind != .readdFunction { tree.files[file].edits.insert(kind) }
    }

    private mutating func insertLines(_ file: Int) {
        let lines = (0..<(1 + random.below(12))).map { _ in plainLine() }
        if random.below(4) == 0 {
            tree.files[file].header.append(contentsOf: lines.prefix(3))
            return
        }
        let function = random.below(tree.files[file].functions.count)
        let place = 1 + random.below(max(1, tree.files[file].functions[function].lines.count - 1))
        tree.files[file].functions[function].lines.insert(contentsOf: lines, at: place)
        tree.files[file].functions[function].edits.insert(.insertLines)
    }

    private mutating func deleteLines(_ file: Int) {
        let function = random.below(tree.files[file].functions.count)
        let lines = tree.files[file].functions[function].lines
        let start = 1 + random.below(max(1, lines.count - 2))
        var end = start
        while end < lines.count - 2, end - start < 4, lines[end].weaknesses.isEmpty { end += 1 }
        tree.files[file].functions[function].lines.removeSubrange(start..<end)
        tree.files[file].functions[function].edits.insert(.deleteLines)
    }

    private mutating func addHeader(_ file: Int) {
        let comment = tree.files[file].language.comment
        let lines = (0..<(3 + random.below(15))).map { SourceLine(text: "\(comment) licence text \($0)", depth: 0) }
        tree.files[file].header.insert(contentsOf: lines, at: 0)
    }

    private mutating func moveFunction(_ file: Int) {
        let functions = tree.files[file].functions
        var moved = tree.files[file].functions.remove(at: random.below(functions.count))
        moved.edits.insert(.moveFunction)
        tree.files[file].functions.insert(moved, at: random.below(functions.count))
    }

    private mutating func moveToOtherFile(_ file: Int) {
        let count = tree.files[file].functions.count
        var moved = tree.files[file].functions.remove(at: random.below(count))
        moved.edits.insert(.moveToOtherFile)
        let language = tree.files[file].language
        let others = tree.files.indices.filter { $0 != file && tree.files[$0].language == language }
        let target = others.isEmpty ? file : others[random.below(others.count)]
        tree.files[target].functions.insert(moved, at: random.below(tree.files[target].functions.count + 1))
        tree.files[target].edits.insert(.newFunction)
    }

    private mutating func copyFunction(_ file: Int) {
        let index = random.below(tree.files[file].functions.count)
        var copy = tree.files[file].functions[index]
        nextName += 1
        copy.lines[0].text = copy.lines[0].text.replacing(copy.name, with: "copy\(nextName)")
        copy.name = "copy\(nextName)"
        copy.edits = [.copyFunction]
        for line in copy.lines.indices {
            copy.lines[line].weaknesses = copy.lines[line].weaknesses.map {
                Weakness(identity: newIdentity(), rule: $0.rule, offset: $0.offset)
            }
        }
        tree.files[file].functions[index].edits.insert(.copyFunction)
        // Below the original, at the end, or in another file.
        let language = tree.files[file].language
        let others = tree.files.indices.filter { $0 != file && tree.files[$0].language == language }
        switch random.below(3) {
        case 0: tree.files[file].functions.insert(copy, at: index + 1)
        case 1 where !others.isEmpty:
            let target = others[random.below(others.count)]
            tree.files[target].functions.append(copy)
            tree.files[target].edits.insert(.newFunction)
        default: tree.files[file].functions.append(copy)
        }
    }

    private mutating func renameFile(_ file: Int) {
        let name = tree.files[file].name
        let folder = "src/\(["api", "core", "web", "jobs", "lib", "shared"][random.below(6)])"
        nextName += 1
        tree.files[file].path =
            random.below(2) == 0
            ? "\(folder)/moved\(nextName)/\(name)" : "\(folder)/renamed\(nextName).\(tree.files[file].language.suffix)"
    }

    private mutating func renameSymbol(_ file: Int) {
        let from = variable()
        let to = "\(from)\(["Text", "2", "Raw", "New"][random.below(4)])"
        for function in tree.files[file].functions.indices {
            for line in tree.files[file].functions[function].lines.indices {
                let text = tree.files[file].functions[function].lines[line].text
                for form in ["(\(from))", "(\(from),", " \(from) ", "+ \(from))", "[\(from)]"] where text.contains(form)
                {
                    let line = text.replacing(form, with: form.replacing(from, with: to))
                    tree.files[file].functions[function].lines[index(of: text, in: function, file)].text = line
                    tree.files[file].functions[function].edits.insert(.renameSymbol)
                }
            }
        }
    }

    private func index(of text: String, in function: Int, _ file: Int) -> Int {
        tree.files[file].functions[function].lines.firstIndex { $0.text == text } ?? 0
    }

    private mutating func deleteFunction(_ file: Int) {
        let functions = tree.files[file].functions
        let index = random.below(functions.count)
        let before = index > 0 ? functions[index - 1].name : nil
        deleted.append((tree.files[file].path, before, functions[index], step))
        tree.files[file].functions.remove(at: index)
    }

    /// Takes a deletion of an earlier step back.
    private mutating func readdFunction() {
        guard let choice = deleted.indices.first(where: { deleted[$0].step < step }),
            let file = tree.files.firstIndex(where: { $0.path == deleted[choice].path })
        else { return }
        var (_, before, function, _) = deleted.remove(at: choice)
        function.edits = [.readdFunction]
        let place = before.flatMap { name in tree.files[file].functions.firstIndex { $0.name == name } }.map { $0 + 1 }
        tree.files[file].functions.insert(function, at: place ?? 0)
        tree.files[file].edits.insert(.readdFunction)
    }

    private mutating func addFunction(_ file: Int) {
        var function = function(in: tree.files[file].language)
        function.edits = [.newFunction]
        tree.files[file].functions.insert(function, at: random.below(tree.files[file].functions.count + 1))
    }

    private mutating func fixFinding(_ file: Int) {
        let function = random.below(tree.files[file].functions.count)
        let lines = tree.files[file].functions[function].lines
        guard let line = lines.indices.first(where: { !lines[$0].weaknesses.isEmpty }) else { return }
        tree.files[file].functions[function].lines[line] = plainLine()
        tree.files[file].functions[function].edits.insert(.fixFinding)
    }

    private mutating func addFinding(_ file: Int) {
        let function = random.below(tree.files[file].functions.count)
        let line = weakLine(tree.files[file].functions[function].name)
        let place = 1 + random.below(max(1, tree.files[file].functions[function].lines.count - 1))
        tree.files[file].functions[function].lines.insert(line, at: place)
        tree.files[file].functions[function].edits.insert(.newFinding)
    }
}
