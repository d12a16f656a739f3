// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc

/// What went wrong with releases of rule sets, with what to do about it.
package struct RuleSetStoreError: Error, CustomStringConvertible {
    package enum Code: String, Sendable {
        case noRuleSet, notInstalled, badArchive, verificationFailed, downloadFailed, fileSystem, missingTool
    }

    package var code: Code
    package var message: String
    /// The next step, as a sentence or a command.
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String {
        hint.map { "\(message)\n\($0)" } ?? message
    }
}

/// The releases of the Core Rule Set below a data folder, side by side:
///
/// ```
/// DATA/crs/releases/4.25.1/crs-setup.conf
/// DATA/crs/releases/4.25.1/rules/*.conf
/// DATA/crs/current -> releases/4.25.1
/// ```
///
/// A release appears with one rename and becomes the current one with another, so that whoever reads at the same
/// time sees either the old state or the new one. Nothing here needs the network but a download that is asked for.
package struct RuleSetStore: Sendable {
    /// The data folder, without a trailing slash.
    package let data: String
    /// The file system's root, below which the system's own package is looked for.
    private let systemRoot: String
    /// Where the release lies that came with the program.
    private let bundle: String

    /// - Parameters:
    ///   - data: the data folder; it need not exist.
    ///   - systemRoot: other than `/` in tests.
    ///   - bundle: the folder of the release that came with the program; by default beside it, in `../share/redoubt/crs`.
    package init(data: String, systemRoot: String = "/", bundle: String = Self.bundleDirectory) {
        self.data = data.count > 1 && data.hasSuffix("/") ? String(data.dropLast()) : data
        self.systemRoot = systemRoot
        self.bundle = bundle
    }

    /// `PREFIX/share/redoubt/crs` of a program `PREFIX/bin/redoubt`.
    package static var bundleDirectory: String {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let prefix = ((program as NSString).deletingLastPathComponent as NSString).deletingLastPathComponent
        return prefix + "/share/redoubt/crs"
    }

    /// Where data is kept when nothing else is said: `/var/lib/redoubt` for root, else `$XDG_DATA_HOME/redoubt`
    /// (`~/.local/share/redoubt`).
    package static func defaultDataDirectory(environment: [String: String], isRoot: Bool) -> String {
        if isRoot {
            return "/var/lib/redoubt"
        }
        if let home = environment["XDG_DATA_HOME"], home.hasPrefix("/") {
            return home + "/redoubt"
        }
        return (environment["HOME"] ?? NSHomeDirectory()) + "/.local/share/redoubt"
    }

    /// The same for this process.
    package static var defaultDataDirectory: String {
        defaultDataDirectory(environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0)
    }

    var root: String { data + "/crs" }
    var releases: String { root + "/releases" }
    private var currentLink: String { root + "/current" }

    /// The releases installed here, newest first.
    package func installed() -> [InstalledRuleSet] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: releases)) ?? []
        return names.compactMap { RuleSetVersion($0) }.sorted(by: >).compactMap { release($0) }
    }

    /// A release installed here; nil where it is not, or is not complete.
    package func release(_ version: RuleSetVersion) -> InstalledRuleSet? {
        guard var release = InstalledRuleSet.release(in: releases + "/\(version)", origin: .installed) else {
            return nil
        }
        // As the folder says, which is what it was chosen by.
        release.version = version
        return release
    }

    /// The system's own package, where it is installed.
    package func system() -> InstalledRuleSet? {
        InstalledRuleSet.system(root: systemRoot)
    }

    /// The release chosen with ``use(_:)``; nil where none was.
    package func chosen() -> InstalledRuleSet? {
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: currentLink) else {
            return nil
        }
        let name = (target as NSString).lastPathComponent
        if target == "system" { return system() }
        if target == "bundled" { return bundled() }
        return RuleSetVersion(name).flatMap { release($0) }
    }

    /// The release that came with the program, where one did.
    package func bundled() -> InstalledRuleSet? {
        InstalledRuleSet.release(in: bundle, origin: .bundled)
    }

    /// The releases that are not below the data folder.
    package func fromElsewhere() -> [InstalledRuleSet] {
        [system(), bundled()].compactMap { $0 }
    }

    /// The rule set in force: the chosen release, else the newest installed, else the system's package, else the one that
    /// came with the program.
    ///
    /// - Throws: ``RuleSetStoreError`` with the commands that install one, where there is none.
    package func current() throws(RuleSetStoreError) -> InstalledRuleSet {
        if let ruleSet = chosen() ?? installed().first ?? fromElsewhere().first {
            return ruleSet
        }
        throw RuleSetStoreError(
            .noRuleSet,
            "no release of the OWASP Core Rule Set is installed",
            hint: "install one with \"apt-get install modsecurity-crs\", or with "
                + "\"redoubt waf crs install FILE_OR_URL\" from https://github.com/coreruleset/coreruleset/releases"
        )
    }

    /// Makes a release the one in force, at once and for all who look from now on.
    ///
    /// The system's package and what came with the program can be chosen too, by their version.
    package func use(_ version: RuleSetVersion) throws(RuleSetStoreError) -> InstalledRuleSet {
        let target: String
        let ruleSet: InstalledRuleSet
        if let release = release(version) {
            target = "releases/\(version)"
            ruleSet = release
        } else if let other = fromElsewhere().first(where: { $0.version == version }) {
            target = other.origin.rawValue
            ruleSet = other
        } else {
            let known = (installed() + fromElsewhere()).map { "\($0.version)" }
            throw RuleSetStoreError(
                .notInstalled,
                "release \(version) is not installed",
                hint: known.isEmpty
                    ? "install it with \"redoubt waf crs install FILE_OR_URL\""
                    : "installed: \(known.joined(separator: ", "))"
            )
        }
        try makeFolder(root)
        let temporary = root + "/.current-\(UUID().uuidString)"
        guard symlink(target, temporary) == 0, rename(temporary, currentLink) == 0 else {
            let message = "\(currentLink): \(String(cString: strerror(errno)))"
            unlink(temporary)
            throw RuleSetStoreError(.fileSystem, message, hint: Self.dataHint)
        }
        return ruleSet
    }

    func makeFolder(_ path: String) throws(RuleSetStoreError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw RuleSetStoreError(.fileSystem, "\(path) cannot be created: \(error)", hint: Self.dataHint)
        }
    }

    static let dataHint = "choose another data folder with --data DIR"
}

/// The rule set that `redoubt up` and the offline tools run without `--rules`.
///
/// - Parameter data: the data folder; nil for the default one.
/// - Returns: the chosen release, else the newest installed, else the system's package, else the bundled one.
/// - Throws: ``RuleSetStoreError`` with the commands that install one.
package func defaultRuleSet(data: String? = nil) throws -> InstalledRuleSet {
    try RuleSetStore(data: data ?? RuleSetStore.defaultDataDirectory).current()
}
