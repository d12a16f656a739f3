// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import Testing

@testable import redoubt

@Suite struct RuleLibraryTests {
    private func write(_ rule: Int, to path: String) throws {
        try Data("SecRule ARGS \"@rx attack\" \"id:\(rule),phase:2,pass\"\n".utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test func `virtual patches of the data folder come before all rules, by their numbers, and no other files do`()
        throws
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)").path
        let patches = folder + "/virtual-patches"
        try FileManager.default.createDirectory(atPath: patches, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write(1, to: folder + "/own.conf")
        try write(70_001, to: patches + "/70001.conf")
        try write(70_000, to: patches + "/70000.conf")
        try write(70_002, to: patches + "/70002.conf.unknown")
        var library = RuleLibrary(data: folder, compatibility: .v2, keepsAuditLog: false)
        let entry = try library.entry(files: [folder + "/own.conf"])
        #expect(entry.rules.ruleIDs == [70_000, 70_001, 1])
        #expect(entry.title == folder + "/own.conf")
        // A patch that came since is part of what is loaded next.
        try write(70_003, to: patches + "/70003.conf")
        #expect(try library.entry(files: [folder + "/own.conf"]).rules.ruleCount == 4)
    }

    @Test func `without virtual patches there are the rules alone`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write(1, to: folder + "/own.conf")
        var library = RuleLibrary(data: folder, compatibility: .v2, keepsAuditLog: false)
        #expect(try library.entry(files: [folder + "/own.conf"]).rules.ruleCount == 1)
    }
}
