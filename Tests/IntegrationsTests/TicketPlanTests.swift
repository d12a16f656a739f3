// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Synchronization
import Testing

@testable import Integrations

/// What a ticket and its findings are told of each other.
@Suite struct TicketPlanTests {
    private static func remote(_ isOpen: Bool, _ version: String = "1") -> RemoteTicket {
        RemoteTicket(
            key: "7",
            url: "https://x/7",
            isOpen: isOpen,
            status: isOpen ? "opened" : "closed",
            version: version
        )
    }

    private static func link(remoteIsOpen: Bool = true, told: Bool = true, settled: Bool = true) -> TicketLink {
        TicketLink(
            id: 1,
            system: "forge",
            subject: "finding:1",
            project: "shop",
            findings: ["1"],
            state: .linked,
            remote: remote(remoteIsOpen),
            toldIsOpen: told,
            settledIsOpen: settled
        )
    }

    private func plan(
        _ link: TicketLink,
        isOpen: Bool,
        remote: RemoteTicket?,
        closes: Bool = true
    ) -> (events: [TicketEvent], steps: [TicketEvent], link: TicketLink) {
        let standing = TicketStanding(isOpen: isOpen, reason: "no scan finds it any more")
        let plan = TicketPlan.make(link, standing, remote: remote, closes: closes)
        return (plan.events, plan.steps.map(\.event), plan.link)
    }

    @Test func `nothing happens where nothing changed`() {
        for isOpen in [true, false] {
            let link = Self.link(remoteIsOpen: isOpen, told: isOpen, settled: isOpen)
            let plan = plan(link, isOpen: isOpen, remote: Self.remote(isOpen, "2"))
            #expect(plan.events.isEmpty && plan.steps.isEmpty && plan.link.remote?.version == "2")
        }
    }

    @Test func `a ticket that somebody closed is told, and the finding stays open`() {
        let closed = plan(Self.link(), isOpen: true, remote: Self.remote(false))
        #expect(closed.events == [.closedThere] && closed.steps.isEmpty)
        // Told once.
        let again = plan(closed.link, isOpen: true, remote: Self.remote(false))
        #expect(again.events.isEmpty && again.steps.isEmpty)
        let back = plan(again.link, isOpen: true, remote: Self.remote(true))
        #expect(back.events == [.reopenedThere] && back.steps.isEmpty)
    }

    @Test func `a finding that has ended is told, and closes its ticket where that is wanted`() {
        let plain = plan(Self.link(), isOpen: false, remote: Self.remote(true), closes: false)
        #expect(plain.events.isEmpty && plain.steps == [.told])
        #expect(plan(plain.link, isOpen: false, remote: Self.remote(true), closes: false).steps.isEmpty)
        let closing = plan(Self.link(), isOpen: false, remote: Self.remote(true))
        #expect(closing.steps == [.told, .closed])
        // Somebody was faster: nothing is left to close.
        let faster = plan(Self.link(), isOpen: false, remote: Self.remote(false))
        #expect(faster.events == [.closedThere] && faster.steps == [.told])
    }

    @Test func `what we closed ourselves is no change, and what is found again opens it`() {
        var closed = plan(Self.link(), isOpen: false, remote: Self.remote(true)).link
        closed.remote = Self.remote(false, "2")
        #expect(plan(closed, isOpen: false, remote: Self.remote(false, "2")).events.isEmpty)
        let back = plan(closed, isOpen: true, remote: Self.remote(false, "2"))
        #expect(back.events.isEmpty && back.steps == [.told, .reopened])
    }

    @Test func `a ticket that is gone is told once, and written to no more`() {
        let gone = plan(Self.link(), isOpen: false, remote: nil)
        #expect(gone.events == [.missing] && gone.steps.isEmpty && gone.link.state == .missing)
        #expect(plan(gone.link, isOpen: false, remote: nil).events.isEmpty)
        let pending = TicketLink(
            id: 1,
            system: "f",
            subject: "s",
            project: "p",
            findings: [],
            state: .pending,
            remote: nil,
            toldIsOpen: true,
            settledIsOpen: true
        )
        #expect(plan(pending, isOpen: false, remote: nil).events.isEmpty)
    }

