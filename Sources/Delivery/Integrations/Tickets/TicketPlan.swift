// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What is kept of a ticket.
package struct TicketLink: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        /// It was about to be made; whether it was, nobody knows.
        case pending
        case linked
        /// Its system no longer has it.
        case missing
    }

    package var id: Int64
    package var system: String
    /// What it is about: a finding, or a component of a branch. One ticket for each in a system.
    package var subject: String
    package var project: String
    /// Identifiers of its findings.
    package var findings: [String]
    package var state: State
    /// The ticket when it was last seen, by us or after what we did; nil while it is pending.
    package var remote: RemoteTicket?
    /// Whether its findings were open when the ticket was last told of them.
    package var toldIsOpen: Bool
    /// Whether they were when the ticket was last opened or closed for them, as far as the options want that.
    package var settledIsOpen: Bool
}

/// How its findings stand.
package struct TicketStanding: Sendable, Hashable {
    /// Whether one of them is open.
    package var isOpen: Bool
    /// Why they are not, or why one is again, in a few words.
    package var reason: String

    package init(isOpen: Bool, reason: String) {
        self.isOpen = isOpen
        self.reason = reason
    }
}

/// What happened to a ticket, as it is kept and shown.
package enum TicketEvent: String, Sendable, Hashable, CaseIterable {
    case created
    /// Somebody closed it though a finding is open. The finding stays as it is: whether it is gone, a scan decides.
    case closedThere = "closed_there"
    case reopenedThere = "reopened_there"
    case missing
    case told
    case closed
    case reopened
}

/// What brings a ticket and its findings together: computed from what is known, without asking anybody.
///
/// Both sides are compared with what they were when they were last seen, so that each change is told once. What we wrote
/// ourselves is no change: after it the ticket is seen again, and kept as it then is.
package struct TicketPlan: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        case comment(TicketText)
        case setOpen(Bool)
    }

    /// What others did there.
    package var events: [TicketEvent] = []
    package var steps: [Step] = []
    /// What is to be kept once the steps are done.
    package var link: TicketLink

    package var isIdle: Bool { events.isEmpty && steps.isEmpty }

    /// - Parameters:
    ///   - remote: the ticket as it is now; nil where its system no longer has it.
    ///   - closes: whether a ticket is closed when its findings have ended.
    package static func make(
        _ link: TicketLink,
        _ standing: TicketStanding,
        remote: RemoteTicket?,
        closes: Bool
    ) -> TicketPlan {
        var plan = TicketPlan(link: link)
        guard link.state != .pending else { return plan }
        guard let remote else {
            if link.state != .missing { plan.events = [.missing] }
            plan.link.state = .missing
            return plan
        }
        plan.link.state = .linked
        plan.link.remote = remote
        if let event = change(from: link.remote, to: remote) { plan.events.append(event) }
        if standing.isOpen != link.toldIsOpen {
            let text =
                standing.isOpen ? TicketTemplate.openAgain(standing.reason) : TicketTemplate.ended(standing.reason)
            plan.steps.append(.comment(text))
            plan.link.toldIsOpen = standing.isOpen
        }
        if standing.isOpen != link.settledIsOpen {
            if standing.isOpen, !remote.isOpen { plan.steps.append(.setOpen(true)) }
            if !standing.isOpen, remote.isOpen, closes { plan.steps.append(.setOpen(false)) }
            plan.link.settledIsOpen = standing.isOpen
        }
        return plan
    }

    /// What others did between two looks at a ticket.
    static func change(from last: RemoteTicket?, to now: RemoteTicket) -> TicketEvent? {
        guard let last, last.isOpen != now.isOpen else { return nil }
        return now.isOpen ? .reopenedThere : .closedThere
    }

    /// What others did while our steps ran: the ticket is not as we left it.
    func change(seenAfter now: RemoteTicket) -> TicketEvent? {
        var left = link.remote
        for case .setOpen(let isOpen) in steps { left?.isOpen = isOpen }
        return Self.change(from: left, to: now)
    }
}
