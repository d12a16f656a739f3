// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
internal import Foundation
package import VulnerabilityManagement

/// Proposes virtual patches, brings them to the firewall, and takes them back when their findings are mended.
///
/// A patch that is observed or enforced is a file `NUMBER.conf` of the folder `virtual-patches`, which the gateway's rules
/// include. An act is recorded before its file is written. A crash in between, a copy of the database that is put back and
/// files that are deleted by hand part the two: ``restore()`` makes files what the store says, and is for whoever opens
/// a book to act.
package struct VirtualPatchBook {
    /// An act, for the evidence log.
    package struct Act: Sendable, Hashable, Encodable {
        package var act: String
        package var rule: Int
        /// Nil where the store does not know the patch.
        package var finding: String?
        package var route: String?
        package var maker: String
        package var because: String
        /// The text of its file; nil where it has none any more.
        package var text: String?
    }

    private let store: VulnerabilityStore
    private let files: PatchFiles
    private let record: (Act) throws -> Void

    /// - Parameters:
    ///   - folder: `virtual-patches` of the data folder; made where there is none.
    ///   - record: writes an act to the evidence log, and returns when it is on disk; what it throws keeps the act from
    ///     taking effect.
    package init(_ store: VulnerabilityStore, folder: String, record: @escaping (Act) throws -> Void) {
        self.store = store
        files = PatchFiles(folder: folder)
        self.record = record
    }

    // MARK: Proposing

    /// Proposes a patch of a finding. Nothing is recorded or loaded for it.
    ///
    /// - Parameters:
    ///   - route: in place of the finding's own.
    ///   - parameter: in place of the finding's own; empty for none.
    /// - Throws: ``CorrelationError``, ``StorageError``.
    package func propose(
        _ id: Int64,
        route: RoutePattern? = nil,
        parameter: String? = nil,
        maker: String,
        now: Int
    ) throws -> (patch: VirtualPatch, text: String) {
        guard let target = try target(id) else {
            throw CorrelationError(.noPatch, "there is no finding of this number")
        }
        let known = try store.virtualPatches().first { $0.finding == id && $0.state != .retired }
        if let known {
            throw CorrelationError(
                .badState,
                "the finding has the virtual patch \(known.rule) already, which is \(known.state.rawValue)",
                hint: "redoubt vuln patch retire \(known.rule) makes room for another"
            )
        }
        let pattern = try route ?? self.route(of: target)
        let name = parameter ?? target.parameter
        let chosen = name.flatMap { $0.isEmpty ? nil : $0 }
        if let chosen, !PatchRule.isPlain(chosen) {
            guard parameter == nil else {
                throw CorrelationError(.noPatch, "\(chosen) is no name of a parameter that a rule can look at")
            }
        }
        let plain = chosen.flatMap { PatchRule.isPlain($0) ? $0 : nil }
        let attack = try attack(on: target, hasParameter: plain != nil)
        try PatchRule.check(attack, hasParameter: plain != nil)
        let patch = try store.propose(
            patchOf: id,
            attackClass: attack.rawValue,
            pattern: pattern,
            parameter: plain,
            maker: maker,
            now: now
        )
        return (patch, try PatchRule(patch).text)
    }

    private func target(_ id: Int64) throws -> AttackTarget? { try store.attackTarget(id) }

    /// The finding's address, or the only route that leads to it.
    private func route(of target: AttackTarget) throws -> RoutePattern {
        if let path = FindingAddress.path(url: target.url, path: target.urlPath) {
            let method = target.method.flatMap { $0.isEmpty ? nil : $0.uppercased() }
            let form = RoutePath(path)
            guard !form.isAmbiguous else {
                throw CorrelationError(.noPatch, "\(path) is read differently by servers", hint: "name it with --route")
            }
            return try Self.pattern(of: String(decoding: form.bytes, as: UTF8.self), method: method)
        }
        let routes = try store.attackRoutes(of: target.project)
        let leading = TieIndex.routes(to: target, among: routes)
        let patterns = Set(leading.map(\.pattern))
        guard let pattern = patterns.first else {
            throw CorrelationError(
                .noPatch,
                "no route is known that leads to the finding",
                hint: "redoubt vuln routes add tells of one, or name it with --route"
            )
        }
        guard patterns.count == 1 else {
            let names = patterns.map(\.description).sorted().prefix(8).joined(separator: ", ")
            throw CorrelationError(
                .noPatch,
                "several routes lead to the finding: \(names)",
                hint: "name one with --route"
            )
        }
        return pattern
    }

    /// A path with a placeholder for each segment that looks like an identifier.
    private static func pattern(of path: String, method: String?) throws(CorrelationError) -> RoutePattern {
        let shape = RouteShape.shape(path: path.isEmpty ? "/" : path, method: method ?? "*")
        do {
            // A longer one was cut.
            if shape.utf8.count < RouteShape.longest { return try RoutePattern(parsing: shape) }
        } catch {
            throw CorrelationError(.noPatch, "no route can be made of \(path): \(error)", hint: "name it with --route")
        }
        throw CorrelationError(.noPatch, "the path is too long to make a route of it", hint: "name it with --route")
    }

    private func attack(on target: AttackTarget, hasParameter: Bool) throws(CorrelationError) -> AttackClass {
        let classes = target.weaknesses.flatMap(AttackClass.aiming)
        guard let first = classes.first else {
            throw CorrelationError(.noPatch, "the finding names no weakness that rules look for")
        }
        return classes.first { PatchRule.canGuard($0, hasParameter: hasParameter) } ?? first
    }

    // MARK: Acts

    /// Brings a proposal to the firewall, where it is observed.
    package func apply(_ rule: Int, because: String, maker: String, now: Int) throws -> VirtualPatch {
        try change(rule, from: [.proposed], to: .observing, because: because, maker: maker, now: now)
    }

    /// Lets a patch stop requests, as far as the mode of the firewall goes.
    package func enforce(_ rule: Int, because: String, maker: String, now: Int) throws -> VirtualPatch {
        try change(rule, from: [.observing], to: .enforced, because: because, maker: maker, now: now)
    }

    /// Lets a patch be observed only, as before it was enforced.
    package func observe(_ rule: Int, because: String, maker: String, now: Int) throws -> VirtualPatch {
        try change(rule, from: [.enforced], to: .observing, because: because, maker: maker, now: now)
    }

    /// Takes a patch back.
    package func retire(_ rule: Int, because: String, maker: String, now: Int) throws -> VirtualPatch {
        let states: [VirtualPatch.State] = [.proposed, .observing, .enforced]
        return try change(rule, from: states, to: .retired, because: because, maker: maker, now: now)
    }

    /// Takes back the patches of findings that are mended, or were false positives.
    ///
    /// - Parameter evenHidden: also those that may be the reason why scans no longer see the weakness.
    /// - Returns: those that are taken back, and those that are kept because they may hide it.
    package func retireResolved(
        evenHidden: Bool = false,
        maker: String = "redoubt",
        now: Int
    ) throws -> (retired: [VirtualPatch], hidden: [VirtualPatch]) {
        let obsolete = try store.virtualPatches().filter { $0.state != .retired && $0.isObsolete }
        let hidden = obsolete.filter { $0.mayBeHidden && !evenHidden }
        let retired = try obsolete.filter { evenHidden || !$0.mayBeHidden }.map { patch in
            let reason =
                patch.mayBeHidden ? "the finding is closed, also if only the patch hides it" : "the finding is closed"
            return try retire(patch.rule, because: reason, maker: maker, now: now)
        }
        return (retired, hidden)
    }

    private func change(
        _ rule: Int,
        from states: [VirtualPatch.State],
        to state: VirtualPatch.State,
        because: String,
        maker: String,
        now: Int
    ) throws -> VirtualPatch {
        guard let patch = try store.virtualPatch(rule: rule) else {
            throw CorrelationError(.badState, "there is no virtual patch \(rule)", hint: "redoubt vuln patch list")
        }
        guard states.contains(patch.state) else {
            throw CorrelationError(.badState, "the virtual patch \(rule) is \(patch.state.rawValue)")
        }
        var changed = patch
        changed.state = state
        changed.changed = now
        changed.maker = maker
        changed.because = because
        let text = state.isLoaded ? try PatchRule(changed).text : nil
        try record(
            Act(
                act: state.rawValue,
                rule: rule,
                finding: patch.findingIdentifier.description,
                route: patch.pattern.description,
                maker: maker,
                because: because,
                text: text
            )
        )
        try store.set(patch, state, maker: maker, because: because, now: now)
        try files.write(text, rule)
        return changed
    }

    // MARK: Files

    /// Where the folder's files and the store part. Nothing is changed.
    ///
    /// - Throws: ``CorrelationError/Code/file`` where the folder cannot be read.
    package func differences() throws -> [PatchDifference] {
        let patches = try store.virtualPatches()
        var present = try files.read()
        var differences: [PatchDifference] = []
        for patch in patches {
            let file = present.removeValue(forKey: patch.rule)
            // A class of attacks that this program does not know is another program's patch, whose file stays as it is.
            guard let rule = try? PatchRule(patch) else { continue }
            let text = patch.state.isLoaded ? try rule.text : nil
            // What people wrote is theirs.
            guard file != text, text != nil || file?.hasPrefix(PatchRule.firstLine) == true else { continue }
            differences.append(PatchDifference(patch, file: file, text: text))
        }
        for (rule, text) in present where text.hasPrefix(PatchRule.firstLine) {
            differences.append(PatchDifference(unknown: rule))
        }
        return differences.sorted { $0.rule < $1.rule }
    }

    /// Makes the folder's files what the store says: those of loaded patches, and no others that are patches. Files of
    /// patches that the store does not know are set aside as `NUMBER.conf.unknown`, which no firewall loads. What people
    /// wrote under such a name is left alone.
    ///
    /// - Returns: what was mended; each is recorded first.
    @discardableResult
    package func restore() throws -> [PatchDifference] {
        let differences = try differences()
        for difference in differences {
            try record(
                Act(
                    act: "restored",
                    rule: difference.rule,
                    finding: difference.patch?.findingIdentifier.description,
                    route: difference.patch?.pattern.description,
                    maker: "redoubt",
                    because: difference.description,
                    text: difference.text
                )
            )
            if difference.patch == nil {
                try files.setAside(difference.rule)
            } else {
                try files.write(difference.text, difference.rule)
            }
        }
        return differences
    }
}
