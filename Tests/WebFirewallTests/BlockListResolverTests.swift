// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Synchronization
import Testing

@testable import WebFirewall

@Suite struct BlockListResolverTests {
    private final class Clock: Sendable {
        let time = Atomic<UInt64>(1)
    }

    /// Waits until a condition holds, for ten seconds at most.
    private func eventually(_ condition: () -> Bool) async throws -> Bool {
        for _ in 0..<1_000 {
            if condition() {
                return true
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test func `lets the first request pass and answers the next`() async throws {
        let resolver = BlockListResolver(resolve: { $0.hasPrefix("2.0.0.127.") })
        #expect(!resolver.isListed("2.0.0.127.list.example"))
        #expect(try await eventually { resolver.isListed("2.0.0.127.list.example") })
        #expect(!resolver.isListed("1.0.0.127.list.example"))
    }

    @Test func `asks once as long as an answer holds`() async throws {
        let clock = Clock()
        let asked = Mutex<[String]>([])
        let resolver = BlockListResolver(
            resolve: { name in
                asked.withLock { $0.append(name) }
                return true
            },
            now: { clock.time.load(ordering: .relaxed) }
        )
        #expect(try await eventually { resolver.isListed("a") })
        #expect(resolver.isListed("a"))
        #expect(asked.withLock { $0 } == ["a"])
        clock.time.store(BlockListResolver.lifetime + 2, ordering: .relaxed)
        #expect(!resolver.isListed("a"))
        #expect(try await eventually { asked.withLock { $0.count } == 2 })
    }

    @Test func `takes only loopback addresses for an answer`() {
        #expect(BlockListResolver.isListedInDNS("127.0.0.2"))
        #expect(!BlockListResolver.isListedInDNS("192.0.2.1"))
    }
}
