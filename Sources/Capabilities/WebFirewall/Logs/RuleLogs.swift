// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import SecLang
internal import Synchronization

/// The logs that rules name: `SecAuditLog` with its kin, and `SecDebugLog`.
package final class RuleLogs: Sendable {
    /// nil where the rules name none, or a flag has named another.
    let audit: AuditTrail?
    /// nil where no transaction can write anything.
    let debug: LogFile?

    init(audit: AuditTrail?, debug: LogFile?) {
        self.audit = audit
        self.debug = debug
    }
}

/// Writes audit records as `SecAuditLogType` and `SecAuditLogFormat` say.
final class AuditTrail: Sendable {
    private let format: AuditSettings.Format
    private let files: [LogFile]
    private let folder: AuditFolder?

    /// - Parameters:
    ///   - files: what records are appended to; the index where there is a folder.
    ///   - folder: where each record gets a file of its own; nil for serial logs.
    init(format: AuditSettings.Format, files: [LogFile], folder: AuditFolder?) {
        self.format = format
        self.files = files
        self.folder = folder
    }

    /// Records that were lost because a file of their own could not be written.
    var droppedRecords: Int { folder?.droppedRecords ?? 0 }

    func write(_ transaction: borrowing Transaction, status: Int) {
        let content: [UInt8]
        switch format {
        case .json:
            content = transaction.auditRecord(status: status) + [UInt8(ascii: "\n")]
        case .native:
            let boundary = String(UInt64.random(in: 0x1_0000_0000...UInt64.max), radix: 16)
            content = transaction.nativeAuditRecord(status: status, boundary: Array(boundary.utf8))
        }
        guard let folder else {
            append(content)
            return
        }
        let path = transaction.auditFilePath
        if folder.write(content, to: path) {
            let name = "/" + path.joined(separator: "/")
            append(transaction.auditIndexLine(status: status, path: name, of: content) + [UInt8(ascii: "\n")])
        }
    }

    private func append(_ bytes: [UInt8]) {
        for file in files {
            file.write(bytes, lines: 1)
        }
    }
}

/// The folder of `SecAuditLogStorageDir`, in which each record has a file of its own.
///
/// Nothing is ever removed from it: that is the work of whoever collects the records.
final class AuditFolder: Sendable {
    private let path: String
    private let directoryMode: mode_t
    private let fileMode: mode_t
    private let dropped = Atomic<Int>(0)

    var droppedRecords: Int { dropped.load(ordering: .relaxed) }

    /// - Throws: ``LogFileError`` where the folder neither is there nor can be made.
    init(path: String, directoryMode: Int, fileMode: Int) throws(LogFileError) {
        self.path = path
        self.directoryMode = mode_t(directoryMode)
        self.fileMode = mode_t(fileMode)
        guard Self.makeFolder(path, mode: self.directoryMode) else {
            throw LogFileError(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Writes a new file; false where that was not possible.
    func write(_ content: [UInt8], to components: [String]) -> Bool {
        var place = path
        for component in components.dropLast() {
            place += "/" + component
            guard Self.makeFolder(place, mode: directoryMode) else {
                return fail()
            }
        }
        place += "/" + (components.last ?? "")
        // A file that is there already is somebody else's.
        let descriptor = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, fileMode)
        guard descriptor >= 0 else {
            return fail()
        }
        defer { close(descriptor) }
        // The umask is not meant to overrule what the rules say.
        fchmod(descriptor, fileMode)
        return LogFile.writeAll(content, to: descriptor) || fail()
    }

    private func fail() -> Bool {
        dropped.add(1, ordering: .relaxed)
        return false
    }

    private static func makeFolder(_ path: String, mode: mode_t) -> Bool {
        if mkdir(path, mode) == 0 {
            chmod(path, mode)
            return true
        }
        var status = stat()
        return errno == EEXIST && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
