// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The hash of the code around each line that CodeQL and SARIF tools call `primaryLocationLineHash`.
///
/// For each line it covers the first 100 UTF-16 units from the line's start that are neither blank nor tab, across line
/// ends; carriage returns count as line feeds, and a pair of both as one. It is a polynomial in 37 modulo 2^64. The text is
/// the hash in hexadecimal, a colon and the how many-th line with that hash it is. (The scheme of GitHub's
/// `codeql-action`, as documented for SARIF uploads; the vectors in the tests are of its documentation.)
package enum RollingHash {
    private static let window = 100
    private static let factor: UInt64 = 37

    /// The hashes of all lines of a file, the first line first. Linear in its length.
    package static func lines(_ source: [UInt8]) -> [String] {
        var run = Run()
        var decoder = UTF8()
        var bytes = source.makeIterator()
        decoding: while true {
            switch decoder.decode(&bytes) {
            case .scalarValue(let scalar):
                for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter { run.take(unit) }
            case .error: run.take(0xFFFD)
            case .emptyInput: break decoding
            }
        }
        return run.finish()
    }

    private struct Run {
        /// The units in the window, the line that starts at each or -1, and the hash of the window.
        private var units = [UInt16](repeating: 0, count: window)
        private var lineStarts = [Int](repeating: -1, count: window)
        private var hash: UInt64 = 0
        private var index = 0
        private var lineNumber = 0
        private var isLineStart = true
        private var lastWasReturn = false
        private var counts: [UInt64: Int] = [:]
        private var result: [String] = []
        private let removal: UInt64 = (0..<window).reduce(1) { power, _ in power &* factor }

        mutating func take(_ unit: UInt16) {
            // Blanks and tabs never count, and a line feed behind a return is part of it.
            if unit == 0x20 || unit == 0x09 || (lastWasReturn && unit == 0x0A) {
                lastWasReturn = false
                return
            }
            lastWasReturn = unit == 0x0D
            let unit = lastWasReturn ? 0x0A : unit
            output()
            if isLineStart {
                isLineStart = false
                lineNumber += 1
                lineStarts[index] = lineNumber
            }
            if unit == 0x0A { isLineStart = true }
            update(unit)
        }

        /// Names the line whose start leaves the window.
        private mutating func output() {
            guard lineStarts[index] != -1 else { return }
            let count = (counts[hash] ?? 0) + 1
            counts[hash] = count
            result.append("\(String(hash, radix: 16)):\(count)")
            lineStarts[index] = -1
        }

        private mutating func update(_ unit: UInt16) {
            let leaving = units[index]
            units[index] = unit
            hash = factor &* hash &+ UInt64(unit) &- removal &* UInt64(leaving)
            index = (index + 1) % window
        }

        /// Ends the file, which counts as a unit of its own, and fills the window with zeros.
        mutating func finish() -> [String] {
            take(0xFFFF)
            for _ in 0..<window {
                output()
                update(0)
            }
            return result
        }
    }
}
