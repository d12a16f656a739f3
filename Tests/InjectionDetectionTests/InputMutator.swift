// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import TestSupport

/// Makes inputs from known ones, the same sequence for the same seed.
struct InputMutator {
    private var random: SplitMix64
    private let seeds: [[UInt8]]
    private let sqlPieces: [[UInt8]]
    private let htmlPieces: [[UInt8]]

    /// Begins the sequence of a seed.
    init(seed: UInt64) throws {
        random = SplitMix64(state: seed)
        seeds = try Self.vectors() + Self.parameters()
        let words = try Self.candidates("sql-words.txt")
        let names = try Self.candidates("html-names.txt")
        sqlPieces = Self.frequentSQL.map { Array($0.utf8) } + words
        htmlPieces = Self.frequentHTML.map { Array($0.utf8) } + names
    }

    /// The next input.
    mutating func next() -> [UInt8] {
        switch random.below(10) {
        case 0...2: return mutated(element(of: seeds))
        case 3: return spliced()
        case 4...6: return joined(sqlPieces, frequent: Self.frequentSQL.count, separators: Self.sqlSeparators)
        case 7...8: return joined(htmlPieces, frequent: Self.frequentHTML.count, separators: Self.htmlSeparators)
        default: return mutated(joined(sqlPieces, frequent: Self.frequentSQL.count, separators: Self.sqlSeparators))
        }
    }

    private mutating func element(of list: [[UInt8]]) -> [UInt8] {
        list[random.below(list.count)]
    }

    /// A few bytes changed, inserted, doubled or cut.
    private mutating func mutated(_ input: [UInt8]) -> [UInt8] {
        var input = input
        for _ in 0...random.below(4) {
            let index = random.below(input.count + 1)
            switch random.below(6) {
            case 0 where index < input.count: input[index] = interestingByte()
            case 1: input.insert(interestingByte(), at: index)
            case 2 where index < input.count: input.remove(at: index)
            case 3:
                let piece = random.below(2) == 0 ? element(of: sqlPieces) : element(of: htmlPieces)
                input.insert(contentsOf: piece, at: index)
            case 4: input.insert(contentsOf: input[..<index].suffix(random.below(8)), at: index)
            default: input.removeSubrange(index..<min(input.count, index + random.below(4)))
            }
        }
        return input
    }

    private mutating func spliced() -> [UInt8] {
        let first = element(of: seeds)
        let second = element(of: seeds)
        return Array(first.prefix(random.below(first.count + 1)) + second.suffix(random.below(second.count + 1)))
    }

    private mutating func joined(_ pieces: [[UInt8]], frequent: Int, separators: [String]) -> [UInt8] {
        var input: [UInt8] = []
        for _ in 0...random.below(10) {
            // Two in three pieces are punctuation and the words that most rules speak of.
            input += pieces[random.below(random.below(3) == 0 ? pieces.count : frequent)]
            input += separators[random.below(separators.count)].utf8
        }
        return input
    }

    private mutating func interestingByte() -> UInt8 {
        random.below(3) == 0
            ? UInt8(random.below(256)) : Self.interesting[random.below(Self.interesting.count)]
    }

    private static let interesting =
        Array("'\"`\\#-/*!;,.()[]{}<>=&|%@$:?~^+_ \t\n\0eExXnNqQuUbB01dD".utf8) + [0xa0, 0xff]
    private static let sqlSeparators = ["", " ", " ", " ", "/**/", "\n", "\u{b}", "(", ")", ","]
    private static let htmlSeparators = ["", "", "", " ", "/", "=", "\0"]
    private static let frequentSQL = [
        "1", "1.5", ".5", "1.", "0x1f", "0b01", "0x", "$1,000", "$$a$$", "$t$a$t$", "$", "1d", "1f", "1fu",
        "2e3", "\\N", "'", "\"", "`", "'a'", "\"a\"", "`a`", "''", "\\'", "n'a'", "x'1f'", "b'01'", "u&'a'",
        "q'(a)'", "nq'[a]'", "e'a'", "q'", "a", "foo", "foo_bar", "id", "t.id", "@a", "@@version", "@", "@'a'",
        "@`a`", "[a b]", "[", "(", ")", "(", ")", ",", ";", ".", "{", "}", ":", "::", ":=", "?", "\\", "=",
        "<", ">", "<=", "<=>", "!=", "<>", "!", "~", "^", "%", "*", "+", "-", "/", "|", "||", "&", "&&", "<<",
        "--", "-- ", "--x", "#", "/*", "*/", "/**/", "/*!", "/*a*/", "select", "union", "union all", "from",
        "where", "or", "and", "not", "in", "like", "is", "null", "order by", "group by", "having", "insert",
        "into", "outfile", "values", "update", "set", "delete", "drop", "table", "exec", "declare", "if",
        "case", "when", "then", "end", "begin", "cast", "user", "user()", "database()", "version()",
        "sleep(5)", "benchmark", "char", "int", "collate", "latin1_bin", "between", "limit",
        "procedure analyse", "waitfor delay", "true", "xor", "div", "current_user", "sp_password", "rlike",
        "exists", "join", "left", "natural", "binary", "for update", "boolean mode",
    ]
    private static let frequentHTML = [
        "<", ">", "/", "=", "'", "\"", "`", "<a ", "<b>", "</a>", "</", "<!", "<!--", "-->", "-!>", "--", "<?",
        "?>", "<%", "%>", "<![CDATA[", "]]>", "<!doctype", "<script>", "<svg", "<xsl:", "[if", "xml", "import",
        "entity", "href=", "src=\"", "style='", "onload=", "onclick", "on", "xmlns:", "xlink:href=",
        "attributename=", "formaction=", "javascript:", "data:", "view-source:", "vbscript:", "&#106;ava",
        "&#x6a;", "&#X4A", "&#0;", "&#10;", "&#", "&", "ja\0va", " ", "\t", "\n", "\u{c}", "\0", "x",
        "alert(1)", "text", "a=b",
    ]

    private static func vectors() throws -> [[UInt8]] {
        try ["tokens", "folding", "sqli", "html5", "xss"].flatMap { try LibinjectionVector.all(of: $0).map(\.input) }
    }

    /// Every seventh value of the data set of attacks and normal parameters.
    private static func parameters() throws -> [[UInt8]] {
        let folder = TestData.url("waf/http-params")
        var values: [[UInt8]] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        where file.hasSuffix(".csv") {
            let bytes = try Data(contentsOf: folder.appendingPathComponent(file))
            for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() where index % 7 == 3 {
                // The payload is the first of four quoted fields and may hold what separates them.
                let fields = line.dropFirst().split(separator: Array("\",\"".utf8), omittingEmptySubsequences: false)
                values.append(Array(fields.dropLast(3).joined(separator: Array("\",\"".utf8)).prefix(200)))
            }
        }
        return values
    }

    private static func candidates(_ file: String) throws -> [[UInt8]] {
        let url = TestData.packageRoot.appendingPathComponent("script/injection-candidates/\(file)")
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .flatMap { $0.split(separator: " ") }.map { Array($0.utf8) }
    }
}

/// Steele, Lea and Flood's generator of numbers, for repeatable tests.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, a bound.
    mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(bound))
    }
}
