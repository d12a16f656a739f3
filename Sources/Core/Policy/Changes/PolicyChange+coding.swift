// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// In JSON an object with the kind of the change and one member that says what: `{"change":"unblock","entity":...}`.
extension PolicyChange: Codable {
    private enum Kind: String, Codable {
        case setMode = "set_mode"
        case clearMode = "clear_mode"
        case addException = "add_exception"
        case removeException = "remove_exception"
        case block
        case unblock
        case neverBlock = "never_block"
        case removeNeverBlock = "remove_never_block"
        case setLimit = "set_limit"
        case removeLimit = "remove_limit"
        case setFailure = "set_failure"
        case setBlockRate = "set_block_rate"
        case standBack = "stand_back"
        case resume
        case standDown = "stand_down"
        case standUp = "stand_up"
        case several
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case change, setting, scope, exception, id, block, entity, entry, limit, name, failure, action
        case blockRate = "block_rate"
        case control, by, changes
    }

    private typealias Members = KeyedDecodingContainer<CodingKeys>

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        let kind = try members.decode(Kind.self, forKey: .change)
        let change = try Self.read(kind, members)
        // What belongs to another kind of change is as wrong as an unknown key.
        let wanted = change.keys
        for key in members.allKeys where !wanted.contains(key) {
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: members,
                debugDescription: "\(key.rawValue) is no part of the change \(kind.rawValue)"
            )
        }
        self = change
    }

    private static func read(_ kind: Kind, _ members: Members) throws -> PolicyChange {
        switch kind {
        case .setMode: .setMode(try members.decode(ModeSetting.self, forKey: .setting))
        case .clearMode: .clearMode(try members.decode(Scope.self, forKey: .scope))
        case .addException: .addException(try members.decode(PolicyException.self, forKey: .exception))
        case .removeException: .removeException(try members.decode(Identifier.self, forKey: .id))
        case .block: .block(try members.decode(EntityBlock.self, forKey: .block))
        case .unblock: .unblock(try members.decode(Entity.self, forKey: .entity))
        case .neverBlock: .neverBlock(try members.decode(NeverBlock.self, forKey: .entry))
        case .removeNeverBlock: .removeNeverBlock(try members.decode(Entity.self, forKey: .entity))
        case .setLimit: .setLimit(try members.decode(RateLimit.self, forKey: .limit))
        case .removeLimit: .removeLimit(try members.decode(RuleID.self, forKey: .name))
        case .setFailure: try readFailure(members)
        case .setBlockRate: .setBlockRate(try members.decode(BlockRateLimit.self, forKey: .blockRate))
        case .standBack: .standBack(try control(members), try members.decode(Authorship.self, forKey: .by))
        case .resume: .resume(try control(members))
        case .standDown: .standDown(try members.decode(Authorship.self, forKey: .by))
        case .standUp: .standUp
        case .several: .several(try members.decode([PolicyChange].self, forKey: .changes))
        }
    }

    private static func control(_ members: Members) throws -> ControlID {
        try members.decode(ControlID.self, forKey: .control)
    }

    private static func readFailure(_ members: Members) throws -> PolicyChange {
        let text = try members.decode(String.self, forKey: .failure)
        guard let failure = FailureCase(text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .failure,
                in: members,
                debugDescription: "there is no failure \"\(text)\""
            )
        }
        return .setFailure(failure, try members.decodeIfPresent(FailureAction.self, forKey: .action))
    }

    private var keys: Set<CodingKeys> {
        switch self {
        case .setMode: [.change, .setting]
        case .clearMode: [.change, .scope]
        case .addException: [.change, .exception]
        case .removeException: [.change, .id]
        case .block: [.change, .block]
        case .unblock, .removeNeverBlock: [.change, .entity]
        case .neverBlock: [.change, .entry]
        case .setLimit: [.change, .limit]
        case .removeLimit: [.change, .name]
        case .setFailure: [.change, .failure, .action]
        case .setBlockRate: [.change, .blockRate]
        case .standBack: [.change, .control, .by]
        case .resume: [.change, .control]
        case .standDown: [.change, .by]
        case .standUp: [.change]
        case .several: [.change, .changes]
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        func put(_ kind: Kind, _ value: some Encodable, _ key: CodingKeys) throws {
            try members.encode(kind, forKey: .change)
            try members.encode(value, forKey: key)
        }
        switch self {
        case .setMode(let setting): try put(.setMode, setting, .setting)
        case .clearMode(let scope): try put(.clearMode, scope, .scope)
        case .addException(let exception): try put(.addException, exception, .exception)
        case .removeException(let id): try put(.removeException, id, .id)
        case .block(let block): try put(.block, block, .block)
        case .unblock(let entity): try put(.unblock, entity, .entity)
        case .neverBlock(let entry): try put(.neverBlock, entry, .entry)
        case .removeNeverBlock(let entity): try put(.removeNeverBlock, entity, .entity)
        case .setLimit(let limit): try put(.setLimit, limit, .limit)
        case .removeLimit(let name): try put(.removeLimit, name, .name)
        case .setFailure(let failure, let action):
            try put(.setFailure, failure.description, .failure)
            try members.encodeIfPresent(action, forKey: .action)
        case .setBlockRate(let limit): try put(.setBlockRate, limit, .blockRate)
        case .standBack(let control, let author):
            try put(.standBack, control, .control)
            try members.encode(author, forKey: .by)
        case .resume(let control): try put(.resume, control, .control)
        case .standDown(let author): try put(.standDown, author, .by)
        case .standUp: try members.encode(Kind.standUp, forKey: .change)
        case .several(let changes): try put(.several, changes, .changes)
        }
    }
}
