// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SystemCapture
import TestSupport
import Testing

/// Numbers that are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Damaged captures are refused and never crash", .enabled(if: CaptureFiles.isAvailable))
struct CapturePropertyTests {
    /// Captures with few processes, so that many mutations take little time.
    private static let small = ["cat_write", "test_ipv6_client", "sample"]

    @Test(arguments: small)
    func `a capture cut anywhere gives the events before the cut`(name: String) throws {
        let bytes = try CaptureFiles.bytes(name)
        let whole = ReplayResult(bytes).events
        var numbers = SeededNumbers(state: 11)
        for _ in 0..<12 {
            let length = Int.random(in: 0..<bytes.count, using: &numbers)
            let part = ReplayResult(Array(bytes[..<length]))
            #expect(part.events.elementsEqual(whole.prefix(part.events.count)))
            if let error = part.error {
                #expect(error.code == .truncated || error.code == .notACapture)
                #expect(error.offset <= length)
            }
        }
    }

    @Test(arguments: small, [1, 8, 200] as [Int])
    func `changed bytes never crash`(name: String, changes: Int) throws {
        let bytes = try CaptureFiles.bytes(name)
        var numbers = SeededNumbers(state: UInt64(changes))
        for _ in 0..<12 {
            var damaged = bytes
            for _ in 0..<changes {
                damaged[Int.random(in: 28..<damaged.count, using: &numbers)] = UInt8.random(
                    in: 0...255,
                    using: &numbers
                )
            }
            let result = ReplayResult(damaged)
            if let error = result.error {
                #expect(error.offset <= damaged.count)
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test(arguments: small)
    func `lengths that lie are refused`(name: String) throws {
        let bytes = try CaptureFiles.bytes(name)
        var numbers = SeededNumbers(state: 5)
        let lies: [UInt32] = [0, 1, 11, 12, 13, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF]
        for offset in blockOffsets(bytes).shuffled(using: &numbers).prefix(8) {
            for lie in lies {
                var damaged = bytes
                withUnsafeBytes(of: lie.littleEndian) { damaged.replaceSubrange((offset + 4)..<(offset + 8), with: $0) }
                let error = try #require(ReplayResult(damaged).error)
                #expect(error.offset >= offset)
            }
        }
    }

    private func blockOffsets(_ bytes: [UInt8]) -> [Int] {
        var offsets: [Int] = []
        var offset = 0
        while offset + 8 <= bytes.count {
            offsets.append(offset)
            offset += bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)) }
        }
        return offsets
    }

    @Test func `random bytes are no capture`() {
        var numbers = SeededNumbers(state: 3)
        for _ in 0..<200 {
            let count = Int.random(in: 0..<300, using: &numbers)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            #expect(ReplayResult(bytes).error != nil)
        }
    }

    @Test func `full tables give up what was not used and count it`() throws {
        var limits = StateLimits()
        limits.threads = 20
        limits.descriptors = 30
        let bytes = try CaptureFiles.bytes("curl_google")
        let result = ReplayResult(bytes, limits: limits)
        #expect(result.error == nil)
        #expect(result.events.count == ReplayResult(bytes).events.count)
        #expect(result.threads <= 20)
        #expect(result.descriptors <= 30)
    }
}
