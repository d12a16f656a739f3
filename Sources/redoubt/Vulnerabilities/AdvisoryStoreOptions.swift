// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation
import Storage
import VulnerabilityManagement

/// Where advisories and findings are.
struct AdvisoryStoreOptions: ParsableArguments {
    @OptionGroup var findings: FindingStoreOptions

    @Option(
        help: ArgumentHelp(
            "The database of advisories, as sqlite:PATH; without it, beside that of the findings.",
            discussion: "findings.sqlite has findings.advisories.sqlite; the data folder has advisories.sqlite."
        )
    )
    var advisories: String?

    var path: String {
        get throws {
            guard let advisories else {
                guard findings.database != nil else { return findings.place.folder + "/advisories.sqlite" }
                let path = try findings.path as NSString
                let suffix = path.pathExtension
                let bare = path.deletingPathExtension
                return suffix.isEmpty ? bare + ".advisories" : "\(bare).advisories.\(suffix)"
            }
            guard advisories.hasPrefix("sqlite:"), advisories.utf8.count > 7 else {
                throw CommandFailure.badInput("--advisories wants sqlite:PATH, not \(advisories)")
            }
            return String(advisories.dropFirst("sqlite:".count))
        }
    }

    /// Opens the database.
    ///
    /// - Parameter isMade: whether it is made where there is none.
    func open(isMade: Bool) throws -> AdvisoryStore {
        let path = try path
        if !FileManager.default.fileExists(atPath: path) {
            guard isMade else {
                throw CommandFailure.badInput("\(path) is not there", hint: "redoubt vuln feed import makes it")
            }
            let folder = (path as NSString).deletingLastPathComponent
            if !folder.isEmpty { try FindingStoreOptions.make(folder) }
        }
        do {
            return try AdvisoryStore(path: path)
        } catch {
            throw CommandFailure.couldNotRun("\(path) cannot be opened: \(error)")
        }
    }

    /// Opens the database where there is one.
    func openIfThere() throws -> AdvisoryStore? {
        FileManager.default.fileExists(atPath: try path) ? try open(isMade: false) : nil
    }

    /// Opens the database of findings where there is one.
    func findingsIfThere() throws -> VulnerabilityStore? {
        FileManager.default.fileExists(atPath: try findings.path) ? try findings.open(isMade: false) : nil
    }
}

extension String {
    /// Without characters that a terminal might take for commands.
    var shownSafely: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                    return isControl ? "?" : scalar
                }
            )
        )
    }
}
