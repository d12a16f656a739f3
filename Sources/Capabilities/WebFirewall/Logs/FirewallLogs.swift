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
    private let refusals = Mutex(RefusalLimiter())
    private let now: @Sendable () -> UInt64
    private let rotateAtBytes: Int
    private let keepRotated: Int
    private let opened = Mutex(OpenedLogs())

    /// What rules have opened and still use.
    private struct OpenedLogs {
        struct Weak<Object: AnyObject> {
            weak var object: Object?
        }

        var files: [String: Weak<LogFile>] = [:]
        var trails: [Weak<AuditTrail>] = []
    }

    /// - Parameters:
    ///   - errorLog: the error log's path; nil for standard error.
    ///   - auditLog: the audit log's path; nil for none.
    ///   - echoesErrors: whether error-log lines also go to standard error.
    ///   - rotateAtBytes: the size at which a file is renamed and begun anew.
    ///   - keepRotated: how many renamed files are kept.
    ///   - now: the time in nanoseconds since 1970; another than the system's in tests.
    /// - Throws: ``LogFileError`` when a file cannot be opened.
    package init(
        errorLog: String?,
        auditLog: String?,
        echoesErrors: Bool = false,
        rotateAtBytes: Int = 100 << 20,
        keepRotated: Int = 5,
        now: (@Sendable () -> UInt64)? = nil
    ) throws(LogFileError) {
        let options = LogFile.Options(rotateAtBytes: rotateAtBytes, keepRotated: keepRotated)
        self.errorLog = if let errorLog { try LogFile(path: errorLog, options: options) } else { nil }
        self.auditLog = if let auditLog { try LogFile(path: auditLog, options: options) } else { nil }
        self.echoesErrors = echoesErrors || errorLog == nil
        self.now = now ?? { SystemClock.nanoseconds }
        self.rotateAtBytes = rotateAtBytes
        self.keepRotated = keepRotated
    }

    deinit {
        flush()
    }

    /// The file of a path, opened where it is not open yet.
    func shared(_ path: String, mode: mode_t) throws(LogFileError) -> LogFile {
        if let file = files.first(where: { $0.path == path }) {
            return file
        }
        var options = LogFile.Options(rotateAtBytes: rotateAtBytes, keepRotated: keepRotated)
        options.mode = mode
        let file = try LogFile(path: path, options: options)
        opened.withLock { opened in
            opened.files = opened.files.filter { $0.value.object != nil }
            opened.files[path] = OpenedLogs.Weak(object: file)
        }
        return file
    }

    /// Counts what is lost of records that have files of their own.
    func keep(_ trail: AuditTrail) {
        opened.withLock { opened in
            opened.trails.removeAll { $0.object == nil }
            opened.trails.append(OpenedLogs.Weak(object: trail))
        }
    }

    /// Whether audit records go anywhere.
    var keepsAuditRecords: Bool { auditLog != nil }

    /// Lines that were lost because a file could not be written.
    package var droppedLines: Int {
        let records = opened.withLock { $0.trails.compactMap(\.object) }.reduce(0) { $0 + $1.droppedRecords }
        return files.reduce(lost.load(ordering: .relaxed) + records) { $0 + $1.droppedLines }
    }

    /// How often a file could not be opened anew; its lines went on to the file that was open.
    package var failedReopens: Int { files.reduce(0) { $0 + $1.failedReopens } }

    private var files: [LogFile] {
        [errorLog, auditLog].compactMap { $0 } + opened.withLock { $0.files.values.compactMap(\.object) }
    }

    /// Opens the files anew, after another program has renamed them.
    package func reopen() {
        flush()
        for file in files {
            file.reopen()
        }
    }

    /// Writes what was only counted so far.
    package func flush() {
        if let summary = refusals.withLock({ $0.takeSummary() }) {
            append([summary])
        }
    }

    /// Counts a request that the gateway refused; false where the logs have had enough of them for this second.
    func admitsRefusal(_ reason: String) -> Bool {
        let time = now()
        let (summary, isAdmitted) = refusals.withLock { limiter in
            // The second before is summed up before a new one begins.
            (limiter.summary(now: time), limiter.admits(reason, now: time))
        }
        if let summary {
            append([summary])
        }
        return isAdmitted
    }

    /// Writes the error-log lines of one exchange.
    func writeErrors(_ lines: [[UInt8]]) {
        guard !lines.isEmpty else {
            return
        }
        let time = now()
        let summary = refusals.withLock { $0.summary(now: time) }
        append((summary.map { [$0] } ?? []) + lines)
    }

    /// Writes a line that belongs to no exchange.
    package func report(_ line: String) {
        writeErrors([Array(line.utf8)])
    }

    private func append(_ lines: [[UInt8]]) {
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
