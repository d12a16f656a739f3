// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// The settings of a control, or of a rule of it, by their places.
struct PlaceTable: Sendable {
    /// Settings of one application, or those of routes in any.
    ///
    /// An object, as it is looked up for each request.
    private final class Web: Sendable {
        let own: ModeOrigin?
        let routes: RouteTable
        let origins: [ModeOrigin]
        /// Those of routes, the strictest first.
        let strictest: [ModeOrigin]

        init(_ own: ModeOrigin?, _ settings: [(RoutePattern, ModeOrigin)]) {
            self.own = own
            origins = settings.map(\.1)
            strictest = origins.sorted { $0.mode > $1.mode }
            routes = RouteTable(
                settings.enumerated().map { index, setting in
                    RouteTable.Entry(pattern: setting.0, expires: setting.1.expires, value: index)
                }
            )
        }
    }

    private struct Cluster: Sendable {
        var own: ModeOrigin?
        var workloads: [String: ModeOrigin] = [:]
    }

    private var installation: ModeOrigin?
    private var applications: [String: Web] = [:]
    private var anyApplication: Web?
    private var namespaces: [String: Cluster] = [:]
    private var anyNamespace = Cluster()

    init(_ origins: [ModeOrigin]) {
        var web: [String?: (own: ModeOrigin?, routes: [(RoutePattern, ModeOrigin)])] = [:]
        for origin in origins {
            switch origin.setting?.scope.place {
            case nil: continue
            case .installation: installation = origin
            case .application(let name): web[name, default: (nil, [])].own = origin
            case .route(let name, let pattern): web[name, default: (nil, [])].routes.append((pattern, origin))
            case .namespace(let name): namespaces[name, default: Cluster()].own = origin
            case .workload(nil, let name): anyNamespace.workloads[name] = origin
            case .workload(let space?, let name): namespaces[space, default: Cluster()].workloads[name] = origin
            }
        }
        for (name, settings) in web {
            let table = Web(settings.own, settings.routes)
            if let name { applications[name] = table } else { anyApplication = table }
        }
    }

    /// The narrowest setting that holds for an activity; nil where none does.
    func origin(_ facts: ActivityFacts, at time: Int64) -> ModeOrigin? {
        let web = facts.application.flatMap { applications[$0] }
        if let path = facts.path, web != nil || anyApplication != nil {
            if path.isAmbiguous { return ambiguous(web, at: time) }
            if let found = Self.route(web, path, facts.method, time)
                ?? Self.route(anyApplication, path, facts.method, time)
            {
                return found
            }
        }
        if let own = web?.own, own.isActive(at: time) { return own }
        if facts.namespace != nil || facts.workload != nil, let found = cluster(facts, at: time) { return found }
        return installationOrigin(at: time)
    }

    private func installationOrigin(at time: Int64) -> ModeOrigin? {
        installation.flatMap { $0.isActive(at: time) ? $0 : nil }
    }

    private static func route(
        _ web: Web?,
        _ path: RoutePath,
        _ method: ArraySlice<UInt8>,
        _ time: Int64
    ) -> ModeOrigin? {
        guard let web else { return nil }
        return web.routes.value(path, method: method, at: time).map { web.origins[$0] }
    }

    /// Servers read such a path in more than one way, so it may be that of any route: the strictest setting holds.
    private func ambiguous(_ web: Web?, at time: Int64) -> ModeOrigin? {
        let own = web?.own.flatMap { $0.isActive(at: time) ? $0 : nil }
        var strictest = own ?? installationOrigin(at: time)
        for candidates in [web?.strictest, anyApplication?.strictest] {
            guard let found = candidates?.first(where: { $0.isActive(at: time) }) else { continue }
            if found.mode > strictest?.mode ?? .observe { strictest = found }
        }
        return strictest
    }

    private func cluster(_ facts: ActivityFacts, at time: Int64) -> ModeOrigin? {
        let space = facts.namespace.flatMap { namespaces[$0] }
        if let name = facts.workload {
            if let found = space?.workloads[name], found.isActive(at: time) { return found }
            if let found = anyNamespace.workloads[name], found.isActive(at: time) { return found }
        }
        return space?.own.flatMap { $0.isActive(at: time) ? $0 : nil }
    }
}
