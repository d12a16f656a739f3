// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// The sums of a rehearsal while cells are added up.
struct RehearsalSums {
    private struct GroupKey: Hashable {
        var application: String
        var rule: String
        var route: String
    }

    private struct RouteKey: Hashable {
        var application: String
        var route: String
    }

    private struct Group {
        var wouldStop = 0
        var stopped = 0
        var succeeded = 0
        var clients = ClientSketch()

        mutating func add(wouldStop: Int, stopped: Int, succeeded: Int, _ clients: ClientSketch) {
            self.wouldStop += wouldStop
            self.stopped += stopped
            self.succeeded += succeeded
            self.clients.formUnion(clients)
        }
    }

    private let scope: Scope
    private let application: String?
    private let pattern: RoutePattern?
    private let rule: String?
    /// Whether routes are in the scope; the same ones come again in each hour.
    private var isCovered: [String: Bool] = [:]
    private var groups: [GroupKey: Group] = [:]
    private var routes: [RouteKey: Int] = [:]
    private var clients: [String: (wouldStop: Int, stopped: Int)] = [:]
    private var byStatusClass = Array(repeating: 0, count: 6)
    private var requests = 0
    private var routeRequests = 0

    init(_ scope: Scope) {
        self.scope = scope
        rule = scope.rule?.description
        switch scope.place {
        case .installation, .namespace, .workload:
            application = nil
            pattern = nil
        case .application(let name):
            application = name
            pattern = nil
        case .route(let name, let route):
            application = name
            pattern = route
        }
    }

    // MARK: Adding

    mutating func addTraffic(application name: String, count: Int) {
        if takes(name) { requests += count }
    }

    mutating func addRoute(application name: String, route: String, requests: Int) {
        guard takes(name), covers(route) else { return }
        routes[RouteKey(application: name, route: route), default: 0] += requests
        routeRequests += requests
    }

    mutating func addStop(
        application name: String,
        rule: String,
        route: String,
        statusClass: Int,
        wouldStop: Int,
        stopped: Int,
        clients: ClientSketch
    ) {
        guard takes(name), self.rule ?? rule == rule, covers(route) else { return }
        byStatusClass[statusClass] += wouldStop
        let key = GroupKey(application: name, rule: rule, route: route)
        groups[key, default: Group()].add(
            wouldStop: wouldStop,
            stopped: stopped,
            succeeded: statusClass == 2 || statusClass == 3 ? wouldStop : 0,
            clients
        )
    }

    mutating func addClient(_ name: String, wouldStop: Int, stopped: Int) {
        clients[name] = (wouldStop, stopped)
    }

    private func takes(_ name: String) -> Bool { application ?? name == name }

    private mutating func covers(_ route: String) -> Bool {
        guard let pattern else { return true }
        if let known = isCovered[route] { return known }
        let parts = route.split(separator: " ", maxSplits: 1)
        let covered =
            parts.count == 2 && pattern.covers(RoutePath(String(parts[1])), method: Array(parts[0].utf8)[...])
        isCovered[route] = covered
        return covered
    }

    // MARK: The answer

    func counts(from: Int64, until: Int64, limit: Int) -> RehearsalCounts {
        var counts = RehearsalCounts(from: from, until: until)
        counts.requests = pattern == nil ? requests : routeRequests
        counts.wouldStop = groups.values.reduce(0) { $0 + $1.wouldStop }
        counts.stopped = groups.values.reduce(0) { $0 + $1.stopped }
        counts.byStatusClass = byStatusClass
        counts.byRule = parts(by: { ($0.rule, nil) }, limit)
        counts.byRoute = parts(by: { ($0.route, $0.application) }, limit).filter { $0.name != CellNames.others }
        for place in counts.byRoute.indices {
            let part = counts.byRoute[place]
            counts.byRoute[place].requests = routes[RouteKey(application: part.application ?? "", route: part.name)]
        }
        counts.byClient = clientParts(limit)
        counts.groups = shownGroups(limit)
        counts.otherRoutes = groups.reduce(0) { $0 + ($1.key.route == CellNames.others ? $1.value.wouldStop : 0) }
        counts.otherClients = clients[CellNames.others]?.wouldStop ?? 0
        counts.clientsAreOfWholeApplication = pattern != nil || rule != nil
        return counts
    }

    private func parts(
        by name: (GroupKey) -> (name: String, application: String?),
        _ limit: Int
    ) -> [RehearsalCounts.Part] {
        var parts: [RouteKey: RehearsalCounts.Part] = [:]
        for (key, group) in groups {
            let (name, application) = name(key)
            let part = RehearsalCounts.Part(name: name, application: application, wouldStop: 0, stopped: 0)
            let place = RouteKey(application: application ?? "", route: name)
            parts[place, default: part].wouldStop += group.wouldStop
            parts[place, default: part].stopped += group.stopped
        }
        return Self.most(Array(parts.values), limit)
    }

    private func clientParts(_ limit: Int) -> [RehearsalCounts.Part] {
        let parts = clients.compactMap { name, counts -> RehearsalCounts.Part? in
            guard name != CellNames.others, counts.wouldStop + counts.stopped > 0 else { return nil }
            return RehearsalCounts.Part(name: name, wouldStop: counts.wouldStop, stopped: counts.stopped)
        }
        return Self.most(parts, limit)
    }

    private static func most(_ parts: [RehearsalCounts.Part], _ limit: Int) -> [RehearsalCounts.Part] {
        Array(
            parts.sorted { ($1.wouldStop, $1.stopped, $0.name) < ($0.wouldStop, $0.stopped, $1.name) }.prefix(limit)
        )
    }

    private func shownGroups(_ limit: Int) -> [RehearsalCounts.Group] {
        let shown = groups.compactMap { key, group -> RehearsalCounts.Group? in
            guard group.wouldStop + group.stopped > 0 else { return nil }
            return RehearsalCounts.Group(
                application: key.application,
                rule: key.rule,
                route: key.route,
                wouldStop: group.wouldStop,
                stopped: group.stopped,
                clients: group.clients.estimate,
                succeeded: group.succeeded,
                requests: routes[RouteKey(application: key.application, route: key.route)] ?? 0,
                benignLikeness: Self.benignLikeness(group)
            )
        }
        return Array(
            shown.sorted {
                ($1.benignLikeness, $1.wouldStop, $0.rule, $0.route) < (
                    $0.benignLikeness, $0.wouldStop, $1.rule, $1.route
                )
            }
            .prefix(limit)
        )
    }

    /// Attackers are few and mostly fail; of many clients that were answered with success most are people at work. Eight
    /// clients are as good as any number.
    private static func benignLikeness(_ group: Group) -> Double {
        guard group.wouldStop > 0 else { return 0 }
        let success = Double(group.succeeded) / Double(group.wouldStop)
        return success * min(1, Double(max(0, group.clients.estimate - 1)) / 7)
    }
}
