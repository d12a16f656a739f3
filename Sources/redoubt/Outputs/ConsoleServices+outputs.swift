// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Console
import DefenseModel
import Evidence
import Foundation
import Integrations
import Policy
import Storage
import WebFirewall

extension ConsoleServices {
    /// What can be known and done with the store alone; a server adds what runs.
    mutating func wireOutputs(_ stores: DataStores) {
        guard let store = stores.outputs else { return }
        let evidence = stores.evidence
        outputs = OutputAccess(store, evidence)
        usage = UsageAccess(store, evidence)
        let meter = stores.usage
        used = { route in
            if let counter = UsageCounter(route: route) { meter?.count(counter) }
        }
    }
}

/// What a leaf says of an act on outputs or usage.
private struct OutputAct: Encodable {
    var maker: String
    var subject: String?
}

/// Writes an act into the evidence log before it takes effect.
private func record(
    _ kind: String,
    _ author: Authorship,
    _ subject: String? = nil,
    in log: EvidenceLog
) async throws {
    guard let kind = EvidenceKind(kind) else { throw EvidenceError(.malformed, "\(kind) is no kind of leaf") }
    let act = OutputAct(maker: author.maker, subject: subject)
    _ = try await log.append(try EvidenceLeaf(kind: kind, time: author.time, json: act))
}

extension UndeliveredChoice {
    fileprivate var letters: DeadLetterChoice {
        switch self {
        case .one(let id): .one(uid: id)
        case .output(let name): .output(name)
        case .all: .all
        }
    }

    fileprivate var subject: String {
        switch self {
        case .one(let id): id
        case .output(let name): "output \(name)"
        case .all: "all"
        }
    }
}

extension OutputAccess {
    fileprivate init(_ store: OutputStore, _ evidence: EvidenceLog) {
        self.init(
            list: { [] },
            deadLetters: { output, place, limit in
                try await store.deadLetters(of: output, before: place, limit: limit).map { UndeliveredMessage($0) }
            },
            retry: { choice, author in
                try await record("outputs.retried", author, choice.subject, in: evidence)
                return try await store.revive(choice.letters, now: SystemClock.time)
            },
            drop: { choice, author in
                try await record("outputs.dropped", author, choice.subject, in: evidence)
                return try await store.drop(choice.letters)
            },
            test: { _ in
                throw OutputFailure(.unavailable, "no server runs on this data folder, so that no output does")
            }
        )
    }
}

extension UndeliveredMessage {
    fileprivate init(_ letter: DeadLetter) {
        self.init(
            number: letter.number,
            id: letter.uid,
            output: letter.output,
            topic: letter.topic,
            made: letter.made,
            ended: letter.ended,
            attempts: letter.attempts,
            status: letter.status,
            error: letter.error,
            bytes: letter.bytes
        )
    }
}

extension UsageAccess {
    fileprivate init(_ store: OutputStore, _ evidence: EvidenceLog) {
        self.init(
            report: { days in
                UsageView(try await store.usage(days: days, now: SystemClock.time), target: nil)
            },
            preview: {
                try await store.usage(days: OutputStore.reportDays, now: SystemClock.time)
                    .sentJSON(version: Redoubt.configuration.version)
            },
            enable: { isEnabled, author in
                try await record(isEnabled ? "usage.enabled" : "usage.disabled", author, in: evidence)
                _ = try await store.enableUsage(isEnabled, now: author.time)
            },
            reset: { author in
                try await record("usage.reset", author, in: evidence)
                _ = try await store.resetUsage(now: author.time)
            }
        )
    }
}

extension UsageView {
    init(_ report: UsageReport, target: String?) {
        self.init(
            isEnabled: report.state.isEnabled,
            installation: report.state.installation,
            since: report.state.since,
            sent: report.state.sent,
            failure: report.state.failure,
            target: target,
            days: report.days,
            until: report.until,
            counters: UsageCounter.allCases.map { counter in
                Counter(
                    capability: counter.capability,
                    name: counter.rawValue,
                    title: counter.title,
                    count: report.counts[counter] ?? 0
                )
            }
        )
    }
}
