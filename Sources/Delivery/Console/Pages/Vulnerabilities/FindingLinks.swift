// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Foundation
internal import VulnerabilityManagement

/// The addresses of pages about findings.
enum FindingLinks {
    static let home = "/vulnerabilities"
    static let list = "/vulnerabilities/findings"

    static func finding(_ row: FindingRow) -> String { "\(list)/\(row.identifier)" }

    static func finding(_ id: Identifier) -> String { "\(list)/\(id)" }

    /// The list of what a filter finds.
    static func list(_ filter: String, sort: String? = nil) -> String {
        Address.path(list, [("filter", filter), ("sort", sort)])
    }

    static func known(_ vulnerability: String) -> String { "/vulnerabilities/known/\(Address.encode(vulnerability))" }

    static func scan(_ id: Int64) -> String { "/vulnerabilities/scans/\(id)" }

    static func scans(of project: String) -> String { Address.path("/vulnerabilities/scans", [("project", project)]) }

    static func dashboard(_ path: String, window: Int? = nil) -> String {
        Address.path(home, [("path", path), ("window", window.map { String($0) })])
    }
}

/// Puts filters together, in the language of ``FindingFilter``.
enum FilterText {
    /// A value as it stands behind a key: in quotes where it is more than a word.
    static func value(_ text: String) -> String {
        let isWord = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
        guard !isWord || text.isEmpty || text == "none" else { return text }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }

    /// All that is below a project or group; empty for everything.
    static func below(_ path: String) -> String { path.isEmpty ? "" : "project:\(value(path + "/**"))" }

    /// Terms of which all have to hold; empty ones are left out.
    static func all(_ terms: String...) -> String { terms.filter { !$0.isEmpty }.joined(separator: " ") }
}

/// Times of findings are seconds; those of pages nanoseconds.
extension Int {
    /// The last that there is for times beyond it.
    var nanoseconds: Int64 {
        let (product, isTooMuch) = Int64(self).multipliedReportingOverflow(by: 1_000_000_000)
        return isTooMuch ? (self < 0 ? .min : .max) : product
    }
}

/// Pieces that pages about findings share.
extension HTML {
    /// The severity of a finding, which tools may not know.
    static func severity(named name: String) -> HTML {
        if let severity = Severity(rawValue: name) { return .severity(severity) }
        return "<span class=\"badge calm\"><i aria-hidden=\"true\">?</i>\(name)</span>"
    }

    static func state(of row: FindingRow) -> HTML {
        switch row.stateName {
        case "dismissed": .badge("dismissed: \(words(row.reasonName ?? "no reason"))", "calm")
        case "resolved": .badge("resolved", "good")
        case _ where !row.isDetected: .badge("no longer detected", "good")
        case "confirmed": .badge("confirmed", "medium")
        default: .badge("needs triage", "low")
        }
    }

    static func decision(_ decision: FindingDecision) -> HTML {
        switch decision {
        case .threeDaysAndForensics, .threeDays: .badge(decision.name, "critical")
        case .fourteenDays: .badge(decision.name, "high")
        case .sixtyDays: .badge(decision.name, "medium")
        case .nextUpgrade, .bySeverity: .badge(decision.name, "calm")
        }
    }

    /// When it is due; nil where nothing is.
    static func due(_ row: FindingRow, now: Int64) -> HTML {
        guard let due = row.due, row.isOpen else { return "<span class=\"quiet\">–</span>" }
        let time = due.nanoseconds
        let text = ClockTime.relative(time, now: now)
        return time < now
            ? "<span class=\"badge critical\">overdue, due \(text)</span>"
            : "<time datetime=\"\(ClockTime(time))\" title=\"\(ClockTime(time))\">\(text)</time>"
    }

    /// Where a finding is, in one line.
    static func place(_ row: FindingRow) -> HTML {
        var pieces: [HTML] = []
        if let path = row.path {
            pieces.append("<code>\(path)\(row.line.map { ":\($0)" } ?? "")</code>")
        }
        if let component = row.component {
            pieces.append("<code>\(component)\(row.version.map { " \($0)" } ?? "")</code>")
        }
        return pieces.joined(" · ")
    }

    static func words(_ name: String) -> String { name.replacing("_", with: " ") }
}

/// Links of reports: only to the web, and telling nobody where they come from.
enum OutsideLink {
    /// A link where the text is an address of the web; else the text.
    static func html(_ url: String, _ text: String? = nil) -> HTML {
        html(url, around: HTML(text: text ?? url))
    }

    /// A link around what is shown, where the text is an address of the web; else what is shown.
    static func html(_ url: String, around shown: HTML) -> HTML {
        guard isSafe(url) else { return shown }
        return "<a href=\"\(url)\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">\(shown)</a>"
    }

    /// Whether a text is an address of the web, without a name or password in it.
    static func isSafe(_ url: String) -> Bool {
        guard url.utf8.count <= 2000, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased()
        else { return false }
        return ["http", "https"].contains(scheme) && parts.host?.isEmpty == false && parts.user == nil
    }
}
