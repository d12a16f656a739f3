// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// A compiled operator; what it needs is prepared when the rules are loaded.
///
/// Indirect, so that handing one on costs a count of references and not a copy of what it holds.
indirect enum Operator: Sendable {
    case regex(Regex)
    /// `@rxGlobal`: every match counts for captures.
    case regexGlobal(Regex)
    /// A pattern with macros, compiled for each text that it expands to.
    case regexMacro(MacroRegex)
    case phrases(PhraseSet)
    case phrasesMacro(Macro)
    case text(TextComparison, Macro)
    case number(IntegerComparison, Macro)
    case addresses(IPRangeSet)
    case addressesMacro(Macro)
    case byteRange(ByteRangeSet)
    case byteRangeMacro(Macro)
    case urlEncoding
    case utf8Encoding
    case sqlInjection
    case crossSiteScripting
    case always
    case never
    case geoLookup
    case blockList(Macro)
    case identifier(NumberVerification, Regex)
    /// `@inspectFile`; of a rule without targets, a script that stands for the whole condition.
    case program(RuleProgram)
    case xmlSchema(XMLSchema)
    /// The document type's text and file name.
    case xmlDTD([UInt8], String)
}

/// The operators that compare a value with a text.
enum TextComparison: Sendable {
    case beginsWith, contains, containsWord, endsWith, equals, within, strmatch
}