    /// Whatever happens on both sides, in any order: each change of others is told once, and both sides come to rest.
    @Test func `any history comes to rest after one look`() {
        var random = SplitMix(seed: 5)
        for _ in 0..<2000 {
            var link = Self.link()
            var remoteIsOpen = true
            var changes = 0
            var told = 0
            for version in 0..<12 {
                let isOpen = Bool.random(using: &random)
                if Bool.random(using: &random) {
                    remoteIsOpen.toggle()
                    changes += 1
                }
                let closes = Bool.random(using: &random)
                let standing = TicketStanding(isOpen: isOpen, reason: "because")
                let plan = TicketPlan.make(
                    link,
                    standing,
                    remote: Self.remote(remoteIsOpen, "\(version)"),
                    closes: closes
                )
                told += plan.events.count
                link = plan.link
                for case .setOpen(let wanted) in plan.steps { remoteIsOpen = wanted }
                link.remote = Self.remote(remoteIsOpen, "\(version)'")
                let rest = TicketPlan.make(link, standing, remote: link.remote, closes: closes)
                #expect(rest.isIdle)
            }
            #expect(changes == told)
        }
    }

    // MARK: The desk

    private struct Desk {
        let folder: TestFolder
        let store: TicketStore
        let system: FakeTickets
        let desk: TicketDesk

        init(closes: Bool = true) throws {
            folder = try TestFolder()
            store = try TicketStore(path: folder.path + "/tickets.sqlite")
            system = FakeTickets()
            desk = TicketDesk(system, store, closes: closes, now: { 1_790_000_000 })
        }

        func sync(isOpen: Bool, isRehearsal: Bool = false) async throws -> [TicketDesk.Outcome] {
            let outcomes = Inbox<TicketDesk.Outcome>()
            try await desk.sync(
                isRehearsal: isRehearsal,
                standing: { _ in TicketStanding(isOpen: isOpen, reason: "no scan finds it any more") },
                report: { outcomes.add($0) }
            )
            return outcomes.items
        }
    }

    private static let finding = TicketSubject(
        id: "01a203a4-b680-7000-8000-000000000001",
        title: "a query is put together",
        severity: "high",
        kind: "sast",
        rule: "sqli",
        place: "src/cart.py:10",
        isOpen: true
    )

    private func create(_ desk: Desk) async throws -> TicketDesk.Creation {
        try await desk.desk.create(subject: "finding:1", [Self.finding], component: nil, project: "shop")
    }

    @Test func `a finding gets one ticket, however often it is asked for`() async throws {
        let desk = try Desk()
        guard case .made(let link) = try await create(desk) else { throw TicketError(.store, "not made") }
        #expect(link.remote?.key == "1" && link.state == .linked)
        guard case .there(let known) = try await create(desk) else { throw TicketError(.store, "made twice") }
        #expect(known.remote == link.remote && desk.system.acts == ["create"])
        #expect(try desk.store.links(ofFinding: Self.finding.id).map(\.id) == [link.id])
        #expect(try desk.store.events(of: link.id).map(\.event) == ["created"])
        try desk.store.close()
    }

    @Test func `an attempt whose end nobody knows is told, and one that was refused is forgotten`() async throws {
        let desk = try Desk()
        desk.system.failure.withLock { $0 = TicketError(.refused, "no", status: 403) }
        await #expect(throws: TicketError.self) { try await create(desk) }
        #expect(try desk.store.links(after: 0, limit: 10).isEmpty)
        desk.system.failure.withLock { $0 = TicketError(.connection, "the connection was closed") }
        await #expect(throws: TicketError.self) { try await create(desk) }
        desk.system.failure.withLock { $0 = nil }
        guard case .unknown(let link) = try await create(desk) else { throw TicketError(.store, "made twice") }
        #expect(desk.system.acts.isEmpty)
        try desk.store.forget(link)
        guard case .made = try await create(desk) else { throw TicketError(.store, "not made") }
        try desk.store.close()
    }

    @Test func `a finding that ends closes its ticket, and opens it when it is found again`() async throws {
        let desk = try Desk()
        _ = try await create(desk)
        #expect(try await desk.sync(isOpen: true).flatMap(\.events).isEmpty)
        #expect(try await desk.sync(isOpen: false, isRehearsal: true).flatMap(\.events) == [.told, .closed])
        #expect(desk.system.acts == ["create"])
        #expect(try await desk.sync(isOpen: false).flatMap(\.events) == [.told, .closed])
        #expect(try await desk.sync(isOpen: false).flatMap(\.events).isEmpty)
        #expect(try await desk.sync(isOpen: true).flatMap(\.events) == [.told, .reopened])
        #expect(desk.system.acts == ["create", "comment", "close", "comment", "open"])
        let link = try #require(try desk.store.links(after: 0, limit: 10).first)
        #expect(try desk.store.events(of: link.id).map(\.event) == ["created", "told", "closed", "told", "reopened"])
        try desk.store.close()
    }

