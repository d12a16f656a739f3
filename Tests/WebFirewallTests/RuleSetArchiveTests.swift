// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import Testing

@testable import WebFirewall

/// Archives as the project and GitHub publish them.
struct RuleSetArchiveTests {
    private let folder: TemporaryFolder
    private let store: RuleSetStore

    init() throws {
        folder = try TemporaryFolder()
        store = RuleSetStore(data: folder.path + "/data", systemRoot: folder.path + "/root")
    }

    /// What a release of version 4 holds, one file of each kind, with a path longer than a plain tar header takes.
    private func writeSourceTree(_ name: String) throws {
        try folder.write(
            "SecComponentSignature \"OWASP_CRS/4.25.1\"\nSecMarker \"RULES\"\n",
            to: "\(name)/rules/REQUEST-901-INITIALIZATION.conf"
        )
        let setup = "SecAction \"id:900990,phase:1,pass,nolog,setvar:tx.crs_setup_version=4251\"\n"
        try folder.write(setup, to: "\(name)/crs-setup.conf.example")
        try folder.write("# none\n", to: "\(name)/rules/REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf.example")
        try folder.write("word\n", to: "\(name)/rules/unix-shell.data")
        for part in ["config", "before", "after"] {
            try folder.write("SecMarker \"PLUGIN-\(part)\"\n", to: "\(name)/plugins/empty-\(part).conf")
        }
        try folder.write("x", to: "\(name)/.github/workflows/test.yml")
        let long = String(repeating: "long-folder-name/", count: 12)
        try folder.write("x", to: "\(name)/tests/regression/\(long)test.yaml")
    }

    @Test(arguments: ["pax", "gnu"])
    func `installs a release from an archive of each kind`(format: String) throws {
        try writeSourceTree("coreruleset-4.25.1")
        let archive = try folder.pack("coreruleset-4.25.1", options: ["--format=\(format)"])
        let ruleSet = try store.install(archive: archive, verification: ArchiveVerification()).ruleSet
        #expect("\(ruleSet.version)" == "4.25.1")
        #expect(FileManager.default.fileExists(atPath: ruleSet.rulesDirectory + "/unix-shell.data"))
        #expect(FileManager.default.fileExists(atPath: ruleSet.setupFile))
    }

    @Test func `installs from an archive with the header that git writes`() throws {
        try writeSourceTree("coreruleset-4.25.1")
        // `git archive` names the commit in a global header before the first member.
        let archive = try folder.pack(
            "coreruleset-4.25.1",
            options: ["--format=pax", "--pax-option=comment=0123456789abcdef0123456789abcdef01234567"]
        )
        let ruleSet = try store.install(archive: archive, verification: ArchiveVerification()).ruleSet
        #expect("\(ruleSet.version)" == "4.25.1")
    }

    @Test func `installs the minimal archive in the oldest format`() throws {
        try folder.writeRelease("4.25.1", in: "coreruleset-4.25.1-minimal")
        let archive = try folder.pack("coreruleset-4.25.1-minimal", options: ["--format=ustar"])
        let ruleSet = try store.install(archive: archive, verification: ArchiveVerification()).ruleSet
        #expect(ruleSet.pluginsDirectory == nil)
        #expect(ruleSet.directives().split(separator: "\n").count == 2)
    }

    @Test func `loads plugins around the rules`() throws {
        try writeSourceTree("coreruleset-4.25.1")
        let archive = try folder.pack("coreruleset-4.25.1")
        let ruleSet = try store.install(archive: archive, verification: ArchiveVerification()).ruleSet
        let lines = ruleSet.directives().split(separator: "\n").map { line in
            line.split(separator: "/").last.map { $0.replacing("\"", with: "") } ?? ""
        }
        #expect(lines == ["crs-setup.conf", "*-config.conf", "*-before.conf", "*.conf", "*-after.conf"])
        let compiled = try RuleSources(texts: [.init(name: "test", text: ruleSet.directives())]).compile()
        #expect(compiled.warnings.isEmpty)
        #expect(compiled.ruleIDs == [900_990])
    }

    @Test func `runs plugins before and after the rules`() throws {
        try writeSourceTree("coreruleset-4.25.1")
        for (number, part) in [(1, "config"), (2, "before"), (4, "after")] {
            try folder.write(
                "SecAction \"id:\(number),phase:1,pass,nolog\"\n",
                to: "coreruleset-4.25.1/plugins/own plugin-\(part).conf"
            )
        }
        try folder.write("SecAction \"id:3,phase:1,pass,nolog\"\n", to: "coreruleset-4.25.1/rules/REQUEST-902.conf")
        let archive = try folder.pack("coreruleset-4.25.1")
        let ruleSet = try store.install(archive: archive, verification: ArchiveVerification()).ruleSet
        let compiled = try RuleSources(texts: [.init(name: "test", text: ruleSet.directives())]).compile()
        #expect(compiled.ruleIDs == [900_990, 1, 2, 3, 4])
    }
}
