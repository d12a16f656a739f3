// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The best pairing of two ordered lists of findings that keeps their order and changes its shift seldom.
///
/// Edits move runs of lines by the same number. So a pair is worth its fit, less something where it moved by another
/// number of lines than the pair before it; before the first pair nothing has moved. The best sum is found by dynamic
/// programming over all pairs that fit, forwards and backwards: the two together tell for each pair how much better the
/// best solution with it is than the best in which one of the two goes with another. Time and memory are the product of
/// the lengths.
struct FileAlignment {
    /// A pair of the best solution.
    struct Pair {
        var old: Int
        var new: Int
        /// How much the best solution loses where one of the two has another partner.
        var margin: Int32
        /// Whether it moved like the pair before or behind it, or not at all at the start of the file.
        var isSupported: Bool
    }

    /// One of the two findings of a cell, or the cell of the pair before.
    private struct Cell {
        var total: Int32
        var parent: Int32
    }

    private let oldLines: [Int32]
    private let newLines: [Int32]
    /// The fit of each pair, row by row; 0 where two do not fit.
    private let weights: [Int32]
    private let columns: Int

    /// - Parameters:
    ///   - oldLines: the lines of the known findings, ascending.
    ///   - newLines: the lines of the report's findings, ascending.
    ///   - weights: the fit of each pair, row by row, 0 for none.
    init(oldLines: [Int32], newLines: [Int32], weights: [Int32]) {
        self.oldLines = oldLines
        self.newLines = newLines
        self.weights = weights
        columns = newLines.count
    }

    /// The pairs of the best solution in order.
    func pairs() -> [Pair] {
        guard !oldLines.isEmpty, !newLines.isEmpty else { return [] }
        let forward = FileAlignment.solve(oldLines, newLines, weights, startsStill: true)
        var best = -1
        for cell in forward.indices where forward[cell].total > (best < 0 ? 0 : forward[best].total) {
            best = cell
        }
        guard best >= 0 else { return [] }
        let total = forward[best].total
        var pairs: [Pair] = []
        while best >= 0 {
            pairs.append(Pair(old: best / columns, new: best % columns, margin: 0, isSupported: false))
            best = Int(forward[best].parent)
        }
        pairs.reverse()
        addMargins(to: &pairs, forward, total)
        addSupport(to: &pairs)
        return pairs
    }

    private func addMargins(to pairs: inout [Pair], _ forward: [Cell], _ total: Int32) {
        let backward = FileAlignment.solve(
            oldLines.reversed().map { -$0 },
            newLines.reversed().map { -$0 },
            weights.reversed(),
            startsStill: false
        )
        let last = weights.count - 1
        func through(_ cell: Int) -> Int32 {
            weights[cell] > 0 ? forward[cell].total + backward[last - cell].total - weights[cell] : Int32.min / 2
        }
        for index in pairs.indices {
            let (old, new) = (pairs[index].old, pairs[index].new)
            var rival = Int32.min / 2
            for other in 0..<columns where other != new {
                rival = max(rival, through(old * columns + other))
            }
            for other in oldLines.indices where other != old {
                rival = max(rival, through(other * columns + new))
            }
            pairs[index].margin = total - rival
        }
    }

    private func addSupport(to pairs: inout [Pair]) {
        var before: Int32 = 0
        for index in pairs.indices {
            let shift = shift(of: pairs[index])
            let behind = index + 1 < pairs.count ? self.shift(of: pairs[index + 1]) : nil
            pairs[index].isSupported = shift == before || shift == behind
            before = shift
        }
    }

    private func shift(of pair: Pair) -> Int32 {
        newLines[pair.new] &- oldLines[pair.old]
    }

    /// The best total of a chain of pairs that ends with each cell.
    private static func solve(
        _ oldLines: [Int32],
        _ newLines: [Int32],
        _ weights: [Int32],
        startsStill: Bool
    ) -> [Cell] {
        let columns = newLines.count
        let penalty = PairFit.Weight.shiftChange
        var cells = [Cell](repeating: Cell(total: 0, parent: -1), count: weights.count)
        // The best cell in the rows so far, up to each column.
        var best = [Int32](repeating: -1, count: columns)
        var runs = ShiftRuns()
        for row in oldLines.indices {
            for column in 0..<columns {
                let cell = row * columns + column
                guard weights[cell] > 0 else { continue }
                let shift = newLines[column] &- oldLines[row]
                var total: Int32 = startsStill && shift != 0 ? -penalty : 0
                var parent: Int32 = -1
                if column > 0, best[column - 1] >= 0, cells[Int(best[column - 1])].total - penalty > total {
                    parent = best[column - 1]
                    total = cells[Int(parent)].total - penalty
                }
                if let run = runs.best(shift, row: row, column: column, columns: columns, line: oldLines[row]),
                    run.total > total
                {
                    total = run.total
                    parent = run.cell
                }
                cells[cell] = Cell(total: total + weights[cell], parent: parent)
            }
            addRow(row, oldLines[row], newLines, weights, cells, to: &best, &runs)
        }
        return cells
    }

    private static func addRow(
        _ row: Int,
        _ line: Int32,
        _ newLines: [Int32],
        _ weights: [Int32],
        _ cells: [Cell],
        to best: inout [Int32],
        _ runs: inout ShiftRuns
    ) {
        let columns = newLines.count
        var highest: Int32 = -1
        for column in 0..<columns {
            let cell = Int32(row * columns + column)
            if weights[Int(cell)] > 0 {
                runs.add(newLines[column] &- line, cell: cell, total: cells[Int(cell)].total, line: line)
                if highest < 0 || cells[Int(cell)].total > cells[Int(highest)].total { highest = cell }
            }
            if highest >= 0, best[column] < 0 || cells[Int(highest)].total > cells[Int(best[column])].total {
                best[column] = highest
            }
        }
    }
}

/// The best chain for each shift so far. Cells of one old line are kept apart until the next line, as two findings on
/// one line may want the same partner.
private struct ShiftRuns {
    private struct Run {
        var before: (cell: Int32, total: Int32)?
        var at: (cell: Int32, total: Int32)
        var line: Int32
    }

    private var runs: [Int32: Run] = [:]

    mutating func add(_ shift: Int32, cell: Int32, total: Int32, line: Int32) {
        guard var run = runs[shift] else {
            runs[shift] = Run(before: nil, at: (cell, total), line: line)
            return
        }
        if line > run.line {
            if run.before.map({ run.at.total > $0.total }) ?? true { run.before = run.at }
            run.at = (cell, total)
            run.line = line
        } else if total > run.at.total {
            run.at = (cell, total)
        }
        runs[shift] = run
    }

    /// The best chain with a shift that a cell may follow.
    func best(_ shift: Int32, row: Int, column: Int, columns: Int, line: Int32) -> (cell: Int32, total: Int32)? {
        guard let run = runs[shift] else { return nil }
        let isFree = run.line < line || Int(run.at.cell) % columns < column
        guard isFree else { return run.before }
        if let before = run.before, before.total >= run.at.total { return before }
        return run.at
    }
}
