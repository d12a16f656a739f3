// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Counts over time as stacked bars, drawn as SVG, with the figures in a table behind it.
struct BarChart {
    struct Series {
        var name: String
        /// A class of the style sheet, such as `f-high`.
        var fill: String
        /// A value for each time; not negative.
        var values: [Int]
    }

    var title: String
    /// What the bars count, in a sentence for those who do not see it.
    var meaning: String
    /// The beginning of each bar's time, in nanoseconds since 1970, evenly spaced.
    var times: [Int64]
    /// From the bottom up.
    var series: [Series]
    var height = 150
    /// Whether values are what is there at a time, rather than what came: then sums over time mean nothing.
    var isLevel = false

    /// The most bars that are drawn; more are put together.
    static let maximumBars = 400
    private static let width = 900
    private static let left = 44
    private static let bottom = 20

    var html: HTML {
        let chart = condensed
        let total = chart.series.reduce(0) { $0 + $1.values.reduce(0, +) }
        return Templates.shared.render(
            "chart",
            ["legend": chart.legend.markup, "picture": chart.picture(total).markup, "table": chart.table.markup]
        )
    }

    /// The same with no more bars than there may be.
    private var condensed: BarChart {
        let step = (times.count + Self.maximumBars - 1) / Self.maximumBars
        guard step > 1 else { return self }
        var chart = self
        chart.times = stride(from: 0, to: times.count, by: step).map { times[$0] }
        chart.series = series.map { series in
            var series = series
            let values = series.values
            series.values = stride(from: 0, to: values.count, by: step).map { start in
                let part = values[start..<min(start + step, values.count)]
                return isLevel ? part.last ?? 0 : part.reduce(0, +)
            }
            return series
        }
        return chart
    }

    private var legend: HTML {
        guard series.count > 1 else { return .empty }
        let items = series.reversed().map { series -> HTML in
            """
            <li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="\(series.fill)" width="10" height="10"/></svg>\
            \(series.name) \(Count.grouped(isLevel ? series.values.last ?? 0 : series.values.reduce(0, +)))</li>
            """
        }
        return "<ul class=\"legend\">\(items.joined())</ul>"
    }

    private var maximum: Int {
        (0..<times.count).map { bar in series.reduce(0) { $0 + (bar < $1.values.count ? $1.values[bar] : 0) } }
            .max() ?? 0
    }

    private func picture(_ total: Int) -> HTML {
        let top = Self.niceMaximum(maximum)
        let last = series.reduce(0) { $0 + ($1.values.last ?? 0) }
        let sum = isLevel ? "Now \(Count.grouped(last))" : "Together \(Count.grouped(total))"
        let description = "\(meaning) \(sum); the highest bar is \(Count.grouped(maximum))."
        return """
            <svg class="chart" viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(title)">\
            <title>\(title)</title><desc>\(description)</desc>\(axis(top))\(bars(top))</svg>
            """
    }

    private func axis(_ top: Int) -> HTML {
        let base = height - Self.bottom
        var lines = HTML.empty
        for part in 0...2 {
            let y = base - (base - 10) * part / 2
            lines += """
                <line class="axis" x1="\(Self.left)" x2="\(Self.width)" y1="\(y)" y2="\(y)"/>\
                <text x="\(Self.left - 6)" y="\(y + 4)" text-anchor="end">\(Count.short(top * part / 2))</text>
                """
        }
        let isDays = (times.last ?? 0) - (times.first ?? 0) > 172_800_000_000_000
        let count = min(6, times.count)
        for mark in 0..<count {
            let index = times.count * mark / count
            let clock = ClockTime(times[index])
            let x = Self.left + (Self.width - Self.left) * index / times.count
            lines += "<text x=\"\(x)\" y=\"\(height - 4)\">\(isDays ? clock.shortDate : clock.hourAndMinute)</text>"
        }
        return lines
    }

    private func bars(_ top: Int) -> HTML {
        let base = height - Self.bottom
        let room = Double(Self.width - Self.left)
        let pitch = room / Double(max(1, times.count))
        let gap = pitch > 6 ? 2.0 : pitch > 3 ? 1.0 : 0
        var drawn = HTML.empty
        for bar in times.indices {
            var y = Double(base)
            for series in series where bar < series.values.count && series.values[bar] > 0 {
                let size = max(1, Double(series.values[bar]) * Double(base - 10) / Double(max(1, top)))
                y -= size
                let x = Double(Self.left) + pitch * Double(bar)
                drawn += """
                    <rect class="\(series.fill)" x="\(Self.text(x))" y="\(Self.text(y))" \
                    width="\(Self.text(max(1, pitch - gap)))" height="\(Self.text(size))"/>
                    """
            }
        }
        return drawn
    }

    private var table: HTML {
        let columns = [Table.Column("Time")] + series.map { Table.Column.number($0.name) }
        let rows = times.indices.compactMap { bar -> [HTML]? in
            let values = series.map { bar < $0.values.count ? $0.values[bar] : 0 }
            guard values.contains(where: { $0 > 0 }) else { return nil }
            let clock = ClockTime(times[bar])
            let time = isLevel ? clock.date : "\(clock.shortDate) \(clock.hourAndMinute)"
            return [HTML(text: time)]
                + values.map { HTML(text: Count.grouped($0)) }
        }
        return Table(title + ", times with nothing left out", showsCaption: true, columns, rows).html
    }

    /// One decimal, as SVG takes it.
    private static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(abs(tenths) % 10)"
    }

    /// The next of 2, 4, 10, 20, 40, ... so that the middle is a whole number.
    static func niceMaximum(_ value: Int) -> Int {
        var size = 1
        while size < 1_000_000_000_000 {
            for step in [2, 4, 10] where size * step >= value { return size * step }
            size *= 10
        }
        return value
    }
}

extension Count {
    /// In few characters, for axes: `1.2k`.
    static func short(_ number: Int) -> String {
        switch number {
        case ..<1000: return String(number)
        case ..<1_000_000: return tenths(number, 1000) + "k"
        default: return tenths(number, 1_000_000) + "M"
        }
    }

    private static func tenths(_ number: Int, _ unit: Int) -> String {
        let tenths = number * 10 / unit
        return tenths % 10 == 0 || tenths >= 100 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }
}

/// A line of a few values in the size of a word.
enum Sparkline {
    static func html(_ values: [Int], meaning: String) -> HTML {
        guard values.count > 1, let top = values.max(), top > 0 else { return .empty }
        let points = values.prefix(100).enumerated().map { index, value in
            "\(index * 96 / (min(100, values.count) - 1) + 2),\(22 - value * 20 / top)"
        }
        return """
            <svg viewBox="0 0 100 24" width="100" height="24" role="img" aria-label="\(meaning)">\
            <title>\(meaning)</title><polyline class="spark" points="\(points.joined(separator: " "))"/></svg>
            """
    }

    /// A share as a bar beside its number.
    static func share(_ part: Int, of whole: Int, fill: String = "f-accent") -> HTML {
        let width = whole > 0 ? min(100, max(part > 0 ? 1 : 0, part * 100 / whole)) : 0
        return """
            <svg viewBox="0 0 100 8" width="100" height="8" aria-hidden="true">\
            <rect class="f-info" width="100" height="8" opacity=".25"/>\
            <rect class="\(fill)" width="\(width)" height="8"/></svg>
            """
    }
}
