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
/// Files are made with mode 0640: they hold parts of requests.
final class LogFile: Sendable {
    private struct State {
        var descriptor: Int32
        var size: Int
    }

    private let path: String
    private let rotateAtBytes: Int
    private let keepRotated: Int
    private let state: Mutex<State>
    private let dropped = Atomic<Int>(0)

    init(path: String, rotateAtBytes: Int, keepRotated: Int) throws(LogFileError) {
        self.path = path
        self.rotateAtBytes = rotateAtBytes
        self.keepRotated = keepRotated
        state = Mutex(try Self.open(path))
    }

    deinit {
        state.withLock { _ = close($0.descriptor) }
    }

    /// Lines that could not be written.
    var droppedLines: Int { dropped.load(ordering: .relaxed) }

    /// Appends bytes that end in a line feed.
    func write(_ bytes: [UInt8], lines: Int) {
        state.withLock { state in
            if state.size > 0, state.size + bytes.count > rotateAtBytes {
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
        state.withLock { Self.replace(&$0, at: path) }
    }

    private func rotate(_ state: inout State) {
        if keepRotated > 0 {
            for number in stride(from: keepRotated - 1, to: 0, by: -1) {
                rename("\(path).\(number)", "\(path).\(number + 1)")
            }
            rename(path, "\(path).1")
        } else {
            unlink(path)
        }
        Self.replace(&state, at: path)
    }

    /// Where the path cannot be opened, lines go on to the file that is open.
    private static func replace(_ state: inout State, at path: String) {
        guard let opened = try? open(path) else {
            return
        }
        close(state.descriptor)
        state = opened
    }

    private static func open(_ path: String) throws(LogFileError) -> State {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw LogFileError(path: path, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        let size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        return State(descriptor: descriptor, size: size)
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
