// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

extension PolicyDocument {
    /// Makes a change, and with it the next revision.
    ///
    /// The document is changed in place: one with a million blocks is copied by nobody unless somebody else holds it.
    ///
    /// - Parameters:
    ///   - author: who makes the change, why and when.
    ///   - expected: the revision that the author has seen; nil for any.
    /// - Returns: what was done, with the change that takes it back.
    /// - Throws: ``PolicyError``; then nothing is changed.
    package mutating func apply(
        _ change: PolicyChange,
        by author: Authorship,
        expecting expected: Int? = nil
    ) throws(PolicyError) -> AppliedChange {
        try author.check()
        if let expected, expected != revision {
            throw PolicyError(.conflict, "the policy is at revision \(revision), not \(expected) any more")
        }
        let inverse = try perform(change)
        revision += 1
        return AppliedChange(change: change, inverse: inverse, revision: revision, by: author)
    }

    /// Changes the content without a new revision.
    ///
    /// - Returns: the inverse.
    mutating func perform(_ change: PolicyChange) throws(PolicyError) -> PolicyChange {
        switch change {
        case .setMode(let setting): return try perform(setting)
        case .clearMode(let scope):
            return .setMode(try Self.take(&modes, scope, "setting of the scope"))
        case .addException(let exception): return try perform(exception)
        case .removeException(let id):
            return .addException(try Self.take(&exceptions, id, "exception"))
        case .block(let block): return try perform(block)
        case .unblock(let entity):
            return .block(try Self.take(&blocks, entity, "block of"))
        case .neverBlock(let entry): return try perform(entry)
        case .removeNeverBlock(let entity): return try removeNeverBlock(entity)
        case .setLimit(let limit): return try perform(limit)
        case .removeLimit(let name):
            return .setLimit(try Self.take(&limits, name, "limit"))
        case .setFailure(let failure, let action):
            let old = failures[failure]
            try failures.set(failure, to: action)
            return .setFailure(failure, old == failure.standard ? nil : old)
        case .setBlockRate(let limit):
            try limit.check()
            defer { blockRate = limit }
            return .setBlockRate(blockRate)
        case .standBack, .resume, .standDown, .standUp: return try performStand(change)
        case .several(let changes): return try perform(changes)
        }
    }

    private mutating func perform(_ setting: ModeSetting) throws(PolicyError) -> PolicyChange {
        try setting.check()
        let old = modes[setting.scope]
        try Self.checkRoom(modes.count, Self.maximumEntries, "settings", isNew: old == nil)
        modes[setting.scope] = setting
        return old.map(PolicyChange.setMode) ?? .clearMode(setting.scope)
    }

    private mutating func perform(_ exception: PolicyException) throws(PolicyError) -> PolicyChange {
        try exception.check()
        guard exceptions[exception.id] == nil else {
            throw PolicyError(.duplicate, "there is an exception \(exception.id) already")
        }
        try Self.checkRoom(exceptions.count, Self.maximumEntries, "exceptions", isNew: true)
        exceptions[exception.id] = exception
        return .removeException(exception.id)
    }

    private mutating func perform(_ block: EntityBlock) throws(PolicyError) -> PolicyChange {
        try block.check()
        let old = blocks[block.entity]
        try Self.checkRoom(blocks.count, Self.maximumBlocks, "blocks", isNew: old == nil)
        blocks[block.entity] = block
        return old.map(PolicyChange.block) ?? .unblock(block.entity)
    }

    private mutating func perform(_ entry: NeverBlock) throws(PolicyError) -> PolicyChange {
        try entry.check()
        let old = neverBlocked[entry.entity]
        try Self.checkRoom(neverBlocked.count, Self.maximumEntries, "entries that are never blocked", isNew: old == nil)
        neverBlocked[entry.entity] = entry
        return old.map(PolicyChange.neverBlock) ?? .removeNeverBlock(entry.entity)
    }

    private mutating func removeNeverBlock(_ entity: Entity) throws(PolicyError) -> PolicyChange {
        guard entity.network?.isLoopback != true else {
            throw PolicyError(.senseless, "\(entity) is this machine itself, which is never blocked")
        }
        return .neverBlock(try Self.take(&neverBlocked, entity, "entry on the never-block list for"))
    }

    private mutating func perform(_ limit: RateLimit) throws(PolicyError) -> PolicyChange {
        try limit.check()
        let old = limits[limit.name]
        try Self.checkRoom(limits.count, Self.maximumLimits, "limits", isNew: old == nil)
        limits[limit.name] = limit
        return old.map(PolicyChange.setLimit) ?? .removeLimit(limit.name)
    }

    private mutating func performStand(_ change: PolicyChange) throws(PolicyError) -> PolicyChange {
        switch change {
        case .standBack(let control, let author):
            try author.check()
            let old = stoodBack.updateValue(author, forKey: control)
            return old.map { .standBack(control, $0) } ?? .resume(control)
        case .resume(let control):
            return .standBack(control, try Self.take(&stoodBack, control, "control that stood back:"))
        case .standDown(let author):
            try author.check()
            defer { stoodDown = author }
            return stoodDown.map(PolicyChange.standDown) ?? .standUp
        default:
            guard let old = stoodDown else { throw PolicyError(.notFound, "nothing was stood down") }
            stoodDown = nil
            return .standDown(old)
        }
    }

    /// All or none: what was done before a change that fails is taken back.
    private mutating func perform(_ changes: [PolicyChange]) throws(PolicyError) -> PolicyChange {
        var inverses: [PolicyChange] = []
        inverses.reserveCapacity(changes.count)
        do throws(PolicyError) {
            for change in changes {
                inverses.append(try perform(change))
            }
        } catch {
            for inverse in inverses.reversed() {
                _ = try perform(inverse)
            }
            throw error
        }
        return .several(inverses.reversed())
    }

    private static func take<Key, Value>(
        _ entries: inout [Key: Value],
        _ key: Key,
        _ name: String
    ) throws(PolicyError) -> Value {
        guard let value = entries.removeValue(forKey: key) else {
            throw PolicyError(.notFound, "there is no \(name) \(key)")
        }
        return value
    }

    private static func checkRoom(_ count: Int, _ limit: Int, _ name: String, isNew: Bool) throws(PolicyError) {
        guard isNew, count >= limit else { return }
        throw PolicyError(.full, "a policy has at most \(limit) \(name)")
    }
}
