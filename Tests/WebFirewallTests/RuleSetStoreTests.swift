// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import WebFirewall

/// A folder of its own for one test, removed at its end.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        let folder = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Writes the files of a release below a folder of that name.
    func writeRelease(_ version: String, in folder: String) throws {
        try write(
            "SecComponentSignature \"OWASP_CRS/\(version)\"\n",
            to: "\(folder)/rules/REQUEST-901-INITIALIZATION.conf"
        )
        try write("# set-up\n", to: "\(folder)/crs-setup.conf.example")
    }

    /// Packs a folder with the system's tar.
    func pack(_ folder: String, options: [String] = []) throws -> String {
        let archive = "\(path)/\(folder).tar.gz"
        let result = try SystemTool.run("tar", options + ["-czf", archive, "-C", path, folder], outputLimit: 1 << 20)
        #expect(result.status == 0, "\(result.errorText)")
        return archive
    }
}

struct RuleSetVersionTests {
    @Test(arguments: ["3.3.4", "v4.25.1", "4.0.0-rc2"])
    func `reads versions`(text: String) {
        #expect(RuleSetVersion(text)?.description == text.replacing("v", with: ""))
    }

    @Test(arguments: [
        "", "4", "4.1", "4.1.x", "4.1.2.3", "../../etc", "4.0.0-", "4.0.0-a/b", "4.0.0-..", "1.2.-3", "9999999.0.0",
    ])
    func `refuses what is none`(text: String) {
        #expect(RuleSetVersion(text) == nil)
    }

    @Test func `orders by number, pre-releases first`() throws {
        let texts = ["4.10.0", "3.3.4", "4.9.2", "4.0.0-rc1", "4.0.0", "3.3.10"]
        let sorted = texts.compactMap { RuleSetVersion($0) }.sorted().map { "\($0)" }
        #expect(sorted == ["3.3.4", "3.3.10", "4.0.0-rc1", "4.0.0", "4.9.2", "4.10.0"])
    }
}

struct RuleSetStoreTests {
    private let folder: TemporaryFolder
    private let store: RuleSetStore

    init() throws {
        folder = try TemporaryFolder()
        store = RuleSetStore(data: folder.path + "/data", systemRoot: folder.path + "/root")
    }

    private func archive(_ version: String) throws -> String {
        try folder.writeRelease(version, in: "coreruleset-\(version)")
        return try folder.pack("coreruleset-\(version)")
    }

    private func install(
        _ archive: String,
        _ verification: ArchiveVerification = ArchiveVerification()
    ) throws
        -> RuleSetStore.Installation
    {
        try store.install(archive: archive, verification: verification)
    }

    @Test func `names the commands that install a rule set`() {
        let error = #expect(throws: RuleSetStoreError.self) { try store.current() }
        #expect(error?.code == .noRuleSet)
        #expect(error?.hint?.contains("apt-get install modsecurity-crs") == true)
        #expect(error?.hint?.contains("redoubt waf crs install") == true)
    }

    @Test func `keeps releases side by side and takes the newest`() throws {
        let first = try install(archive("4.9.0"))
        #expect(!first.replaced)
        #expect(first.checks.first?.hasPrefix("sha256 ") == true)
        _ = try install(archive("4.10.0"))
        _ = try install(archive("3.3.4"))
        #expect(store.installed().map { "\($0.version)" } == ["4.10.0", "4.9.0", "3.3.4"])
        let current = try store.current()
        #expect("\(current.version)" == "4.10.0")
        #expect(FileManager.default.fileExists(atPath: current.setupFile))
        #expect(current.directives(between: "X").hasPrefix("Include \(current.setupFile)\nX\nInclude "))
        #expect(try install(archive("4.9.0")).replaced)
        let left = try FileManager.default.contentsOfDirectory(atPath: store.root).sorted()
        #expect(left == ["releases"])
    }

    @Test func `switches with one link`() throws {
        _ = try install(archive("4.9.0"))
        _ = try install(archive("4.10.0"))
        #expect("\(try store.use(#require(RuleSetVersion("4.9.0"))).version)" == "4.9.0")
        #expect("\(try store.current().version)" == "4.9.0")
        let error = #expect(throws: RuleSetStoreError.self) { try store.use(#require(RuleSetVersion("9.9.9"))) }
        #expect(error?.hint == "installed: 4.10.0, 4.9.0")
        #expect("\(try store.current().version)" == "4.9.0")
    }

    @Test func `what came with the program is used last, and can be chosen`() throws {
        try folder.write(
            "SecComponentSignature \"OWASP_CRS/4.1.0\"",
            to: "share/redoubt/crs/rules/REQUEST-901-INITIALIZATION.conf"
        )
        try folder.write("", to: "share/redoubt/crs/crs-setup.conf")
        let store = RuleSetStore(
            data: folder.path + "/data",
            systemRoot: folder.path + "/root",
            bundle: folder.path + "/share/redoubt/crs"
        )
        #expect(try store.current().origin == .bundled)
        #expect(try store.current().setupFile == folder.path + "/share/redoubt/crs/crs-setup.conf")
        _ = try store.install(archive: archive("4.0.0"), verification: ArchiveVerification())
        #expect(try store.current().origin == .installed)
        #expect(try store.use(#require(RuleSetVersion("4.1.0"))).origin == .bundled)
        #expect(try store.current().origin == .bundled)
    }

