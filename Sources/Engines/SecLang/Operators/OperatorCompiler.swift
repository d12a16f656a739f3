// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching

/// An operator with what logs show of it.
struct CompiledOperator {
    var op: Operator
    var isNegated: Bool
    /// `Rx`, as ModSecurity v3 names it in its logs.
    var name: [UInt8]
    var argument: [UInt8]
}

/// Compiles the second argument of a rule: `@op argument`, `!@op argument`, or a bare regular expression.
struct OperatorCompiler {
    /// The compiler that reads the files an argument names, and holds the names of TX variables.
    let files: RuleSetCompiler
    /// The rule file, beside which data files lie.
    let file: String

    private var regexes: RegexCompiler { RegexCompiler(options: files.options) }

    /// - Throws: `SyntaxError` with the offset in the argument.
    func compile(_ bytes: [UInt8]) throws(SyntaxError) -> CompiledOperator {
        var position = 0
        skipBlanks(bytes, &position)
        var isNegated = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "!") {
            isNegated = true
            position += 1
            skipBlanks(bytes, &position)
        }
        guard position < bytes.count, bytes[position] == UInt8(ascii: "@") else {
            // A bare pattern keeps its leading blanks.
            let pattern = isNegated ? Array(bytes[position...]) : bytes
            let op = try regex(pattern, at: bytes.count - pattern.count)
            return CompiledOperator(op: op, isNegated: isNegated, name: Array("Rx".utf8), argument: pattern)
        }
        let nameStart = position
        position += 1
        while position < bytes.count, bytes[position] != 0x20, bytes[position] != 0x09 {
            position += 1
        }
        let name = String(decoding: bytes[(nameStart + 1)..<position], as: UTF8.self)
        skipBlanks(bytes, &position)
        let argument = Array(bytes[position...])
        guard let entry = Self.operators[name.lowercased()] else {
            if let reason = Self.refused[name.lowercased()] {
                throw SyntaxError("the operator @\(name) is not available: \(reason)", at: nameStart)
            }
            throw SyntaxError(
                "unknown operator @\(name)",
                at: nameStart,
                hint: NearestName.hint(for: name, among: Self.operators.values.map(\.name))
            )
        }
        do {
            let op = try entry.make(self, argument)
            return CompiledOperator(op: op, isNegated: isNegated, name: Array(entry.name.utf8), argument: argument)
        } catch {
            throw SyntaxError(error.message, at: position + error.offset, hint: error.hint)
        }
    }

    private func skipBlanks(_ bytes: [UInt8], _ position: inout Int) {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 {
            position += 1
        }
    }

    // MARK: Arguments

    func macro(_ argument: [UInt8]) -> Macro { Macro(argument, slots: files.slots) }

    func regex(_ pattern: [UInt8], at offset: Int = 0) throws(SyntaxError) -> Operator {
        let macro = macro(pattern)
        guard macro.literal != nil else {
            return .regexMacro(MacroRegex(macro, compiler: regexes))
        }
        return .regex(try regexes.compile(pattern, at: offset))
    }

    func phrases(_ argument: [UInt8]) throws(SyntaxError) -> Operator {
        let macro = macro(argument)
        guard macro.literal != nil else {
            return .phrasesMacro(macro)
        }
        let phrases = PhraseSet.phrases(inArgument: argument)
        guard !phrases.isEmpty else {
            throw SyntaxError("@pm needs at least one phrase")
        }
        return .phrases(PhraseSet(phrases))
    }

    /// `@pmFromFile a.data b.data`
    func phrasesFromFiles(_ argument: [UInt8]) throws(SyntaxError) -> Operator {
        var phrases: [[UInt8]] = []
        for name in try fileNames(argument) {
            phrases += PhraseSet.phrases(inFile: try files.dataFile(name, in: file))
        }
        return .phrases(PhraseSet(phrases))
    }

    private func fileNames(_ argument: [UInt8]) throws(SyntaxError) -> [String] {
        let names = argument.lossyText.split(whereSeparator: \.isWhitespace).map(String.init)
        guard !names.isEmpty else {
            throw SyntaxError("the name of a file is expected")
        }
        if let address = names.first(where: { $0.hasPrefix("http://") || $0.hasPrefix("https://") }) {
            throw SyntaxError(
                "\(address): phrases are not fetched from the network while rules load",
                hint: "fetch the file and name its path"
            )
        }
        return names
    }

    func addresses(_ argument: [UInt8]) throws(SyntaxError) -> Operator {
        let macro = macro(argument)
        guard macro.literal != nil else {
            return .addressesMacro(macro)
        }
        do {
            return .addresses(try IPRangeSet(argument: argument))
        } catch {
            throw SyntaxError(error.message, at: error.offset)
        }
    }

    func addressesFromFile(_ argument: [UInt8]) throws(SyntaxError) -> Operator {
        var text: [UInt8] = []
        for name in try fileNames(argument) {
            let bytes = try files.dataFile(name, in: file)
            do {
                _ = try IPRangeSet(fileText: bytes)
            } catch {
                let place = error.position(in: bytes)
                throw SyntaxError("\(name):\(place.line):\(place.column): \(error.message)")
            }
            text += bytes + [UInt8(ascii: "\n")]
        }
        do {
            return .addresses(try IPRangeSet(fileText: text))
        } catch {
            throw SyntaxError(error.message)
        }
    }

    func byteRange(_ argument: [UInt8]) throws(SyntaxError) -> Operator {
        let macro = macro(argument)
        guard macro.literal != nil else {
            return .byteRangeMacro(macro)
        }
        do {
            return .byteRange(try ByteRangeSet(argument: argument))
        } catch {
            throw SyntaxError(error.message, at: error.offset)
        }
    }

    func schema(_ argument: [UInt8]) throws(SyntaxError) -> Operator {
        let name = argument.lossyText
        let text = try files.dataFile(name, in: file)
        do {
            return .xmlSchema(try XMLSchema(text, name: name))
        } catch {
            throw SyntaxError(error.message)
        }
    }

    func documentType(_ argument: [UInt8]) throws(SyntaxError) -> Operator {
        let name = argument.lossyText
        return .xmlDTD(try files.dataFile(name, in: file), name)
    }
}
