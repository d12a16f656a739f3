// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
package import SecLang

extension FirewallLogs {
    /// Opens the logs that rules name.
    ///
    /// A path that is open already, for other rules or for those before a reload, is shared: two writers of one file
    /// would rename it under each other. An audit log that was named by a flag wins over the one of the rules.
    ///
    /// - Returns: nil where there is nothing to open.
    /// - Throws: ``LogFileError`` when a file or folder cannot be opened.
    package func open(for rules: RuleSet) throws(LogFileError) -> RuleLogs? {
        let settings = rules.settings
        var audit: AuditTrail?
        if !keepsAuditRecords, settings.audit.engine != .off || rules.changesAuditEngine {
            audit = try openAudit(settings.audit)
        }
        var debug: LogFile?
        if let path = settings.debugLogFile, settings.debugLogLevel > 0 || rules.changesDebugLogLevel {
            debug = try shared(path, mode: 0o640)
        }
        return audit == nil && debug == nil ? nil : RuleLogs(audit: audit, debug: debug)
    }

    private func openAudit(_ settings: AuditSettings) throws(LogFileError) -> AuditTrail? {
        guard settings.kind != .https else {
            return nil
        }
        var files: [LogFile] = []
        if let path = settings.file {
            files.append(try shared(path, mode: mode_t(settings.fileMode)))
        }
        guard settings.kind == .concurrent else {
            return files.isEmpty ? nil : AuditTrail(format: settings.format, files: files, folder: nil)
        }
        guard let directory = settings.storageDirectory else {
            return nil
        }
        if let path = settings.secondFile {
            files.append(try shared(path, mode: mode_t(settings.fileMode)))
        }
        let folder = try AuditFolder(
            path: directory,
            directoryMode: settings.directoryMode,
            fileMode: settings.fileMode
        )
        let trail = AuditTrail(format: settings.format, files: files, folder: folder)
        keep(trail)
        return trail
    }
}