    @Test func `falls back to the system's package, which can be chosen too`() throws {
        try folder.write(
            "SecComponentSignature \"OWASP_CRS/3.3.4\"",
            to: "root/usr/share/modsecurity-crs/rules/REQUEST-901-INITIALIZATION.conf"
        )
        try folder.write("", to: "root/etc/modsecurity/crs/crs-setup.conf")
        try folder.write("", to: "root/etc/modsecurity/crs/REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf")
        let system = try store.current()
        #expect(system.origin == .system)
        #expect(system.exclusionsBefore.count == 1)
        #expect(system.exclusionsAfter.isEmpty)
        #expect(system.directives().split(separator: "\n").count == 3)
        _ = try install(archive("4.9.0"))
        #expect(try store.current().origin == .installed)
        #expect(try store.use(system.version).origin == .system)
        #expect(try store.current().origin == .system)
    }

    @Test func `compares checksums`() throws {
        let path = try archive("4.9.0")
        let sum = String(repeating: "0", count: 64)
        let error = #expect(throws: RuleSetStoreError.self) { try install(path, ArchiveVerification(sha256: sum)) }
        #expect(error?.code == .verificationFailed)
        #expect(store.installed().isEmpty)
        #expect(throws: RuleSetStoreError.self) { try install(path, ArchiveVerification(sha256: "abc")) }
        let result = try SystemTool.run("sha256sum", [path], outputLimit: 1_000)
        try folder.write(String(decoding: result.output, as: UTF8.self), to: "coreruleset-4.9.0.tar.gz.sha256")
        #expect(try install(path, ArchiveVerification(allowsUnverified: false)).checks[0].hasSuffix(": agrees"))
        try folder.write(sum + "  x", to: "coreruleset-4.9.0.tar.gz.sha256")
        #expect(throws: RuleSetStoreError.self) { try install(path) }
    }

    @Test func `wants some proof where told so, and no bad signature`() throws {
        let path = try archive("4.9.0")
        let error = #expect(throws: RuleSetStoreError.self) {
            try install(path, ArchiveVerification(allowsUnverified: false))
        }
        #expect(error?.code == .verificationFailed)
        guard SystemTool.path(of: "gpg") != nil else {
            return
        }
        try folder.write("nonsense", to: "coreruleset-4.9.0.tar.gz.asc")
        #expect(throws: RuleSetStoreError.self) { try install(path) }
        #expect(store.installed().isEmpty)
    }

    @Test func `refuses archives with links`() throws {
        try folder.writeRelease("4.9.0", in: "evil")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/evil/rules/x.conf",
            withDestinationPath: "/etc/passwd"
        )
        let error = #expect(throws: RuleSetStoreError.self) { try install(folder.pack("evil")) }
        #expect(error?.message.contains("link") == true)
        #expect(store.installed().isEmpty)
    }

    @Test func `refuses members that lead out of the folder`() throws {
        try folder.writeRelease("4.9.0", in: "evil")
        try folder.write("x", to: "outside.conf")
        let archive = folder.path + "/evil.tar.gz"
        let result = try SystemTool.run(
            "tar",
            [
                "-czf", archive, "--absolute-names", "-C", folder.path, "evil", "--transform",
                "s,^outside,../../../escaped,", "outside.conf",
            ],
            outputLimit: 1 << 20
        )
        #expect(result.status == 0)
        #expect(throws: RuleSetStoreError.self) { try install(archive) }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/escaped.conf"))
        #expect(store.installed().isEmpty)
    }

    @Test func `refuses archives that hold something else, or nothing`() throws {
        try folder.write("x", to: "other/readme")
        #expect(throws: RuleSetStoreError.self) { try install(folder.pack("other")) }
        let text = try folder.write("no archive", to: "x.tar.gz")
        #expect(throws: RuleSetStoreError.self) { try install(text) }
        #expect(throws: RuleSetStoreError.self) { try install(folder.path + "/missing.tar.gz") }
        var damaged = try Data(contentsOf: URL(fileURLWithPath: archive("4.9.0")))
        damaged.replaceSubrange(20..<40, with: Data(repeating: 7, count: 20))
        try damaged.write(to: URL(fileURLWithPath: folder.path + "/damaged.tar.gz"))
        #expect(throws: RuleSetStoreError.self) { try install(folder.path + "/damaged.tar.gz") }
    }

    @Test func `chooses the data folder by user and environment`() {
        typealias Store = RuleSetStore
        #expect(Store.defaultDataDirectory(environment: [:], isRoot: true) == "/var/lib/redoubt")
        #expect(Store.defaultDataDirectory(environment: ["XDG_DATA_HOME": "/d"], isRoot: false) == "/d/redoubt")
        #expect(Store.defaultDataDirectory(environment: ["HOME": "/h"], isRoot: false) == "/h/.local/share/redoubt")
        let relative = ["XDG_DATA_HOME": "d", "HOME": "/h"]
        #expect(Store.defaultDataDirectory(environment: relative, isRoot: false) == "/h/.local/share/redoubt")
    }
}
