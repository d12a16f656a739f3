// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What came in and what went out over time, as bars above and below a line, with the figures in a table behind it.
struct FlowChart {
    struct Bar {
        /// What the bar stands for, such as a day.
        var label: String
        /// From the line outwards, in the order of the names.
        var above: [Int]
        var below: [Int]
    }

    typealias Part = (name: String, fill: String)

    var title: String
    var above: [Part]
    var below: [Part]
    var bars: [Bar]
    var height = 270

    private static let width = 900
    private static let left = 44
    private static let bottom = 18

    var html: HTML {
        Templates.shared.render(
            "chart",
            ["legend": legend.markup, "picture": picture.markup, "table": table.markup]
        )
    }

    private func total(_ values: (Bar) -> Int) -> Int { bars.reduce(0) { $0 + values($1) } }

    private var legend: HTML {
        let items = above.indices.map { ($0, above[$0], true) } + below.indices.map { ($0, below[$0], false) }
        let list = items.map { index, part, isAbove -> HTML in
            let count = total { isAbove ? $0.above[index] : $0.below[index] }
            return """
                <li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="\(part.fill)" width="10" height="10"/></svg>\
                \(part.name) \(Count.grouped(count))</li>
                """
        }
        return "<ul class=\"legend\">\(list.joined())</ul>"
    }

    private var picture: HTML {
        let most = bars.map { max($0.above.reduce(0, +), $0.below.reduce(0, +)) }.max() ?? 0
        let top = BarChart.niceMaximum(max(1, most))
        let middle = (height - Self.bottom) / 2
        let room = Double(middle - 8)
        let pitch = Double(Self.width - Self.left) / Double(max(1, bars.count))
        var drawn = HTML.empty
        for (place, bar) in bars.enumerated() {
            let x = Double(Self.left) + pitch * Double(place)
            let width = max(1, pitch - (pitch > 6 ? 2 : pitch > 3 ? 1 : 0))
            for (values, parts, isAbove) in [(bar.above, above, true), (bar.below, below, false)] {
                var y = Double(middle)
                for (value, part) in zip(values, parts) where value > 0 {
                    let size = max(1, Double(value) * room / Double(top))
                    if isAbove { y -= size }
                    drawn += """
                        <rect class="\(part.fill)" x="\(Self.text(x))" y="\(Self.text(y))" width="\(Self.text(width))" \
                        height="\(Self.text(size))"/>
                        """
                    if !isAbove { y += size }
                }
            }
        }
        let (into, out) = (total { $0.above.reduce(0, +) }, total { $0.below.reduce(0, +) })
        return """
            <svg class="chart" viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(title)">\
            <title>\(title)</title><desc>Together \(Count.grouped(into)) in and \(Count.grouped(out)) out.</desc>\
            \(axis(top, middle))\(drawn)</svg>
            """
    }

    private func axis(_ top: Int, _ middle: Int) -> HTML {
        var lines = HTML.empty
        for (y, value) in [(8, top), (middle, 0), (2 * middle - 8, top)] {
            lines += """
                <line class="axis" x1="\(Self.left)" x2="\(Self.width)" y1="\(y)" y2="\(y)"/>\
                <text x="\(Self.left - 6)" y="\(y + 4)" text-anchor="end">\(Count.short(value))</text>
                """
        }
        let marks = min(6, bars.count)
        for mark in 0..<marks {
            let index = bars.count * mark / marks
            let x = Self.left + (Self.width - Self.left) * index / bars.count
            lines += "<text x=\"\(x)\" y=\"\(height - 4)\">\(bars[index].label)</text>"
        }
        return lines
    }

    private var table: HTML {
        let columns = [Table.Column("Day")] + (above + below).map { Table.Column.number($0.name) }
        let rows = bars.compactMap { bar -> [HTML]? in
            let values = bar.above + bar.below
            guard values.contains(where: { $0 > 0 }) else { return nil }
            return [HTML(text: bar.label)] + values.map { HTML(text: Count.grouped($0)) }
        }
        return Table(title + ", days with nothing left out", showsCaption: true, columns, rows).html
    }

    /// One decimal, as SVG takes it.
    private static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(abs(tenths) % 10)"
    }
}