    @Test func `what fails half-way goes on from there, and tells nothing twice`() async throws {
        let desk = try Desk()
        _ = try await create(desk)
        desk.system.closeFailure.withLock { $0 = TicketError(.connection, "broken") }
        let first = try await desk.sync(isOpen: false)
        #expect(first.first?.failure?.message == "broken" && first.flatMap(\.events) == [.told])
        desk.system.closeFailure.withLock { $0 = nil }
        #expect(try await desk.sync(isOpen: false).flatMap(\.events) == [.closed])
        #expect(desk.system.acts == ["create", "comment", "close"])
        try desk.store.close()
    }

    @Test func `a look that fails after what was done tells nothing twice`() async throws {
        let desk = try Desk(closes: false)
        _ = try await create(desk)
        desk.system.failsAfterComment.withLock { $0 = true }
        let first = try await desk.sync(isOpen: false)
        #expect(first.first?.failure?.message == "broken" && first.flatMap(\.events) == [.told])
        desk.system.failsAfterComment.withLock { $0 = false }
        #expect(try await desk.sync(isOpen: false).flatMap(\.events).isEmpty)
        #expect(desk.system.acts == ["create", "comment"])
        try desk.store.close()
    }

    @Test func `what others do while we write is not lost`() async throws {
        let desk = try Desk(closes: false)
        _ = try await create(desk)
        // Somebody closes it right after our comment.
        desk.system.closesAfterComment.withLock { $0 = true }
        #expect(try await desk.sync(isOpen: false).flatMap(\.events) == [.told, .closedThere])
        #expect(try await desk.sync(isOpen: false).flatMap(\.events).isEmpty)
        try desk.store.close()
    }
}

/// The same numbers for the same seed (SplitMix64).
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A system of tickets in memory.
private final class FakeTickets: TicketSystem {
    let name = "forge"
    let failure = Mutex<TicketError?>(nil)
    let closeFailure = Mutex<TicketError?>(nil)
    let closesAfterComment = Mutex(false)
    let failsAfterComment = Mutex(false)
    private let tickets = Mutex<[String: RemoteTicket]>([:])
    private let log = Inbox<String>()

    var acts: [String] { log.items }

    func create(_ draft: TicketDraft) async throws(TicketError) -> RemoteTicket {
        if let error = failure.withLock({ $0 }) { throw error }
        log.add("create")
        return tickets.withLock { tickets in
            let key = "\(tickets.count + 1)"
            let ticket = RemoteTicket(key: key, url: "https://x/\(key)", isOpen: true, status: "opened", version: "0")
            tickets[key] = ticket
            return ticket
        }
    }

    func states(of keys: [String]) async throws(TicketError) -> [String: RemoteTicket] {
        if failsAfterComment.withLock({ $0 }), acts.last == "comment" { throw TicketError(.connection, "broken") }
        return tickets.withLock { tickets in tickets.filter { keys.contains($0.key) } }
    }

    func comment(_ text: TicketText, on key: String) async throws(TicketError) {
        log.add("comment")
        if closesAfterComment.withLock({ $0 }) { change(key, isOpen: false) }
    }

    func setOpen(_ isOpen: Bool, _ key: String) async throws(TicketError) {
        if let error = closeFailure.withLock({ $0 }) { throw error }
        log.add(isOpen ? "open" : "close")
        change(key, isOpen: isOpen)
    }

    private func change(_ key: String, isOpen: Bool) {
        tickets.withLock { tickets in
            tickets[key]?.isOpen = isOpen
            tickets[key]?.version += "+"
        }
    }

    func mergeRequest(ofBranch branch: String) async throws(TicketError) -> String? { nil }

    func upsertComment(
        _ text: TicketText,
        marker: CommentMarker,
        onMergeRequest number: String
    ) async throws(TicketError) -> CommentOutcome { .made }

    func close() {}
}
