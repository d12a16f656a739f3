// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import Synchronization

/// Where the web firewall writes what it saw: the error log in ModSecurity's form, the audit log as JSON lines.
package final class FirewallLogs: Sendable {
    private let errorLog: LogFile?
    private let auditLog: LogFile?
    private let echoesErrors: Bool
    private let lost = Atomic<Int>(0)

    /// - Parameters:
    ///   - errorLog: the error log's path; nil for standard error.
    ///   - auditLog: the audit log's path; nil for none.
    ///   - echoesErrors: whether error-log lines also go to standard error.
    ///   - rotateAtBytes: the size at which a file is renamed and begun anew.
    ///   - keepRotated: how many renamed files are kept.
    /// - Throws: ``LogFileError`` when a file cannot be opened.
    package init(
        errorLog: String?,
        auditLog: String?,
        echoesErrors: Bool = false,
        rotateAtBytes: Int = 100 << 20,
        keepRotated: Int = 5
    ) throws(LogFileError) {
        func open(_ path: String) throws(LogFileError) -> LogFile {
            try LogFile(path: path, rotateAtBytes: rotateAtBytes, keepRotated: keepRotated)
        }
        self.errorLog = if let errorLog { try open(errorLog) } else { nil }
        self.auditLog = if let auditLog { try open(auditLog) } else { nil }
        self.echoesErrors = echoesErrors || errorLog == nil
    }

    /// Whether audit records go anywhere.
    var keepsAuditRecords: Bool { auditLog != nil }

    /// Lines that were lost because a file could not be written.
    package var droppedLines: Int {
        (errorLog?.droppedLines ?? 0) + (auditLog?.droppedLines ?? 0) + lost.load(ordering: .relaxed)
    }

    /// Opens the files anew, after another program has renamed them.
    package func reopen() {
        errorLog?.reopen()
        auditLog?.reopen()
    }

    /// Writes the error-log lines of one exchange.
    func writeErrors(_ lines: [[UInt8]]) {
        guard !lines.isEmpty else {
            return
        }
        let bytes = lines.flatMap { $0 + [UInt8(ascii: "\n")] }
        errorLog?.write(bytes, lines: lines.count)
        if echoesErrors, !LogFile.writeAll(bytes, to: STDERR_FILENO) {
            lost.add(lines.count, ordering: .relaxed)
        }
    }

    /// Writes the audit record of one exchange.
    func writeAudit(_ record: [UInt8]) {
        auditLog?.write(record + [UInt8(ascii: "\n")], lines: 1)
    }
}
