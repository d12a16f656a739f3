// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How deep YAML is nested. Its parser calls itself for each level, so this is looked at before; what passes stays far
/// below what a stack can take.
enum YAMLNesting {
    /// The line, from 1 on, at which a text is nested deeper than files for people are; nil for a sound text.
    static func tooDeep(in text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if let line = lines.firstIndex(where: isTooDeep) { return line + 1 }
        return hasDeepBrackets(text) ? 1 : nil
    }

    private static func isTooDeep(_ line: Substring) -> Bool {
        line.utf8.prefix { " -?:\t".utf8.contains($0) }.count { $0 != 0x20 } > 32
    }

    private static func hasDeepBrackets(_ text: String) -> Bool {
        var depth = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
                depth += 1
                if depth > 64 { return true }
            } else if depth > 0, byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") {
                depth -= 1
            }
        }
        return false
    }
}
