// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct RateLimiterTests {
    private func limit(
        _ name: String = "l",
        place: String = "",
        per key: RateLimit.Key = .address,
        count: Int = 5,
        seconds: Int = 10,
        burst: Int? = nil
    ) throws -> PolicyChange {
        .setLimit(
            RateLimit(
                try RuleID(parsing: name),
                place: try Scope.Place(parsing: place),
                per: key,
                count: count,
                seconds: seconds,
                burst: burst,
                by: alice,
                expires: 1 << 60
            )
        )
    }

    /// A token bucket as the books have it.
    private struct Bucket {
        var tokens: Double
        var time: Int64 = 0
        let burst: Double
        let perNanosecond: Double

        mutating func take(_ now: Int64) -> Bool {
            tokens = min(burst, tokens + Double(now - time) * perNanosecond)
            time = now
            guard tokens >= 1 - 1e-6 else { return false }
            tokens -= 1
            return true
        }
    }

    @Test func `agrees with a token bucket`() throws {
        var numbers = SeededNumbers(state: 10)
        for _ in 0..<40 {
            let count = Int.random(in: 1...20, using: &numbers)
            let seconds = Int.random(in: 1...20, using: &numbers)
            let burst = Int.random(in: 1...20, using: &numbers)
            let snapshot = try snapshot(limit(count: count, seconds: seconds, burst: burst))
            let limiter = RateLimiter(capacity: 512)
            let interval = Int64(seconds) * second / Int64(count)
            // Steps of whole intervals and odd rests keep away from where rounding decides.
            var bucket = Bucket(tokens: Double(burst), burst: Double(burst), perNanosecond: 1 / Double(interval))
            var now: Int64 = 0
            for _ in 0..<200 {
                now +=
                    interval * Int64.random(in: 0...2, using: &numbers) + Int64.random(in: 0...1, using: &numbers)
                    * 1000
                let isWithin = limiter.charge(try request(), under: snapshot, at: now) == nil
                #expect(isWithin == bucket.take(now))
            }
        }
    }

    @Test func `says how long to wait`() throws {
        let snapshot = try snapshot(limit())
        let limiter = RateLimiter(capacity: 512)
        for _ in 0..<5 { #expect(limiter.charge(try request(), under: snapshot, at: 0) == nil) }
        #expect(limiter.charge(try request(), under: snapshot, at: 0)?.retryAfter == 2 * second)
        #expect(limiter.charge(try request(), under: snapshot, at: second)?.retryAfter == second)
        #expect(limiter.charge(try request(), under: snapshot, at: 2 * second) == nil)
    }

    @Test func `clients, sessions, routes and limits have buckets of their own`() throws {
        let snapshot = try snapshot(
            limit("a", place: "app:shop/route:POST /login", count: 1),
            limit("s", per: .session, count: 2),
            limit("r", place: "route:/search", per: .route, count: 3)
        )
        let limiter = RateLimiter(capacity: 4096)
        func charge(_ line: String, _ client: String, _ entities: String..., app: String = "shop") throws -> String? {
            var facts = try request(line, app: app, from: client)
            facts.entities = try entities.map(entity)
            return limiter.charge(facts, under: snapshot, at: 0)?.limit.name.description
        }
        #expect(try charge("POST /login", "192.0.2.1") == nil && charge("POST /login", "192.0.2.1") == "a")
        #expect(try charge("POST /login", "192.0.2.2") == nil && charge("GET /login", "192.0.2.1") == nil)
        #expect(try charge("POST /login", "192.0.2.1", app: "blog") == nil)
        // Addresses of one IPv6 network of /64 are one client.
        #expect(try charge("POST /login", "2001:db8::1") == nil && charge("POST /login", "2001:db8::2") == "a")
        #expect(try charge("POST /login", "2001:db8:0:1::1") == nil)
        for index in 0..<4 {
            #expect(try charge("GET /", "192.0.2.\(index)", "user:x", "session:1") == (index < 2 ? nil : "s"))
            #expect(try charge("GET /search", "198.51.100.\(index)") == (index < 3 ? nil : "r"))
        }
        #expect(try charge("GET /", "192.0.2.1", "session:2") == nil)
        // On an ambiguous path it may be the route.
        #expect(
            try charge("POST //login", "192.0.2.1") == "a" && charge("POST //login", "192.0.2.1", app: "blog") == "r"
        )
    }

    @Test func `each session of a request counts`() throws {
        let snapshot = try snapshot(limit(per: .session, count: 2))
        let limiter = RateLimiter(capacity: 512)
        func isWithin(_ entities: String...) throws -> Bool {
            var facts = try request()
            facts.entities = try entities.map(entity)
            return limiter.charge(facts, under: snapshot, at: 0) == nil
        }
        #expect(try isWithin("session:1", "session:2") && isWithin("session:3", "session:2"))
        #expect(try !isWithin("session:4", "session:2"))
        #expect(try !isWithin("session:2"))
        #expect(try isWithin("session:1"))
        #expect(try !isWithin("session:1"))
    }

    @Test func `a limit is observed until it is enforced, and has modes as a rule`() throws {
        let observed = try snapshot(limit("login"))
        let exceeded = ExceededLimit(limit: try observed.firstLimit("login"), retryAfter: 5)
        let ruling = observed.decide(exceeded, for: try request(), at: 5)
        #expect(ruling.disposition == .wouldLimit && ruling.message.contains("limit login: more than 5 in 10 s"))
        let enforced = try snapshot(limit("login"), .mode("limits/rule:login", .enforce), .never("192.0.2.9"))
        #expect(enforced.decide(exceeded, for: try request(), at: 5).disposition == .limited)
        #expect(enforced.decide(exceeded, for: try request(from: "192.0.2.9"), at: 5).reason == .neverBlocked)
        let decision = enforced.decide(exceeded, for: try request(), at: 5).decision(identifier(1), at: 5)
        #expect(decision.reason == .limitExceeded && decision.maker == "alice")
        #expect(decision.rule?.description == "login" && decision.control == .rateLimits)
        let off = try snapshot(limit("login"), .mode("limits", .off))
        #expect(off.decide(exceeded, for: try request(), at: 5).disposition == .allowed)
        #expect(enforced.explain(exceeded, for: try request(), at: 5).steps.count == 4)
    }

    @Test func `a limit that has ended counts nothing`() throws {
        let snapshot = try snapshot(limit(count: 1))
        let limiter = RateLimiter(capacity: 512)
        for _ in 0..<3 { #expect(limiter.charge(try request(), under: snapshot, at: 1 << 60) == nil) }
    }

    @Test func `the memory is fixed, and a flood of addresses frees nobody who is over a limit`() throws {
        let snapshot = try snapshot(limit(count: 100, seconds: 1000))
        let limiter = RateLimiter(capacity: 512)
        #expect(limiter.capacity == 512 && limiter.memory == 8192)
        #expect(RateLimiter().memory == 4 << 20)
        let heavy = try request()
        for _ in 0..<100 { _ = limiter.charge(heavy, under: snapshot, at: 0) }
        for index in 0..<100_000 as Range<UInt32> {
            let facts = ActivityFacts(address: IPAddress(v4: 0x0A00_0000 + index))
            #expect(limiter.charge(facts, under: snapshot, at: 1) == nil)
        }
        #expect(limiter.charge(heavy, under: snapshot, at: 2) != nil)
    }

    @Test func `a clock that jumps keeps nobody out for long`() throws {
        let snapshot = try snapshot(limit())
        let limiter = RateLimiter(capacity: 512)
        let future = Int64.max / 8
        for _ in 0..<6 { _ = limiter.charge(try request(), under: snapshot, at: future) }
        let wait = try #require(limiter.charge(try request(), under: snapshot, at: 100 * second)?.retryAfter)
        #expect(wait <= 2 * second)
        #expect(limiter.charge(try request(), under: snapshot, at: 100 * second + wait) == nil)
        for time in [Int64.min, -1, 0, .max] {
            _ = limiter.charge(try request(), under: snapshot, at: time)
        }
    }

    @Test func `many threads count as one does`() async throws {
        let snapshot = try snapshot(limit(count: 1000, seconds: 1000))
        let limiter = RateLimiter()
        let facts = try request()
        let passed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<500).count { _ in limiter.charge(facts, under: snapshot, at: 0) == nil } }
            }
            return await group.reduce(0, +)
        }
        #expect(passed == 1000)
    }
}

extension PolicySnapshot {
    /// A limit as it was compiled.
    fileprivate func firstLimit(_ name: String) throws -> RateLimit {
        var found: RateLimit?
        tables.limits.forEach(try request(), at: 0) { limit, _ in
            if limit.limit.name.description == name { found = limit.limit }
        }
        guard let found else { throw PolicyError(.notFound, name) }
        return found
    }
}
