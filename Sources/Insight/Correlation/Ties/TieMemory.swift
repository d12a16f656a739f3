// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization
internal import VulnerabilityManagement

/// What detections are tied by, as the store has it.
struct TieParts {
    let targets: [AttackTarget]
    private let routes: [AttackRoute]
    private let applications: [AttackApplication]
    private let patches: [VirtualPatch]

    init(_ store: VulnerabilityStore) throws {
        routes = try store.attackRoutes()
        applications = try store.attackApplications()
        patches = try store.virtualPatches().filter { $0.state.isLoaded }
        targets = try store.attackTargets(routedIn: Set(routes.map(\.project)).sorted())
    }

    var index: TieIndex {
        TieIndex(targets: targets, routes: routes, applications: applications, patches: patches)
    }

    /// The index of a part of the targets, with their patches.
    func index(of targets: [AttackTarget]) -> TieIndex {
        let known = Set(targets.map(\.id))
        let patches = patches.filter { known.contains($0.finding) }
        return TieIndex(targets: targets, routes: routes, applications: applications, patches: patches)
    }
}

/// Keeps the index of all findings from one run to the next, as long as nothing changed by which it is made.
///
/// To make it the details of each finding that has an address are read, which takes seconds where there are many.
package final class TieMemory: Sendable {
    private let kept = Mutex<(change: AttackChange, index: TieIndex)?>(nil)

    package init() {}

    /// - Parameter findingsRead: grows by the findings whose details had to be read.
    func index(of store: VulnerabilityStore, _ findingsRead: inout Int) throws -> TieIndex {
        // Looked up first: what changes while the findings are read is seen the next time.
        let change = try store.attackChange()
        if let index = kept.withLock({ $0?.change == change ? $0?.index : nil }) { return index }
        let parts = try TieParts(store)
        findingsRead += parts.targets.count
        let index = parts.index
        kept.withLock { $0 = (change, index) }
        return index
    }
}
