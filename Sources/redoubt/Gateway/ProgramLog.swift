// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc
import Logging

/// Writes the program's own log to standard error: `2026-01-31T12:00:00Z notice: reloaded rules=619`.
struct ProgramLogHandler: LogHandler {
    var logLevel: Logger.Level = .notice
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata.merging(event.metadata ?? [:]) { $1 }
        all["error"] = event.error.map { "\($0)" } ?? all["error"]
        let fields = all.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
        Self.write("\(Self.timestamp) \(event.level): \(Self.escaped("\(event.message)"))\(fields)\n")
    }

    /// A logger for the whole program.
    ///
    /// - Parameter level: what is less than that is left out.
    static func makeLogger(level: Logger.Level = .notice) -> Logger {
        var logger = Logger(label: "redoubt") { _ in ProgramLogHandler() }
        logger.logLevel = level
        return logger
    }

    private static var timestamp: String {
        Date().formatted(.iso8601)
    }

    /// Values may hold what a client sent; no byte of it may look like a line of ours.
    private static func quoted(_ text: String) -> String {
        let plain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3D }
        return plain ? text : "\"\(escaped(text).replacing("\"", with: "\\\""))\""
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.value < 0x20 || scalar.value == 0x7F {
                result.append("\\x")
                result.append(contentsOf: String(scalar.value + 0x100, radix: 16).suffix(2))
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }

    /// One write per line, so that lines of several threads do not mix. Where standard error is gone there is nobody
    /// to tell; the gateway goes on.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count <= 0 {
                guard errno == EINTR else {
                    return
                }
                continue
            }
            offset += count
        }
    }
}
