// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// All that people have decided about the defence, as a value.
///
/// It is changed by ``PolicyChange`` only, each of which makes the next revision. What requests are judged by is a
/// ``PolicySnapshot`` of it. In JSON, lists are in the order of their keys, so that equal policies are equal bytes under a
/// writer that sorts keys.
package struct PolicyDocument: Hashable, Sendable {
    /// Counts the changes; 0 for the policy that nobody has changed yet.
    package internal(set) var revision = 0
    package internal(set) var modes: [Scope: ModeSetting] = [:]
    package internal(set) var exceptions: [Identifier: PolicyException] = [:]
    package internal(set) var blocks: [Entity: EntityBlock] = [:]
    /// Without the loopback addresses, which need no entry.
    package internal(set) var neverBlocked: [Entity: NeverBlock] = [:]
    package internal(set) var limits: [RuleID: RateLimit] = [:]
    package internal(set) var failures = FailurePolicy()
    package internal(set) var blockRate = BlockRateLimit()
    /// The controls that the guard has put back to `observe`.
    package internal(set) var stoodBack: [ControlID: Authorship] = [:]
    /// Set while all controls are put to `observe` and all blocks are lifted.
    package internal(set) var stoodDown: Authorship?

    package static let maximumBlocks = 1_000_000
    package static let maximumEntries = 10_000
    package static let maximumLimits = 256

    /// The policy that everything starts with: all is observed.
    package init() {}

    /// Drops blocks that ended before a time. Nothing acts differently without them, so this is no change of its own.
    ///
    /// - Returns: how many there were.
    package mutating func removeBlocks(endedBefore time: Int64) -> Int {
        let before = blocks.count
        blocks = blocks.filter { ($0.value.expires ?? .max) >= time }
        return before - blocks.count
    }
}

extension PolicyDocument: Codable {
    /// The version of the form; a document of another one is refused.
    private static let version = 1

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case version, revision, modes, exceptions, blocks
        case neverBlocked = "never_blocked"
        case limits, failures
        case blockRate = "block_rate"
        case stoodBack = "stood_back"
        case stoodDown = "stood_down"
    }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(Self.version, forKey: .version)
        try members.encode(revision, forKey: .revision)
        try members.encode(Self.sorted(modes), forKey: .modes)
        try members.encode(exceptions.values.sorted { $0.id < $1.id }, forKey: .exceptions)
        try members.encode(Self.sorted(blocks), forKey: .blocks)
        try members.encode(Self.sorted(neverBlocked), forKey: .neverBlocked)
        try members.encode(Self.sorted(limits), forKey: .limits)
        try members.encode(failures, forKey: .failures)
        try members.encode(blockRate, forKey: .blockRate)
        let stoodBack = self.stoodBack.map { ($0.key.rawValue, $0.value) }
        try members.encode(Dictionary(stoodBack) { first, _ in first }, forKey: .stoodBack)
        try members.encodeIfPresent(stoodDown, forKey: .stoodDown)
    }

    private static func sorted<Key: CustomStringConvertible, Value>(_ entries: [Key: Value]) -> [Value] {
        entries.map { ($0.key.description, $0.value) }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Checks what it reads as if it were typed in.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        let version = try members.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version,
                in: members,
                debugDescription: "expected version \(Self.version) of the policy's form, found \(version)"
            )
        }
        self.init()
        failures = try members.decode(FailurePolicy.self, forKey: .failures)
        stoodDown = try members.decodeIfPresent(Authorship.self, forKey: .stoodDown)
        let changes = try Self.changes(in: members)
        do throws(PolicyError) {
            for change in changes {
                _ = try perform(change)
            }
        } catch {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: error.message)
            )
        }
        revision = max(0, try members.decode(Int.self, forKey: .revision))
    }

    /// The changes that lead from an empty policy to what is read. Two entries for the same thing are an error.
    private static func changes(in members: KeyedDecodingContainer<CodingKeys>) throws -> [PolicyChange] {
        let modes = try members.decode([ModeSetting].self, forKey: .modes)
        let exceptions = try members.decode([PolicyException].self, forKey: .exceptions)
        let blocks = try members.decode([EntityBlock].self, forKey: .blocks)
        let never = try members.decode([NeverBlock].self, forKey: .neverBlocked)
        let limits = try members.decode([RateLimit].self, forKey: .limits)
        let stoodBack = try members.decode([String: Authorship].self, forKey: .stoodBack)
        try refuseDoubles(modes.map(\.scope), .modes, members)
        try refuseDoubles(blocks.map(\.entity), .blocks, members)
        try refuseDoubles(never.map(\.entity), .neverBlocked, members)
        try refuseDoubles(limits.map(\.name), .limits, members)
        var changes = modes.map(PolicyChange.setMode) + exceptions.map(PolicyChange.addException)
        changes += blocks.map(PolicyChange.block) + never.map(PolicyChange.neverBlock)
        changes += limits.map(PolicyChange.setLimit)
        changes.append(.setBlockRate(try members.decode(BlockRateLimit.self, forKey: .blockRate)))
        for (name, author) in stoodBack {
            changes.append(.standBack(try ControlID(parsing: name), author))
        }
        return changes
    }

    private static func refuseDoubles<Entry: Hashable & CustomStringConvertible>(
        _ entries: [Entry],
        _ key: CodingKeys,
        _ members: KeyedDecodingContainer<CodingKeys>
    ) throws {
        var seen: Set<Entry> = []
        seen.reserveCapacity(entries.count)
        for entry in entries where !seen.insert(entry).inserted {
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: members,
                debugDescription: "\(entry) is there twice"
            )
        }
    }
}
