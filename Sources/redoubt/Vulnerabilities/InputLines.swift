// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Glibc
import WebFirewall

/// The lines of standard input, each answered by itself.
enum InputLines {
    /// The longest line that is read, in bytes.
    private static let longest = 16 << 20

    /// Hands each line to the body and writes what it answers, a line each.
    ///
    /// - Parameter tooLong: the answer to a line that is longer than any that makes sense.
    /// - Throws: ``CommandFailure`` where the input cannot be read.
    static func answer(tooLong: String, _ body: ([UInt8]) -> String) throws {
        var reader = LineReader(descriptor: STDIN_FILENO, maximumLength: longest)
        var output: [UInt8] = []
        let waits = isatty(STDIN_FILENO) == 1
        do {
            while let item = try reader.next() {
                switch item {
                case .line(let line): output.append(contentsOf: body(line).utf8)
                case .tooLong: output.append(contentsOf: tooLong.utf8)
                }
                output.append(UInt8(ascii: "\n"))
                if waits || output.count > 64 << 10 {
                    StandardOutput.write(output)
                    output.removeAll(keepingCapacity: true)
                }
            }
        } catch {
            StandardOutput.write(output)
            throw CommandFailure.badInput("standard input cannot be read: \(error)")
        }
        StandardOutput.write(output)
    }
}
