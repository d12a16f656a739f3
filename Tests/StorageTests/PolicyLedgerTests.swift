// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Evidence
import Foundation
import Policy
import Testing

@testable import Storage

struct PolicyLedgerTests {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    private static let alice = Authorship("alice", because: "a test", at: 1_000)

    private func openLog(_ name: String = "evidence") throws -> (log: EvidenceLog, folder: LogFolder) {
        let place = LogFolder(folder.file(name))
        return (try EvidenceLog(place, time: 0), place)
    }

    private func enforce(_ scope: String) throws -> PolicyChange {
        .setMode(ModeSetting(try Scope(parsing: scope), .enforce, by: Self.alice))
    }

    private func mode(_ ledger: PolicyLedger) -> Mode {
        ledger.inForce.snapshot.mode(of: .webFirewall, for: ActivityFacts(application: "shop"), at: 2_000).mode
    }

    @Test func `a change is recorded, in force, and there after a restart`() async throws {
        let (log, place) = try openLog()
        do {
            let ledger = try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
            #expect(mode(ledger) == .observe)
            let made = try await ledger.apply(enforce("waf/app:shop"), by: Self.alice, expecting: 0)
            #expect(mode(ledger) == .enforce && made.applied.revision == 1)
            var leaves: [EvidenceLeaf] = []
            try place.forEachLeaf(from: made.position.index) { _, leaf in
                leaves.append(leaf)
                return true
            }
            let leaf = try #require(leaves.first)
            #expect(leaf.kind.description == "decision.changed" && leaves.count == 1)
            let record = try #require(try JSONSerialization.jsonObject(with: Data(leaf.content)) as? [String: Any])
            #expect(record["maker"] as? String == "alice" && record["revision"] as? Int == 1)
            let change = try #require(record["change"] as? [String: Any])
            let kept = try JSONDecoder().decode(PolicyChange.self, from: JSONSerialization.data(withJSONObject: change))
            #expect(kept == (try enforce("waf/app:shop")))
        }
        let ledger = try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
        #expect(mode(ledger) == .enforce && ledger.document.revision == 1 && ledger.recovered == nil)
    }

    @Test func `a change that was never recorded is taken back`() async throws {
        let (log, place) = try openLog()
        do {
            let ledger = try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
            _ = try await ledger.apply(enforce("waf/app:other"), by: Self.alice)
            _ = try await ledger.apply(enforce("waf/app:shop"), by: Self.alice)
        }
        // A log without the last leaf, as a crash between the two writes leaves it.
        let (short, shortPlace) = try openLog("short")
        var leaves: [EvidenceLeaf] = []
        try place.forEachLeaf(from: 0) { _, leaf in
            leaves.append(leaf)
            return true
        }
        for leaf in leaves.dropLast() { _ = try await short.append(leaf) }
        let ledger = try PolicyLedger(folder.file("policy"), evidence: short, in: shortPlace, time: 0)
        #expect(ledger.document.revision == 1 && mode(ledger) == .observe)
        #expect(ledger.recovered?.contains("change 2") == true)
        // And for good: the next change takes its number.
        let made = try await ledger.apply(enforce("waf"), by: Self.alice)
        #expect(made.applied.revision == 2)
    }

    @Test func `what cannot be recorded changes nothing`() async throws {
        let (log, place) = try openLog()
        let ledger = try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
        _ = try await ledger.apply(enforce("waf/app:other"), by: Self.alice)
        await log.close()
        await #expect(throws: EvidenceError.self) { try await ledger.apply(enforce("waf/app:shop"), by: Self.alice) }
        #expect(mode(ledger) == .observe && ledger.document.revision == 1)
        let size = try folder.read("policy/journal").split(separator: 0x0A).count
        #expect(size == 1)
    }

    @Test func `mistakes and conflicts change nothing`() async throws {
        let (log, place) = try openLog()
        let ledger = try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
        await #expect(throws: PolicyError.self) {
            try await ledger.apply(enforce("waf"), by: Self.alice, expecting: 7)
        }
        await #expect(throws: PolicyError.self) {
            try await ledger.apply(enforce("waf"), by: Authorship("alice", because: "", at: 1))
        }
        #expect(ledger.document.revision == 0 && log.leafCount == 0)
        #expect(try folder.read("policy/journal").isEmpty)
    }

    /// Wherever a write stops, the ledger opens with the changes that are whole.
    @Test func `opens after the journal was cut anywhere`() async throws {
        let (log, place) = try openLog()
        var ends = [0]
        do {
            let ledger = try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
            for name in ["a", "b", "c"] {
                _ = try await ledger.apply(enforce("waf/app:\(name)"), by: Self.alice)
                ends.append(try folder.read("policy/journal").count)
            }
        }
        let journal = try folder.read("policy/journal")
        for length in stride(from: 0, through: journal.count, by: 7) {
            try folder.write(Array(journal.prefix(length)), "policy/journal")
            try? FileManager.default.removeItem(atPath: folder.file("policy/policy.json"))
            let ledger = try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
            #expect(ledger.document.revision == ends.count { $0 <= length } - 1)
        }
    }

    @Test func `changes at once are made one after another`() async throws {
        let (log, place) = try openLog()
        let ledger = try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
        let revisions = Revisions()
        ledger.observe { revisions.append($0.applied.revision) }
        try await withThrowingTaskGroup { group in
            for number in 0..<20 {
                group.addTask { _ = try await ledger.apply(enforce("waf/app:a\(number)"), by: Self.alice) }
            }
            try await group.waitForAll()
        }
        #expect(ledger.document.modes.count == 20 && revisions.all == Array(1...20))
    }

    @Test func `one process has the policy, and what is no policy is named`() async throws {
        let (log, place) = try openLog()
        do {
            let ledger = try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
            let refusal = #expect(throws: StorageError.self) {
                try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
            }
            #expect(refusal?.code == .inUse)
            _ = ledger.document
        }
        for (name, content) in [("policy.json", "{}"), ("journal", "{\"revision\":1}\n")] {
            try folder.write(Array(content.utf8), "policy/\(name)")
            let refusal = #expect(throws: StorageError.self) {
                try PolicyLedger(folder.file("policy"), evidence: log, in: place, time: 0)
            }
            #expect(refusal?.code == .corrupt && refusal?.file?.hasSuffix(name) == true)
            try FileManager.default.removeItem(atPath: folder.file("policy/\(name)"))
        }
    }

    @Test func `the switch counts whatever it holds`() throws {
        let file = StandDownFile(inData: folder.path)
        #expect(file.read(time: 5) == nil)
        try file.write(Self.alice)
        #expect(file.read(time: 5) == Self.alice)
        try folder.write(Array("nonsense".utf8), "stand-down")
        #expect(file.read(time: 5)?.time == 5)
        #expect(try file.remove())
        #expect(try !file.remove() && file.read(time: 5) == nil)
    }
}

private final class Revisions: @unchecked Sendable {
    private let lock = NSLock()
    private var numbers: [Int] = []

    func append(_ number: Int) { lock.withLock { numbers.append(number) } }
    var all: [Int] { lock.withLock { numbers } }
}
