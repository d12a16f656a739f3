// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation

@testable import Policy

/// Numbers that are the same in each run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

let second: Int64 = 1_000_000_000
let key = HashKey(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
let alice = Authorship("alice", because: "a test", at: 1)

func identifier(_ number: UInt64) -> Identifier {
    Identifier(milliseconds: number, random: (0, number))
}

func scope(_ text: String) throws -> Scope { try Scope(parsing: text) }

func entity(_ text: String) throws -> Entity { try Entity(parsing: text) }

func address(_ text: String) throws -> IPAddress { try IPAddress(parsing: text) }

/// A request such as `POST /login`.
func request(
    _ line: String = "GET /",
    app: String? = "shop",
    from client: String? = "192.0.2.1",
    _ entities: String...
) throws -> ActivityFacts {
    let parts = line.split(separator: " ", maxSplits: 1)
    return ActivityFacts(
        application: app,
        method: Array(parts[0].utf8)[...],
        path: Array(parts[1].utf8)[...],
        address: try client.map(address),
        entities: try entities.map(entity)
    )
}

func detection(
    _ rule: Int = 942100,
    severity: Severity = .critical,
    response: Countermeasure? = .block,
    target: String? = "ARGS:q",
    tags: [String] = ["attack-sqli"],
    control: ControlID = .webFirewall
) -> Detection {
    Detection(
        id: identifier(UInt64(rule)),
        time: 1,
        control: control,
        rule: RuleID(rule),
        severity: severity,
        message: "an attack",
        response: response,
        target: target,
        tags: tags
    )
}

extension PolicyChange {
    static func mode(
        _ scope: String,
        _ mode: Mode,
        canary: Int? = nil,
        expires: Int64? = nil
    ) throws -> PolicyChange {
        .setMode(ModeSetting(try Scope(parsing: scope), mode, canary: canary, by: alice, expires: expires))
    }

    static func blocking(_ text: String, expires: Int64? = nil) throws -> PolicyChange {
        .block(EntityBlock(try entity(text), by: alice, expires: expires))
    }

    static func never(_ text: String, _ kind: NeverBlock.Kind = .listed, expires: Int64? = nil) throws -> PolicyChange {
        .neverBlock(NeverBlock(try entity(text), kind, by: alice, expires: expires))
    }

    static func exception(
        _ number: UInt64,
        rules: String = "942100",
        target: String? = nil,
        place: String = "",
        client: String? = nil,
        expires: Int64? = nil
    ) throws -> PolicyChange {
        .addException(
            PolicyException(
                identifier(number),
                .webFirewall,
                rules: try RuleSelector(parsing: rules),
                target: try target.map { try TargetSelector(parsing: $0) },
                place: try Scope.Place(parsing: place),
                client: try client.map(entity),
                owner: "shop team",
                by: alice,
                expires: expires
            )
        )
    }
}

func document(_ changes: [PolicyChange]) throws -> PolicyDocument {
    var document = PolicyDocument()
    for change in changes {
        _ = try document.apply(change, by: alice)
    }
    return document
}

func snapshot(_ changes: PolicyChange...) throws -> PolicySnapshot {
    PolicySnapshot(try document(changes), key: key)
}

func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

func decoded<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
}

/// What a decoder says is wrong.
func problem<Value: Decodable>(_ text: String, as type: Value.Type) -> String? {
    do {
        _ = try decoded(text, as: type)
        return nil
    } catch DecodingError.dataCorrupted(let context) {
        return context.debugDescription
    } catch {
        return "\(error)"
    }
}
