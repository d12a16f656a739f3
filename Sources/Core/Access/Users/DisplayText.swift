// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// Texts that people type to be read by others: names of users and tokens.
///
/// Refused are characters that cannot be seen or that change how the rest is shown: control and format characters (so also
/// those that change the direction of writing), line separators, private and unassigned ones, and long runs of marks.
/// Joiners stay, as some scripts need them inside of words.
package enum DisplayText {
    /// A text without spaces around it, composed (NFC).
    ///
    /// - Throws: ``AccessError/Code/invalid`` that names the field.
    static func checked(_ text: String, field: String, maximumBytes: Int) throws(AccessError) -> String {
        // Before anything is done with it, so that a huge text costs nothing.
        guard text.utf8.count <= maximumBytes else {
            throw AccessError(.invalid, "\(field): at most \(maximumBytes) bytes, found \(text.utf8.count)")
        }
        let composed = text.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces)
        guard !composed.isEmpty else { throw AccessError(.invalid, "\(field): a text is missing") }
        var marks = 0
        for scalar in composed.unicodeScalars {
            marks = isMark(scalar) ? marks + 1 : 0
            guard isShown(scalar), marks <= 4 else {
                let code = String(scalar.value, radix: 16, uppercase: true)
                throw AccessError(.invalid, "\(field): the character U+\(code) is not accepted here")
            }
        }
        guard composed.utf8.count <= maximumBytes else {
            throw AccessError(.invalid, "\(field): at most \(maximumBytes) bytes")
        }
        return composed
    }

    /// A text from elsewhere, as much of it as fits, with U+FFFD for what is not shown.
    package static func cleaned(_ text: String, maximumBytes: Int) -> String {
        var cleaned = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            let shown = isShown(scalar) ? scalar : "\u{FFFD}"
            count += UTF8.width(shown)
            if count > maximumBytes { break }
            cleaned.append(shown)
        }
        return String(cleaned)
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: false
        }
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value >= 0x20 }
        // The joiners, without which some languages cannot be written.
        if scalar.value == 0x200C || scalar.value == 0x200D { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
        default: return !scalar.properties.isDefaultIgnorableCodePoint && scalar.value != 0x2800
        }
    }
}
