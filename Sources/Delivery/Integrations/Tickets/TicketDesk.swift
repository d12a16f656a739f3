// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// Makes tickets of findings in one system, and keeps both in step.
package struct TicketDesk: Sendable {
    private let system: any TicketSystem
    private let store: TicketStore
    private let closes: Bool
    /// Seconds since 1970.
    private let now: @Sendable () -> Int

    /// Tickets that are looked at together.
    private static let atOnce = 100

    package init(
        _ system: any TicketSystem,
        _ store: TicketStore,
        closes: Bool,
        now: @escaping @Sendable () -> Int = { Int(Clocks.now / 1_000_000_000) }
    ) {
        self.system = system
        self.store = store
        self.closes = closes
        self.now = now
    }

    // MARK: Making

    /// What came of making a ticket.
    package enum Creation: Sendable, Hashable {
        case made(TicketLink)
        case there(TicketLink)
        /// An earlier attempt did not end: there may be a ticket that is not known here.
        case unknown(TicketLink)
    }

    /// Makes a ticket, where its subject has none.
    ///
    /// It is noted before it is made. Where the system says that it made none, the note goes; where nobody can know, it
    /// stays, and is told.
    package func create(
        subject: String,
        _ findings: [TicketSubject],
        component: String?,
        project: String
    ) async throws(TicketError) -> Creation {
        let begun = try stored { () throws(StorageError) in
            try store.begin(
                system: system.name,
                subject: subject,
                project: project,
                findings: findings.map(\.id),
                now: now()
            )
        }
        guard var link = begun else {
            guard
                let known = try stored({ () throws(StorageError) in
                    try store.link(system: system.name, subject: subject)
                })
            else { throw TicketError(.store, "the ticket of \(subject) cannot be read back") }
            return known.state == .pending ? .unknown(known) : .there(known)
        }
        let draft = TicketTemplate.draft(findings, component: component, project: project)
        do throws(TicketError) {
            link.remote = try await system.create(draft)
        } catch {
            // Only where it was refused it was certainly not made: an answer that cannot be read or that a proxy gives may
            // come after it was.
            let isRefused = error.status.map { (400...499).contains($0) && $0 != 408 } ?? false
            if isRefused || error.code == .refused || error.code == .settings {
                try stored { () throws(StorageError) in try store.forget(link) }
            }
            throw error
        }
        link.state = .linked
        let made = link
        try stored { () throws(StorageError) in
            try store.keep(made, events: [(.created, detail: made.remote?.key)], now: now())
        }
        return .made(made)
    }

    // MARK: Keeping in step

    /// What a look at a ticket brought.
    package struct Outcome: Sendable {
        package var link: TicketLink
        package var events: [TicketEvent] = []
        /// Why not all of it could be done; it is tried again with the next look.
        package var failure: TicketError?
    }

    /// Looks at all tickets of the system.
    ///
    /// - Parameters:
    ///   - isRehearsal: whether nothing is written, neither there nor here.
    ///   - standing: how the findings of a ticket stand; nil where they are not known any more, and nothing is done.
    ///   - report: is told of each ticket that was looked at.
    /// - Throws: ``TicketError`` where the system cannot be asked, or the store fails.
    package func sync(
        isRehearsal: Bool = false,
        standing: (TicketLink) throws(TicketError) -> TicketStanding?,
        report: (Outcome) -> Void
    ) async throws(TicketError) {
        var last: Int64 = 0
        while true {
            let after = last
            let page = try stored { () throws(StorageError) in try store.links(after: after, limit: Self.atOnce) }
            guard let end = page.last?.id else { return }
            last = end
            let links = page.filter { $0.system == system.name && $0.state != .pending }
            let keys = links.compactMap { $0.remote?.key }
            guard !keys.isEmpty else { continue }
            let remotes = try await system.states(of: keys)
            for link in links {
                guard let key = link.remote?.key, let standing = try standing(link) else { continue }
                let plan = TicketPlan.make(link, standing, remote: remotes[key], closes: closes)
                if isRehearsal {
                    report(Outcome(link: plan.link, events: plan.events + plan.steps.map(\.event)))
                } else {
                    report(try await carryOut(plan, before: link, key: key))
                }
            }
        }
    }

    private func carryOut(
        _ plan: TicketPlan,
        before link: TicketLink,
        key: String
    ) async throws(TicketError) -> Outcome {
        var outcome = Outcome(link: plan.link, events: plan.events)
        var done: [(TicketEvent, detail: String?)] = plan.events.map { ($0, plan.link.remote?.status) }
        for step in plan.steps {
            do throws(TicketError) {
                switch step {
                case .comment(let text): try await system.comment(text, on: key)
                case .setOpen(let isOpen): try await system.setOpen(isOpen, key)
                }
                done.append((step.event, detail: nil))
                outcome.events.append(step.event)
            } catch {
                outcome.failure = error
                // What was not done is done the next time.
                if case .comment = step { outcome.link.toldIsOpen = link.toldIsOpen }
                outcome.link.settledIsOpen = link.settledIsOpen
                break
            }
        }
        var seen: RemoteTicket?
        if !plan.steps.isEmpty, outcome.failure == nil {
            do throws(TicketError) {
                seen = try await system.states(of: [key])[key]
            } catch {
                // What was done is kept all the same, or it would be told twice.
                outcome.failure = error
            }
        }
        if let seen {
            if let event = plan.change(seenAfter: seen) {
                done.append((event, detail: seen.status))
                outcome.events.append(event)
            }
            outcome.link.remote = seen
        } else {
            for case .setOpen(let isOpen) in plan.steps
            where done.contains(where: { $0.0 == (isOpen ? .reopened : .closed) }) {
                outcome.link.remote?.isOpen = isOpen
            }
        }
        let (kept, events) = (outcome.link, done)
        try stored { () throws(StorageError) in try store.keep(kept, events: events, now: now()) }
        return outcome
    }

    private func stored<Result>(_ body: () throws(StorageError) -> Result) throws(TicketError) -> Result {
        do throws(StorageError) {
            return try body()
        } catch {
            throw TicketError(.store, "the tickets cannot be kept: \(error)")
        }
    }
}

extension TicketPlan.Step {
    /// What is kept of it once it is done.
    var event: TicketEvent {
        switch self {
        case .comment: .told
        case .setOpen(true): .reopened
        case .setOpen(false): .closed
        }
    }
}
