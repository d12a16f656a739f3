// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import Testing

@testable import WebFirewall

@Suite struct PatternCacheTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("patterns-\(UUID().uuidString)")

    private func rules(_ pattern: String) throws -> RuleSet {
        let text = "SecRule ARGS \"@rx \(pattern)\" \"id:1,phase:1,pass\""
        return try RuleSources(texts: [.init(name: "rules", text: text)]).compile()
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).map { "\(folder.path)/\($0)" }
    }

    @Test func `compiles once and restores from then on, for the same patterns only`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let cache = PatternCache(directory: folder.path)
        #expect(try cache.restore(for: rules("attack")) == nil)
        let first = try cache.library(for: rules("attack"))
        #expect(first.origin == .compiled && first.complaint == nil)
        let second = try cache.library(for: rules("attack"))
        #expect(second.origin == .restored)
        #expect(try rules("attack").use(second.library))
        #expect(try cache.restore(for: rules("other")) == nil)
    }

    @Test func `keeps files to itself and leaves no others behind`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try PatternCache(directory: folder.path).library(for: rules("attack"))
        let files = try files()
        #expect(files.count == 1)
        let path = try #require(files.first)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `does not trust a file that others may write, nor a damaged one`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let cache = PatternCache(directory: folder.path)
        _ = try cache.library(for: rules("attack"))
        let path = try #require(try files().first)
        try FileManager.default.setAttributes([.posixPermissions: 0o622], ofItemAtPath: path)
        #expect(try cache.restore(for: rules("attack")) == nil)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try cache.restore(for: rules("attack")) != nil)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count - 1] ^= 1
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.write(contentsOf: bytes)
        try handle.close()
        #expect(try cache.restore(for: rules("attack")) == nil)
        #expect(try cache.library(for: rules("attack")).origin == .compiled)
        #expect(try cache.library(for: rules("attack")).origin == .restored)
    }

    @Test func `does not follow a link`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let cache = PatternCache(directory: folder.path)
        _ = try cache.library(for: rules("attack"))
        let path = try #require(try files().first)
        try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/elsewhere")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder.path + "/elsewhere")
        #expect(try cache.restore(for: rules("attack")) == nil)
    }

    private func makeOld(_ path: String, seconds: Double) throws {
        let date = Date(timeIntervalSinceNow: -seconds)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    @Test func `removes what was not used for longest, and what a crash has left`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let cache = PatternCache(directory: folder.path)
        _ = try cache.library(for: rules("used"))
        let used = try #require(try files().first)
        try makeOld(used, seconds: 1_000_000)
        for number in 0..<PatternFolder.maximumFiles {
            try Data().write(to: folder.appendingPathComponent("\(number).patterns"))
            try makeOld("\(folder.path)/\(number).patterns", seconds: Double(1_000 + number))
        }
        for name in ["a.patterns.1.2", "b.patterns.1.2"] {
            try Data().write(to: folder.appendingPathComponent(name))
        }
        try makeOld(folder.path + "/a.patterns.1.2", seconds: 1_000)
        // Reading it makes it the last that was used.
        #expect(try cache.restore(for: rules("used")) != nil)
        _ = try cache.library(for: rules("new"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.contains((used as NSString).lastPathComponent))
        #expect(names.contains("13.patterns") && !names.contains("14.patterns") && !names.contains("15.patterns"))
        #expect(names.contains("b.patterns.1.2") && !names.contains("a.patterns.1.2"))
        #expect(names.count == PatternFolder.maximumFiles + 1)
    }

    @Test func `says why a library cannot be kept`() throws {
        let result = try PatternCache(directory: "/dev/null/patterns").library(for: rules("attack"))
        #expect(result.origin == .compiled)
        #expect(result.complaint?.contains("/dev/null/patterns") == true)
    }
}
