// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc

extension RuleSetStore {
    /// What became of an installation.
    package struct Installation: Sendable {
        package var ruleSet: InstalledRuleSet
        /// What was checked, and what could not be, one line each.
        package var checks: [String]
        /// Whether the same release had been there and was replaced.
        package var replaced: Bool
    }

    /// Installs a release from an archive on this machine.
    ///
    /// - Parameters:
    ///   - archive: a `.tar.gz`, `.tgz` or `.zip` file as the project publishes them.
    ///   - verification: what the archive must agree with.
    /// - Returns: the release and what was checked.
    /// - Throws: ``RuleSetStoreError``; nothing is changed then.
    package func install(
        archive: String,
        verification: ArchiveVerification
    ) throws(RuleSetStoreError) -> Installation {
        guard FileManager.default.isReadableFile(atPath: archive) else {
            throw RuleSetStoreError(.badArchive, "\(archive) cannot be read")
        }
        // Tools get an absolute path, so that none takes a name for an option.
        let archive = URL(fileURLWithPath: archive).path
        let checks = try verification.verify(archive)
        try makeFolder(releases)
        let incoming = root + "/.incoming-\(UUID().uuidString)"
        try makeFolder(incoming)
        defer { try? FileManager.default.removeItem(atPath: incoming) }
        try ArchiveExtractor.extract(archive, into: incoming)
        let prepared = try prepare(incoming)
        let (ruleSet, replaced) = try publish(prepared.folder, version: prepared.version)
        return Installation(ruleSet: ruleSet, checks: checks, replaced: replaced)
    }

    /// Finds the release inside of the extracted files and gives it a set-up file.
    private func prepare(_ folder: String) throws(RuleSetStoreError) -> (folder: String, version: RuleSetVersion) {
        guard let release = findRelease(in: folder) else {
            throw RuleSetStoreError(
                .badArchive,
                "the archive holds no Core Rule Set: rules/REQUEST-901-INITIALIZATION.conf is missing"
            )
        }
        guard let version = InstalledRuleSet.version(ofRules: release + "/rules") else {
            throw RuleSetStoreError(.badArchive, "the archive's rules do not tell their version (OWASP_CRS/x.y.z)")
        }
        let setup = release + "/crs-setup.conf"
        let example = setup + ".example"
        if !FileManager.default.fileExists(atPath: setup) {
            do {
                try FileManager.default.copyItem(atPath: example, toPath: setup)
            } catch {
                throw RuleSetStoreError(.badArchive, "the archive holds no crs-setup.conf.example")
            }
        }
        return (release, version)
    }

    /// The folder with `rules` in it: the archive's root, or a folder in it.
    private func findRelease(in folder: String) -> String? {
        let marker = "/rules/REQUEST-901-INITIALIZATION.conf"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let candidates = [folder] + names.sorted().map { "\(folder)/\($0)" }
        return candidates.first { FileManager.default.fileExists(atPath: $0 + marker) }
    }

    /// Moves a prepared release to its place; a release of the same version is moved out of the way first.
    private func publish(
        _ folder: String,
        version: RuleSetVersion
    ) throws(RuleSetStoreError) -> (ruleSet: InstalledRuleSet, replaced: Bool) {
        let place = releases + "/\(version)"
        let old = root + "/.old-\(UUID().uuidString)"
        let replaced = rename(place, old) == 0
        guard rename(folder, place) == 0 else {
            let message = "\(place): \(String(cString: strerror(errno)))"
            if replaced {
                rename(old, place)
            }
            throw RuleSetStoreError(.fileSystem, message, hint: Self.dataHint)
        }
        if replaced {
            try? FileManager.default.removeItem(atPath: old)
        }
        guard let ruleSet = release(version) else {
            throw RuleSetStoreError(.fileSystem, "\(place) cannot be read after it was written")
        }
        return (ruleSet, replaced)
    }
}
