// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing
import VulnerabilityManagement

@testable import Correlation

/// What keeps patches in step with their findings, and their files in step with the store.
@Suite struct PatchCareTests {
    private struct Case {
        let world: TestWorld
        let book: VirtualPatchBook
        let rule: Int

        func text(_ name: String? = nil) -> String? {
            FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
        }

        func path(_ name: String? = nil) -> String { "\(world.folder)/virtual-patches/\(name ?? "\(rule).conf")" }

        func patch() throws -> VirtualPatch { try #require(try world.store.virtualPatch(rule: rule)) }
    }

    /// A finding of a scanner that asks the application, with a patch that is observed.
    private func observed(
        _ record: @escaping (VirtualPatchBook.Act) throws -> Void = { _ in }
    ) async throws -> Case {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let book = VirtualPatchBook(world.store, folder: world.folder + "/virtual-patches", record: record)
        let rule = try book.propose(try world.finding().id, maker: "ada", now: world.now).patch.rule
        _ = try book.apply(rule, because: "look", maker: "ada", now: world.now)
        return Case(world: world, book: book, rule: rule)
    }

    /// Takes complete scans without the finding, an hour apart.
    private func scan(_ world: TestWorld, _ count: Int) throws {
        for _ in 0..<count {
            world.now += 3600
            let time = Date(timeIntervalSince1970: Double(world.now)).formatted(.iso8601).dropLast()
            try world.take(
                TestReports.dast(path: "/other", parameter: "q", cwe: 79)
                    .replacing("SQL injection", with: "Text of a user is shown")
                    .replacing("2024-10-03T00:10:00", with: time)
            )
        }
    }

    // MARK: Findings that a patch hides

    @Test func `an enforced patch that may be what hides its finding from scans is not retired with others`()
        async throws
    {
        let test = try await observed()
        _ = try test.book.enforce(test.rule, because: "attacked", maker: "ada", now: test.world.now)
        try scan(test.world, 3)
        let patch = try test.patch()
        #expect(patch.isObsolete && patch.mayBeHidden)
        let kept = try test.book.retireResolved(now: test.world.now)
        #expect(kept.retired.isEmpty)
        #expect(kept.hidden.map(\.rule) == [test.rule])
        #expect(test.text()?.contains(",deny,") == true)
        let forced = try test.book.retireResolved(evenHidden: true, now: test.world.now)
        #expect(forced.retired.map(\.rule) == [test.rule])
        #expect(forced.hidden.isEmpty)
        #expect(test.text() == nil)
        await test.world.end()
    }

    @Test func `scans that nothing kept from asking prove that a finding is gone`() async throws {
        let test = try await observed()
        _ = try test.book.enforce(test.rule, because: "attacked", maker: "ada", now: test.world.now)
        try scan(test.world, 3)
        _ = try test.book.observe(test.rule, because: "to scan", maker: "ada", now: test.world.now + 60)
        try scan(test.world, 2)
        #expect(try test.patch().mayBeHidden)
        try scan(test.world, 1)
        #expect(try !test.patch().mayBeHidden)
        #expect(try test.book.retireResolved(now: test.world.now).retired.map(\.rule) == [test.rule])
        await test.world.end()
    }

    @Test func `a patch that was observed only hides nothing, nor does a person's decision need scans`() async throws {
        let test = try await observed()
        try scan(test.world, 3)
        #expect(try test.patch().isObsolete)
        #expect(try !test.patch().mayBeHidden)
        await test.world.end()

        let other = try await observed()
        _ = try other.book.enforce(other.rule, because: "attacked", maker: "ada", now: other.world.now)
        let finding = try other.world.finding().identifier
        let plan = try other.world.store.plan(.resolve, comment: "mended", on: [finding], now: other.world.now)
        _ = try other.world.store.apply(plan, maker: "ada", now: other.world.now)
        try scan(other.world, 3)
        #expect(try other.patch().isObsolete)
        #expect(try !other.patch().mayBeHidden)
        await other.world.end()
    }

    // MARK: Store and files

    @Test func `a file that is missing or says something else is written again, and that is recorded first`()
        async throws
    {
        var acts: [VirtualPatchBook.Act] = []
        let test = try await observed { acts.append($0) }
        let text = test.text()
        #expect(try test.book.restore().isEmpty)
        try FileManager.default.removeItem(atPath: test.path())
        #expect(try test.book.differences().map(\.rule) == [test.rule])
        #expect(test.text() == nil)
        #expect(try test.book.restore().first?.description.contains("missing") == true)
        #expect(test.text() == text)
        try Data("SecRuleEngine Off\n".utf8).write(to: URL(fileURLWithPath: test.path()))
        #expect(try test.book.restore().first?.description.contains("something else") == true)
        #expect(test.text() == text)
        #expect(acts.map(\.act) == ["observing", "restored", "restored"])
        #expect(acts.last?.text == text)
        await test.world.end()
    }

    @Test func `a file that outlived its patch is removed`() async throws {
        let test = try await observed()
        let text = try #require(test.text())
        _ = try test.book.retire(test.rule, because: "mended", maker: "ada", now: test.world.now)
        // As after a crash between the store and the file.
        try Data(text.utf8).write(to: URL(fileURLWithPath: test.path()))
        #expect(try test.book.restore().first?.description.contains("removed") == true)
        #expect(test.text() == nil)
        #expect(try test.book.restore().isEmpty)
        await test.world.end()
    }

    @Test func `a patch's file that the store does not know is set aside, and what people wrote stays`() async throws {
        let test = try await observed()
        let text = try #require(test.text())
        let unknown = text.replacing("id:\(test.rule)", with: "id:70123")
        try Data(unknown.utf8).write(to: URL(fileURLWithPath: test.path("70123.conf")))
        try Data("SecAction id:70124\n".utf8).write(to: URL(fileURLWithPath: test.path("70124.conf")))
        #expect(try test.book.restore().map(\.rule) == [70_123])
        #expect(test.text("70123.conf") == nil)
        #expect(test.text("70123.conf.unknown") == unknown)
        #expect(test.text("70124.conf") == "SecAction id:70124\n")
        #expect(test.text() == text)
        await test.world.end()
    }

    @Test func `what cannot be recorded is not mended`() async throws {
        struct Refusal: Error {}
        let test = try await observed()
        try FileManager.default.removeItem(atPath: test.path())
        let refusing = VirtualPatchBook(test.world.store, folder: test.world.folder + "/virtual-patches") { _ in
            throw Refusal()
        }
        #expect(throws: Refusal.self) { try refusing.restore() }
        #expect(test.text() == nil)
        await test.world.end()
    }
}
