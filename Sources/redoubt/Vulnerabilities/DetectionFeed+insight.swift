// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Correlation
import DefenseModel
import Foundation
import Incidents
import VulnerabilityManagement

extension DetectionFeed {
    /// The detections that a store of incidents keeps.
    init(_ store: InsightStore) {
        self.init {
            try store.identity()
        } read: { number, since, limit in
            try store.detections(arrivedAfter: number, since: Int64(since) * 1_000_000_000, limit: limit)
                .map(SeenDetection.init)
        } newest: {
            try store.newestDetection()
        } kept: {
            try store.keptDetections().map { Kept(since: Int($0.since / 1_000_000_000), isCut: $0.isCut) }
        }
    }
}

extension SeenDetection {
    init(_ arrived: ArrivedDetection) {
        let row = arrived.row
        self.init(
            number: row.id,
            identifier: row.identifier.description,
            time: Int(row.time / 1_000_000_000),
            lastTime: Int(row.lastTime / 1_000_000_000),
            count: row.count,
            isStopped: row.outcome.isStopped,
            isAttack: row.outcome.isStopped || row.outcome == .wouldStop,
            status: row.status,
            client: row.client?.description,
            application: row.application,
            host: row.host,
            method: row.method,
            path: row.path,
            route: row.route,
            text: "\(row.rule) \(row.message) \(arrived.rulesText)"
        ) {
            let leading = Rule(rule: row.rule, kind: row.kind, target: row.target, message: row.message)
            let others = arrived.rules.map {
                Rule(rule: $0.rule, kind: $0.kind, target: $0.target, message: $0.message)
            }
            return [leading] + others
        }
        isFlood = row.folding == .flood
    }
}
