// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The modifiers of Sigma 2.1 (appendix "Sigma Modifiers").
enum Modifier: String, CaseIterable {
    case contains, startswith, endswith, all, exists, cased, neq, windash, re, i, m, s
    case base64, base64offset, wide, utf16le, utf16be, utf16
    case lt, lte, gt, gte, cidr, expand, fieldref
    case minute, hour, day, week, month, year

    var timePart: TimePart? { TimePart(rawValue: rawValue) }

    var comparison: Comparison? {
        switch self {
        case .lt, .lte, .gt, .gte: Comparison(rawValue: rawValue)
        default: nil
        }
    }
}

/// The name of a member of a detection: a field with modifiers.
struct FieldName {
    /// Nil for keywords.
    var field: String?
    var modifiers: [Modifier]

    init(_ name: YAMLValue) throws(SigmaDiagnostic) {
        let parts = (name.text ?? "").split(separator: "|", omittingEmptySubsequences: false)
        field = parts.first.flatMap { $0.isEmpty ? nil : String($0) }
        modifiers = []
        for part in parts.dropFirst() {
            guard let modifier = Modifier(rawValue: String(part)) else {
                throw name.error(.modifier, "\"\(YAMLValue.quotable(String(part)))\" is no modifier of Sigma 2.1")
            }
            modifiers.append(modifier)
        }
    }

    /// Modifiers that are not about single values.
    var isAll: Bool { modifiers.contains(.all) }
    var isNegated: Bool { modifiers.contains(.neq) }
    var isCased: Bool { modifiers.contains(.cased) }
}
