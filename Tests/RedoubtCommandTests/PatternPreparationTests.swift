// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Logging
import Matching
import SecLang
import Testing
import WebFirewall

@testable import redoubt

struct PatternPreparationTests {
    /// Compiles when it is told to, and writes down what.
    private final class Compiler: @unchecked Sendable {
        private let lock = NSLock()
        private var seen: [[Int]] = []
        private var running = 0
        private var mostRunning = 0
        let mayGoOn = DispatchSemaphore(value: 0)

        var compiled: [[Int]] { lock.withLock { seen } }
        var mostAtATime: Int { lock.withLock { mostRunning } }

        func compile(_ cache: PatternCache, _ rules: RuleSet) -> PatternCache.Result {
            lock.withLock {
                seen.append(rules.ruleIDs)
                running += 1
                mostRunning = max(mostRunning, running)
            }
            mayGoOn.wait()
            lock.withLock { running -= 1 }
            return cache.library(for: rules)
        }
    }

    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("prepare-\(UUID().uuidString)")
    private let compiler = Compiler()

    private func rules(_ id: Int) throws -> RuleSet {
        let text = "SecRule ARGS \"@rx attack\(id)\" \"id:\(id),phase:1,pass\""
        return try RuleSources(texts: [.init(name: "rules", text: text)]).compile()
    }

    private func makePreparation() -> PatternPreparation {
        let compiler = compiler
        return PatternPreparation(
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            compile: { compiler.compile($0, $1) }
        )
    }

    /// What a thread writes after the test would be left behind.
    private func waitTillKept(_ id: Int) throws {
        let (cache, rules) = (PatternCache(directory: PatternCache.directory(inData: folder.path)), try rules(id))
        wait { cache.restore(for: rules) != nil }
    }

    private func wait(for condition: () -> Bool) {
        let end = ContinuousClock.now + .seconds(20)
        while !condition(), ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: 0.005)
        }
    }

    @Test func `compiles on one thread and leaves out rules that were replaced meanwhile`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let preparation = makePreparation()
        try preparation.prepare([rules(1), rules(2)], data: folder.path)
        wait { compiler.compiled.count == 1 }
        for id in 3...6 {
            try preparation.prepare([rules(id)], data: folder.path)
        }
        compiler.mayGoOn.signal()
        wait { compiler.compiled.count == 2 }
        compiler.mayGoOn.signal()
        #expect(compiler.compiled == [[1], [6]])
        // Its thread has ended or will; either way the next rules are compiled too.
        try preparation.prepare([rules(7)], data: folder.path)
        wait { compiler.compiled.count == 3 }
        compiler.mayGoOn.signal()
        try waitTillKept(7)
        #expect(compiler.compiled.last == [7])
        #expect(compiler.mostAtATime == 1)
    }

    @Test func `compiles rules once that several applications share, and never what is kept`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let kept = PatternCache(directory: PatternCache.directory(inData: folder.path))
        _ = try kept.library(for: rules(1))
        let preparation = makePreparation()
        let shared = try rules(2)
        let fresh = try rules(1)
        preparation.prepare([fresh, shared, shared], data: folder.path)
        wait { compiler.compiled.count == 1 }
        compiler.mayGoOn.signal()
        // What scans is in use already, or a second one would be.
        #expect(try !fresh.use(kept.library(for: rules(1)).library))
        wait { kept.restore(for: shared) != nil }
        #expect(compiler.compiled == [[2]])
    }

    @Test func `gives rules that are loaded again what scans the same patterns already`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let kept = PatternCache(directory: PatternCache.directory(inData: folder.path))
        _ = try kept.library(for: rules(1))
        let preparation = makePreparation()
        try preparation.prepare([rules(1)], data: folder.path)
        try FileManager.default.removeItem(at: folder)
        // Nothing is left to read, and nothing is compiled.
        let again = try rules(1)
        preparation.prepare([again], data: folder.path)
        #expect(compiler.compiled.isEmpty)
        #expect(try !again.use(kept.library(for: rules(1)).library))
        // Rules that are not in force any more are forgotten.
        try preparation.prepare([rules(2)], data: folder.path)
        wait { compiler.compiled.count == 1 }
        try preparation.prepare([rules(3)], data: folder.path)
        compiler.mayGoOn.signal()
        wait { compiler.compiled.count == 2 }
        compiler.mayGoOn.signal()
        try waitTillKept(3)
        #expect(compiler.compiled == [[2], [3]])
    }
}
