// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Foundation
internal import Policy

/// Small pieces that stand within lines and cells.
extension HTML {
    /// A severity, by word, sign and colour.
    static func severity(_ severity: Severity) -> HTML {
        let sign =
            switch severity {
            case .critical: "\u{25A0}"
            case .high: "\u{25B2}"
            case .medium: "\u{25C6}"
            case .low: "\u{25CF}"
            case .info: "\u{25CB}"
            }
        return
            "<span class=\"badge \(severity.rawValue)\"><i aria-hidden=\"true\">\(sign)</i>\(severity.rawValue)</span>"
    }

    /// What became of an activity: what was done has a full border, what would have been done a dashed one.
    static func disposition(_ disposition: Disposition) -> HTML {
        let (text, style) =
            switch disposition {
            case .allowed: ("allowed", "calm")
            case .excepted: ("let pass by exception", "calm")
            case .blocked: ("blocked", "acted")
            case .limited: ("limited", "acted")
            case .masked: ("masked", "acted")
            case .killed: ("killed", "acted")
            case .wouldBlock: ("would block", "would")
            case .wouldLimit: ("would limit", "would")
            case .wouldMask: ("would mask", "would")
            case .wouldKill: ("would kill", "would")
            case .changed: ("changed", "calm")
            }
        return "<span class=\"badge \(style)\">\(text)</span>"
    }

    static func mode(_ mode: Mode, canary: Int? = nil) -> HTML {
        switch mode {
        case .enforce: badge(canary.map { "enforce for \($0)%" } ?? "enforce", "good")
        case .observe: badge("observe", "low")
        case .off: badge("off", "high")
        }
    }

    static func badge(_ text: String, _ style: String = "") -> HTML {
        "<span class=\"badge \(style)\">\(text)</span>"
    }

    static func link(_ text: String, _ href: String) -> HTML {
        "<a href=\"\(href)\">\(text)</a>"
    }

    static func code(_ text: String) -> HTML {
        "<code>\(text)</code>"
    }

    /// An entity, with a link to all that is known of it.
    static func entity(_ entity: Entity) -> HTML {
        let text = entity.kind == .address || entity.kind == .network ? entity.key : entity.description
        return "<a class=\"mono\" href=\"\(Address.entity(entity))\">\(text)</a>"
    }

    static func button(_ text: String, _ href: String) -> HTML {
        "<a class=\"button plain\" href=\"\(href)\">\(text)</a>"
    }

    /// A time in UTC with how long ago it was.
    ///
    /// - Parameters:
    ///   - time: nanoseconds since 1970.
    ///   - now: nanoseconds since 1970.
    static func time(_ time: Int64, now: Int64) -> HTML {
        let clock = ClockTime(time)
        let text = ClockTime(now).date == clock.date ? clock.timeOfDay : clock.shortDate + " " + clock.timeOfDay
        return """
            <time datetime="\(clock.description)" title="\(clock.description)" data-relative>\(text) \
            <small>\(ClockTime.relative(time, now: now))</small></time>
            """
    }

    /// Only how long ago it was, for narrow places.
    static func age(_ time: Int64, now: Int64) -> HTML {
        let clock = ClockTime(time)
        return """
            <time datetime="\(clock.description)" title="\(clock.description)" data-relative>\
            <small>\(ClockTime.relative(time, now: now))</small></time>
            """
    }
}

/// A time as pages and the API write it.
struct ClockTime: CustomStringConvertible {
    private let parts: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, milli: Int)

    /// - Parameter time: nanoseconds since 1970.
    init(_ time: Int64) {
        let millis = Int(time.quotientAndRemainder(dividingBy: 1_000_000).quotient)
        let seconds = millis >= 0 ? millis / 1000 : (millis - 999) / 1000
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        // Days to a date by the method of proleptic eras of 400 years (146,097 days), each beginning on 1 March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        parts = (
            year, month, ofYear - (153 * shiftedMonth + 2) / 5 + 1, rest / 3600, rest / 60 % 60, rest % 60,
            millis - seconds * 1000
        )
    }

    /// RFC 3339 with milliseconds.
    var description: String { "\(date)T\(timeOfDay).\(Self.pad(parts.milli, 3))Z" }
    var date: String { "\(Self.pad(parts.year, 4))-\(Self.pad(parts.month, 2))-\(Self.pad(parts.day, 2))" }
    var timeOfDay: String {
        "\(Self.pad(parts.hour, 2)):\(Self.pad(parts.minute, 2)):\(Self.pad(parts.second, 2))"
    }
    var shortDate: String { "\(parts.day) \(Self.months[(parts.month - 1) % 12])" }
    var hourAndMinute: String { "\(Self.pad(parts.hour, 2)):\(Self.pad(parts.minute, 2))" }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func pad(_ number: Int, _ width: Int) -> String {
        let text = String(abs(number))
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// Reads RFC 3339; nil for what is none.
    static func nanoseconds(_ text: String) -> Int64? {
        guard text.utf8.count <= 40 else { return nil }
        let withFraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = (try? withFraction.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text)) else {
            return nil
        }
        let seconds = date.timeIntervalSince1970
        guard abs(seconds) < 9_000_000_000 else { return nil }
        return Int64((seconds * 1000).rounded()) * 1_000_000
    }

    /// How long ago, or until when, in one unit: `5 min ago`, `in 2 h`.
    static func relative(_ time: Int64, now: Int64) -> String {
        let seconds = (now / 1_000_000_000) - (time / 1_000_000_000)
        let size = abs(seconds)
        let text =
            switch size {
            case ..<60: "\(size) s"
            case ..<3600: "\(size / 60) min"
            case ..<86_400: "\(size / 3600) h"
            default: "\(size / 86_400) d"
            }
        return seconds < 0 ? "in \(text)" : "\(text) ago"
    }
}

/// Numbers as people read them.
enum Count {
    /// With a thin space between thousands: `12 345`.
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(abs(number)))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append("\u{2009}") }
            text.append(digit)
        }
        return number < 0 ? "\u{2212}" + text : text
    }

    /// `1 incident`, `2 incidents`.
    static func of(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    static func bytes(_ number: Int) -> String {
        let units = ["B", "KB", "MB", "GB", "TB"]
        var value = Double(number)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return unit == 0 || tenths >= 1000
            ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    static func percent(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return "0%" }
        let tenths = Int((Double(part) * 1000 / Double(whole)).rounded())
        return tenths == 0 && part > 0 ? "<0.1%" : "\(tenths / 10).\(tenths % 10)%"
    }
}
