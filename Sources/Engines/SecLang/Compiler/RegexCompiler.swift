// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Compiles patterns with the flags of the engine that the rules are written for.
struct RegexCompiler {
    let options: CompileOptions

    /// The flags of the engine that the rules are written for.
    var flags: Regex.Options {
        switch options.compatibility {
        case .v2: [.dotMatchesLineEnds, .dollarMatchesEndOnly]
        case .v3: [.dotMatchesLineEnds, .multiline]
        }
    }

    func compile(_ pattern: [UInt8], at offset: Int = 0) throws(SyntaxError) -> Regex {
        guard pattern.count <= options.maximumPatternLength else {
            throw SyntaxError("the pattern is longer than \(options.maximumPatternLength) bytes", at: offset)
        }
        do {
            return try Regex(pattern, options: flags)
        } catch {
            throw SyntaxError("the regular expression does not compile: \(error.message)", at: offset + error.offset)
        }
    }
}
