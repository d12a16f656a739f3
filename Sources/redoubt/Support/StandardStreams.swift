// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Glibc

/// The program's output, written at once and byte for byte.
enum StandardOutput {
    static func write(_ bytes: [UInt8]) {
        Descriptor.write(bytes, to: STDOUT_FILENO)
    }

    static func write(_ text: String) {
        write(Array(text.utf8))
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// Messages, warnings and progress.
enum StandardError {
    static func write(_ text: String) {
        Descriptor.write(Array(text.utf8), to: STDERR_FILENO)
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

private enum Descriptor {
    /// Writes everything; a reader that is gone ends the program, quietly, as it does with every filter.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN {
                continue
            }
            guard count > 0 else {
                exit(ExitCodes.couldNotWrite)
            }
            offset += count
        }
    }

    private enum ExitCodes {
        static let couldNotWrite: Int32 = 3
    }
}

/// A line of progress on a terminal; nothing elsewhere.
struct ProgressLine {
    private let isShown = StandardError.isTerminal
    private var last = ContinuousClock.now

    /// Shows a text in place of the one before, a few times a second at most.
    mutating func show(_ text: @autoclosure () -> String) {
        guard isShown, ContinuousClock.now - last > .milliseconds(100) else {
            return
        }
        last = .now
        StandardError.write("\r\u{1B}[K\(text())")
    }

    /// Clears the line.
    func clear() {
        if isShown {
            StandardError.write("\r\u{1B}[K")
        }
    }
}
