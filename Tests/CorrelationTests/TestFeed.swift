// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Synchronization

@testable import Correlation

/// Detections that a test makes up, and which may go.
final class TestFeed: Sendable {
    let identity: String
    private let rows = Mutex<[SeenDetection]>([])
    private let isCut = Mutex(false)
    private let reads = Mutex(0)
    private let whenRead: @Sendable (Int) throws -> Void

    /// The closure is told how often rows were asked for.
    init(
        _ identity: String = "a",
        _ rows: [SeenDetection] = [],
        whenRead: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) {
        self.identity = identity
        self.whenRead = whenRead
        self.rows.withLock { $0 = rows }
    }

    func append(_ row: SeenDetection) { rows.withLock { $0.append(row) } }

    /// Removes those before a time, in seconds since 1970, as a store does that keeps a bounded number.
    func remove(before time: Int) {
        rows.withLock { $0.removeAll { $0.time < time } }
        isCut.withLock { $0 = true }
    }

    /// Removes those after a number, as a copy does that is put back.
    func remove(after number: Int64) { rows.withLock { $0.removeAll { $0.number > number } } }

    private func count() -> Int {
        var count = 0
        reads.withLock { reads in
            reads += 1
            count = reads
        }
        return count
    }

    var feed: DetectionFeed {
        DetectionFeed { [self] in
            identity
        } read: { [self] number, since, limit in
            try whenRead(count())
            return rows.withLock { rows in
                Array(rows.filter { $0.number > number && $0.time >= since }.prefix(limit))
            }
        } newest: { [self] in
            rows.withLock { $0.map(\.number).max() ?? 0 }
        } kept: { [self] in
            let since = rows.withLock { $0.map(\.time).min() }
            return since.map { DetectionFeed.Kept(since: $0, isCut: isCut.withLock { $0 }) }
        }
    }
}

extension SeenDetection {
    /// An attack on `/cart/17` with the parameter `id`, blocked unless a status says otherwise.
    static func onCart(
        _ number: Int64,
        time: Int = TestWorld.noon,
        client: String = "address:203.0.113.7",
        path: String = "/cart/17",
        status: Int? = nil
    ) -> SeenDetection {
        SeenDetection(
            number: number,
            identifier: "detection-\(number)",
            time: time,
            lastTime: time,
            count: 1,
            isStopped: status == nil,
            isAttack: true,
            status: status ?? 403,
            client: client,
            application: "shop",
            host: "shop.example",
            method: "GET",
            path: path,
            route: "GET " + path.replacing("17", with: "{id}"),
            text: "942100"
        ) {
            [Rule(rule: "942100", kind: "sqli", target: "ARGS:id", message: "SQL injection")]
        }
    }
}
