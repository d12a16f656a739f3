// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation

@testable import DefenseModel

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

/// Changes, removes, repeats or inserts a few bytes of a text.
func mutated(_ text: String, _ numbers: inout SeededNumbers) -> String {
    let alphabet = Array("/:{}*% .,abzAZ019-_?#;\\\"'\u{0}\u{7F}\u{FF}".utf8)
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        let place = Int.random(in: 0...bytes.count, using: &numbers)
        let byte = alphabet.randomElement(using: &numbers) ?? 0
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0 where place < bytes.count: bytes[place] = byte
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: bytes[..<place].suffix(8), at: place)
        default: bytes.insert(byte, at: place)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
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
