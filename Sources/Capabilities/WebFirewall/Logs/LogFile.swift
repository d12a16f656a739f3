// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import Synchronization

/// Why a log cannot be written.
package struct LogFileError: Error, Sendable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package var description: String { "\(path): \(reason)" }
}

/// A file that lines are appended to, renamed to `.1`, `.2` … when it has grown.
///
/// Each batch of lines is one write of a descriptor opened for appending, so lines of several threads never mix.
/// Files are made with mode 0640 unless told otherwise: they hold parts of requests. What is no plain file, such as
/// `/dev/stdout`, is never renamed.
final class LogFile: Sendable {
    private struct State {
        var descriptor: Int32
        var size: Int
        var isPlainFile: Bool
    }

    /// How files are made and kept.
    struct Options: Sendable {
        var rotateAtBytes: Int
        var keepRotated: Int
        var mode: mode_t = 0o640
        /// Told where a file cannot be opened anew; standard error by default.
        var report: @Sendable (_ message: String) -> Void = { LogFile.complain($0) }
    }

    let path: String
    private let options: Options
    private let state: Mutex<State>
    private let dropped = Atomic<Int>(0)
    private let failures = Atomic<Int>(0)

    init(path: String, options: Options) throws(LogFileError) {
        self.path = path
        self.options = options
        state = Mutex(try Self.open(path, mode: options.mode))
    }

    deinit {
        state.withLock { _ = close($0.descriptor) }
    }

    /// Lines that could not be written.
    var droppedLines: Int { dropped.load(ordering: .relaxed) }

    /// How often the path could not be opened anew; lines went on to the file that was open then.
    var failedReopens: Int { failures.load(ordering: .relaxed) }

    /// Appends bytes that end in a line feed.
    func write(_ bytes: [UInt8], lines: Int) {
        state.withLock { state in
            if state.size > 0, state.size + bytes.count > options.rotateAtBytes, state.isPlainFile {
                rotate(&state)
            }
            guard Self.writeAll(bytes, to: state.descriptor) else {
                dropped.add(lines, ordering: .relaxed)
                return
            }
            state.size += bytes.count
        }
    }

    /// Opens the path anew, after another program has renamed the file.
    func reopen() {
        state.withLock { replace(&$0) }
    }

    private func rotate(_ state: inout State) {
        let keepRotated = options.keepRotated
        if keepRotated > 0 {
            for number in stride(from: keepRotated - 1, to: 0, by: -1) {
                rename("\(path).\(number)", "\(path).\(number + 1)")
            }
            rename(path, "\(path).1")
        } else {
            unlink(path)
        }
        replace(&state)
    }

    /// Where the path cannot be opened, lines go on to the file that is open, and somebody is told.
    private func replace(_ state: inout State) {
        do {
            let opened = try Self.open(path, mode: options.mode)
            close(state.descriptor)
            state = opened
        } catch {
            failures.add(1, ordering: .relaxed)
            options.report("the log cannot be opened anew, lines go on to the file that is open: \(error)")
            // The next attempt comes after as many bytes again: one per line would push the kept files out.
            state.size = 0
        }
    }

    private static func open(_ path: String, mode: mode_t) throws(LogFileError) -> State {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, mode)
        guard descriptor >= 0 else {
            throw LogFileError(path: path, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            return State(descriptor: descriptor, size: 0, isPlainFile: false)
        }
        let isPlainFile = status.st_mode & S_IFMT == S_IFREG
        return State(descriptor: descriptor, size: isPlainFile ? Int(status.st_size) : 0, isPlainFile: isPlainFile)
    }

    /// One line on standard error.
    static func complain(_ message: String) {
        // Where standard error is gone there is nobody left to tell.
        _ = writeAll(Array("redoubt: \(message)\n".utf8), to: STDERR_FILENO)
    }

    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                guard let start = buffer.baseAddress else {
                    return true
                }
                let count = Glibc.write(descriptor, start + offset, buffer.count - offset)
                if count > 0 {
                    offset += count
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
