// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Matching

/// The patterns of Debian's Core Rule Set, and values from its regression tests.
struct ScanCorpus {
    struct Entry {
        /// `REQUEST-942-APPLICATION-ATTACK-SQLI.conf:41`
        var place: String
        var pattern: ScanPattern
    }

    static let rulesFolder = URL(fileURLWithPath: "/usr/share/modsecurity-crs/rules")

    /// Every `@rx`, `@pm`, `@pmFromFile`, `@contains`, `@streq`, `@beginsWith` and `@endsWith` without a macro.
    static func patterns(in folder: URL = rulesFolder) throws -> [Entry] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "conf" }
            .sorted { $0.path < $1.path }
            .flatMap { file in
                try logicalLines(Array(Data(contentsOf: file))).compactMap { number, line in
                    try pattern(ofLine: line, in: folder).map {
                        Entry(place: "\(file.lastPathComponent):\(number)", pattern: $0)
                    }
                }
            }
    }

    /// Lines joined where a backslash ends them, with the number of their first.
    private static func logicalLines(_ bytes: [UInt8]) -> [(number: Int, line: [UInt8])] {
        var lines: [(Int, [UInt8])] = []
        var current: (Int, [UInt8])?
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let isContinued = line.last == UInt8(ascii: "\\")
            let content = isContinued ? line.dropLast() : line
            current = (current?.0 ?? index + 1, (current?.1 ?? []) + content)
            if !isContinued, let done = current {
                lines.append(done)
                current = nil
            }
        }
        return lines
    }

    /// The pattern of a `SecRule`, whose second argument is quoted in all of the rule set.
    private static func pattern(ofLine line: [UInt8], in folder: URL) throws -> ScanPattern? {
        let words = line.drop { $0 == 0x20 || $0 == 0x09 }
        guard words.starts(with: Array("SecRule ".utf8)), let quote = words.firstIndex(of: UInt8(ascii: "\"")) else {
            return nil
        }
        var argument: [UInt8] = []
        var index = quote + 1
        while index < words.endIndex, words[index] != UInt8(ascii: "\"") {
            let isEscape = words[index] == UInt8(ascii: "\\") && index + 1 < words.endIndex
            if isEscape, [UInt8(ascii: "\\"), UInt8(ascii: "\"")].contains(words[index + 1]) { index += 1 }
            argument.append(words[index])
            index += 1
        }
        if argument.first == UInt8(ascii: "!") { argument.removeFirst() }
        let text = String(decoding: argument, as: UTF8.self)
        guard !text.contains("%{") else { return nil }
        guard text.hasPrefix("@") else { return ScanPattern(.regex(argument, ruleOptions)) }
        let parts = argument.split(separator: 0x20, maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return try pattern(String(decoding: parts[0], as: UTF8.self), Array(parts[1]), in: folder)
    }

    private static func pattern(_ name: String, _ argument: [UInt8], in folder: URL) throws -> ScanPattern? {
        switch name {
        case "@rx": return ScanPattern(.regex(argument, ruleOptions))
        case "@pm":
            return ScanPattern(
                .literals(PhraseSet.phrases(inArgument: argument), caseless: true, anchor: .anywhere)
            )
        case "@pmFromFile", "@pmf":
            let file = folder.appendingPathComponent(String(decoding: argument, as: UTF8.self))
            let phrases = PhraseSet.phrases(inFile: Array(try Data(contentsOf: file)))
            return ScanPattern(.literals(phrases, caseless: true, anchor: .anywhere))
        case "@contains": return ScanPattern(.literals([argument], caseless: false, anchor: .anywhere))
        case "@streq": return ScanPattern(.literals([argument], caseless: false, anchor: .whole))
        case "@beginsWith": return ScanPattern(.literals([argument], caseless: false, anchor: .start))
        case "@endsWith": return ScanPattern(.literals([argument], caseless: false, anchor: .end))
        default: return nil
        }
    }

    /// As ModSecurity v2 compiles `@rx`.
    static let ruleOptions: Regex.Options = [.dotMatchesLineEnds, .dollarMatchesEndOnly]

    /// What follows a colon in the regression tests, whole, percent-decoded, and cut at `?`, `&` and `=`; sorted.
    static func values(in folder: URL) throws -> [[UInt8]] {
        guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return [] }
        var values = Set<[UInt8]>()
        for case let file as URL in files where file.pathExtension == "yaml" {
            for line in try Data(contentsOf: file).split(separator: 0x0A) {
                guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
                var value = Array(line[(colon + 1)...].drop { $0 == 0x20 })
                if let quote = value.first, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(quote), value.count > 1 {
                    value = Array(value.dropFirst().dropLast())
                }
                for text in [value, percentDecoded(value)] {
                    values.insert(text)
                    for piece in text.split(whereSeparator: { Array("?&=".utf8).contains($0) }) {
                        values.insert(Array(piece))
                    }
                }
            }
        }
        return values.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func percentDecoded(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
                let byte = UInt8(String(decoding: text[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                result.append(byte)
                index += 3
            } else {
                result.append(text[index] == UInt8(ascii: "+") ? 0x20 : text[index])
                index += 1
            }
        }
        return result
    }
}
