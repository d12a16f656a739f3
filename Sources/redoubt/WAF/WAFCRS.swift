// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import WebFirewall

/// `redoubt waf crs`: releases of the OWASP Core Rule Set.
struct WAFCRS: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crs",
        abstract: "Install releases of the OWASP Core Rule Set side by side and choose one.",
        discussion: "Without a choice, the newest installed release is in force, else the system's package.",
        subcommands: [WAFCRSList.self, WAFCRSInstall.self, WAFCRSUse.self]
    )
}

/// The option that says where releases are kept.
struct StoreOptions: ParsableArguments {
    @Option(help: "The data folder (default: \(RuleSetStore.defaultDataDirectory)).")
    var data: String?

    var store: RuleSetStore {
        RuleSetStore(data: data ?? RuleSetStore.defaultDataDirectory)
    }

    /// Does something with the store and turns its errors into the command's.
    func with<Result>(_ body: (RuleSetStore) throws -> Result) throws -> Result {
        do {
            return try body(store)
        } catch let error as RuleSetStoreError {
            throw error.commandFailure
        }
    }
}

extension RuleSetStoreError {
    var commandFailure: CommandFailure {
        switch code {
        case .badArchive, .verificationFailed, .notInstalled: .badInput(message, hint: hint)
        case .noRuleSet, .downloadFailed, .fileSystem, .missingTool: .couldNotRun(message, hint: hint)
        }
    }
}

/// `redoubt waf crs list`
struct WAFCRSList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the releases that are there.")

    @OptionGroup var options: StoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let store = options.store
        let current = try? store.current()
        let releases = store.installed() + store.fromElsewhere()
        switch output.format {
        case .text:
            var table = TextTable(["", "VERSION", "ORIGIN", "RULES"])
            for release in releases {
                let mark = release == current ? "*" : ""
                table.add([mark, "\(release.version)", release.origin.rawValue, release.rulesDirectory])
            }
            StandardOutput.write(table.isEmpty ? "" : table.text)
            if releases.isEmpty {
                try options.with { _ = try $0.current() }
            }
        case .json, .ndjson:
            var json = JSONWriter()
            let isArray = output.format == .json
            isArray ? json.beginArray() : ()
            for release in releases {
                write(release, isCurrent: release == current, to: &json)
                isArray ? () : json.endLine()
            }
            if isArray {
                json.endArray()
                json.endLine()
            }
            StandardOutput.write(json.bytes)
        }
    }

    private func write(_ release: InstalledRuleSet, isCurrent: Bool, to json: inout JSONWriter) {
        json.beginObject()
        for (name, value) in [
            ("version", "\(release.version)"), ("origin", release.origin.rawValue), ("setup", release.setupFile),
            ("rules", release.rulesDirectory),
        ] {
            json.key(name)
            json.string(value)
        }
        json.key("current")
        json.bool(isCurrent)
        json.endObject()
    }
}

/// `redoubt waf crs install`
struct WAFCRSInstall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install a release from a file or an address.",
        discussion: """
            The archive is compared with --sha256 or with a .sha256 file beside it, and its signature (.asc beside \
            it, or --signature) is checked where gpg is installed. What disagrees is not installed.
            """
    )

    @Argument(help: "A .tar.gz or .zip archive, or its https:// address.")
    var source: String

    @OptionGroup var options: StoreOptions

    @Option(help: "The archive's SHA-256 in hexadecimal.")
    var sha256: String?

    @Option(help: "A detached signature of the archive.")
    var signature: String?

    @Option(help: "The fingerprint of the key that must have signed.")
    var key: String = ArchiveVerification.releaseKey

    @Flag(help: "Make the release the one in force.")
    var use = false

    func run() async throws {
        let isDownload = RuleSetDownload.isURL(source)
        var archive = source
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-\(UUID().uuidString)").path
        defer {
            // Only the downloaded copy lies there.
            try? FileManager.default.removeItem(atPath: folder)
        }
        if isDownload {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            do {
                archive = try await RuleSetDownload.fetch(source, into: folder)
            } catch let error as RuleSetStoreError {
                throw error.commandFailure
            }
        }
        let verification = ArchiveVerification(
            sha256: sha256,
            signature: signature,
            key: key,
            allowsUnverified: !source.hasPrefix("http://")
        )
        let path = archive
        let installation = try options.with { try $0.install(archive: path, verification: verification) }
        for check in installation.checks {
            StandardError.write("  \(check)\n")
        }
        let version = installation.ruleSet.version
        StandardOutput.write(
            "\(installation.replaced ? "replaced" : "installed") \(version) in \(installation.ruleSet.rulesDirectory)\n"
        )
        if use {
            _ = try options.with { try $0.use(version) }
            StandardOutput.write("\(version) is in force\n")
        }
    }
}

/// `redoubt waf crs use`
struct WAFCRSUse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use",
        abstract: "Choose the release in force, at once."
    )

    @Argument(help: "A version, such as 4.25.1.")
    var version: String

    @OptionGroup var options: StoreOptions

    func run() throws {
        guard let version = RuleSetVersion(version) else {
            throw CommandFailure.badInput("\(version) is no version such as 4.25.1")
        }
        let ruleSet = try options.with { try $0.use(version) }
        StandardOutput.write("\(ruleSet.version) is in force (\(ruleSet.rulesDirectory))\n")
    }
}
