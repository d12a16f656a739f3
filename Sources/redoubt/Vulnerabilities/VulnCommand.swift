// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation
import Storage
import VulnerabilityManagement

/// `redoubt vuln`: what scanners find, in one list that stays true.
struct VulnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vuln",
        abstract: "Take in the reports of scanners, and keep each weakness as one finding through all scans.",
        subcommands: [
            VulnParse.self, VulnImport.self, VulnList.self, VulnView.self, VulnShow.self, VulnExplain.self,
            VulnMatch.self, VulnComponents.self,
            VulnFeed.self, VulnExport.self, VulnTicket.self, VulnCommentMergeRequest.self, VulnTriage.self,
            VulnRules.self, VulnGate.self, VulnProject.self, VulnOwners.self, VulnFsck.self, VulnCorrelate.self,
            VulnAttacks.self, VulnRoutes.self, VulnPatch.self, VulnBench.self,
        ]
    )
}

/// Where the findings are.
struct FindingStoreOptions: ParsableArguments {
    @OptionGroup var place: DataOptions

    @Option(help: "The database, as sqlite:PATH; without it, vulnerabilities.sqlite of the data folder.")
    var database: String?

    var path: String {
        get throws {
            guard let database else { return place.folder + "/vulnerabilities.sqlite" }
            guard database.hasPrefix("sqlite:"), database.utf8.count > 7 else {
                throw CommandFailure.badInput("--database wants sqlite:PATH, not \(database)")
            }
            return String(database.dropFirst("sqlite:".count))
        }
    }

    /// Where acts on findings are recorded: the ledger of the data folder, or a folder of its own beside the database.
    var evidencePath: String {
        get throws {
            guard database != nil else { return place.folder + "/evidence" }
            return try path + ".evidence"
        }
    }

    static func make(_ folder: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw CommandFailure.couldNotRun("\(folder) cannot be made: \(error.localizedDescription)")
        }
    }

    /// The folder of the database, where what belongs to it is kept too.
    var folder: String {
        get throws {
            let folder = (try path as NSString).deletingLastPathComponent
            return folder.isEmpty ? "." : folder
        }
    }

    /// Opens the database.
    ///
    /// - Parameter isMade: whether it is made where there is none.
    func open(isMade: Bool) throws -> VulnerabilityStore {
        let path = try path
        if !FileManager.default.fileExists(atPath: path) {
            guard isMade else {
                throw CommandFailure.badInput("\(path) is not there", hint: "redoubt vuln import makes it")
            }
            let folder = (path as NSString).deletingLastPathComponent
            if !folder.isEmpty { try Self.make(folder) }
        }
        do {
            return try VulnerabilityStore(path: path)
        } catch {
            throw CommandFailure.couldNotRun("\(path) cannot be opened: \(error)")
        }
    }
}

/// Seconds since 1970 as commands write them: RFC 3339, UTC.
func rfc3339(seconds: Int) -> String {
    Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
}
