// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What is counted of how Redoubt is used: a closed list, so that no name of anybody or anything can get into it.
package enum UsageCounter: String, Sendable, CaseIterable {
    /// Exchanges that were looked at.
    case requests
    /// Of these, those in which something was detected, would have been stopped, and were stopped.
    case detections
    case wouldHaveBlocked = "would_have_blocked"
    case blocked
    /// Changes of the policy.
    case modesEnforced = "modes_enforced"
    case modesObserved = "modes_observed"
    case canaries
    case exceptions
    case entityBlocks = "entity_blocks"
    case limits
    case standDowns = "stand_downs"
    case undone
    /// What people looked at and did.
    case pages
    case rehearsals
    case explanations
    case replays
    case searches
    case triage
    case incidents
    case evidenceChecks = "evidence_checks"
    case exports
    /// What left Redoubt.
    case eventsSent = "events_sent"

    /// The capability that it belongs to.
    package var capability: String {
        switch self {
        case .requests, .detections, .wouldHaveBlocked, .blocked: "web_firewall"
        case .modesEnforced, .modesObserved, .canaries, .exceptions, .entityBlocks, .limits, .standDowns, .undone:
            "policy"
        case .pages, .rehearsals, .explanations, .replays, .searches: "console"
        case .triage, .incidents: "incidents"
        case .evidenceChecks, .exports: "evidence"
        case .eventsSent: "outputs"
        }
    }

    /// In words for people.
    package var title: String {
        switch self {
        case .requests: "requests seen"
        case .detections: "requests with detections"
        case .wouldHaveBlocked: "requests that enforce would have blocked"
        case .blocked: "requests blocked"
        case .modesEnforced: "scopes put to enforce"
        case .modesObserved: "scopes put to observe or off"
        case .canaries: "canaries"
        case .exceptions: "exceptions added"
        case .entityBlocks: "clients and networks blocked by people"
        case .limits: "rate limits set"
        case .standDowns: "stand-downs"
        case .undone: "exceptions and blocks ended"
        case .pages: "pages opened"
        case .rehearsals: "rehearsals"
        case .explanations: "detections opened"
        case .replays: "replays and suggestions"
        case .searches: "searches in events"
        case .triage: "incidents changed or commented"
        case .incidents: "incidents opened by people"
        case .evidenceChecks: "checks of the evidence log"
        case .exports: "exports of evidence"
        case .eventsSent: "events sent to other systems"
        }
    }

    /// What a route of the console stands for, by method and path as its table has them: `GET /api/v1/events`.
    ///
    /// - Returns: nil for what is not counted.
    package init?(route: String) {
        let parts = route.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        let isAPI = parts[1].hasPrefix("/api/v1/")
        let path = isAPI ? String(parts[1].dropFirst("/api/v1".count)) : parts[1]
        switch path {
        case "/rehearsal": self = .rehearsals
        case "/detections/{id}": self = .explanations
        case "/events" where parts[0] == "GET": self = .searches
        case "/evidence/verify": self = .evidenceChecks
        case "/evidence/export": self = .exports
        case "/incidents/{id}" where parts[0] == "GET": self = .incidents
        case "/incidents/{id}" where parts[0] != "GET", "/incidents/{id}/comments": self = .triage
        case _ where path.contains("replay") || path.contains("suggest"): self = .replays
        case _
        where !isAPI && parts[0] == "GET" && !path.hasPrefix("/assets/") && !path.hasPrefix("/health/")
            && path != "/metrics":
            self = .pages
        default: return nil
        }
    }
}
