// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What all matches of a rule have in common, and how log lines tell it: made once for each rule, as a request that is an
/// attack has a dozen lines.
final class RuleOrigin: Sendable {
    let location: SourceLocation
    let rev: [UInt8]
    let ver: [UInt8]
    let maturity: Int
    let accuracy: Int
    /// The tags, where they hold no macros.
    let literalTags: [[UInt8]]?
    /// `[file "…"] [line "…"] [id "…"] [rev "…"] `
    let lineStart: [UInt8]
    /// `[ver "…"] [maturity "…"] [accuracy "…"] `, and the tags where they hold no macros.
    let lineEnd: [UInt8]

    init(
        rule: Int,
        location: SourceLocation,
        rev: [UInt8] = [],
        ver: [UInt8] = [],
        maturity: Int = 0,
        accuracy: Int = 0,
        literalTags: [[UInt8]]? = nil
    ) {
        self.location = location
        self.rev = rev
        self.ver = ver
        self.maturity = maturity
        self.accuracy = accuracy
        self.literalTags = literalTags
        var start: [UInt8] = []
        LogText.append(field: "file", Array(location.file.utf8), to: &start)
        LogText.append(field: "line", location.line, to: &start)
        LogText.append(field: "id", rule, to: &start)
        LogText.append(field: "rev", rev, to: &start)
        lineStart = start
        var end: [UInt8] = []
        LogText.append(field: "ver", ver, to: &end)
        LogText.append(field: "maturity", maturity, to: &end)
        LogText.append(field: "accuracy", accuracy, to: &end)
        for tag in literalTags ?? [] {
            LogText.append(field: "tag", tag, to: &end)
        }
        lineEnd = end
    }
}
