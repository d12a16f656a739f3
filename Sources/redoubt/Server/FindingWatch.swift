// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Integrations
import Logging
import Storage
import VulnerabilityManagement

/// Tells outputs what became of findings while a server runs, whoever handed in the reports: this process or another.
///
/// What was before its start is told by nobody.
final class FindingWatch: Sendable {
    private let store: VulnerabilityStore
    private let hub: OutputHub
    private let logger: Logger
    private let end = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Seconds between two looks.
    private static let pause = 5

    /// Starts to watch.
    init(_ store: VulnerabilityStore, _ hub: OutputHub, _ logger: Logger) {
        self.store = store
        self.hub = hub
        self.logger = logger
        WorkThread.start("news", .low) { [self] in
            var mark: FindingNewsMark?
            var failure: String?
            repeat {
                do {
                    mark = try look(since: mark)
                    failure = nil
                } catch {
                    // Said once: a disk that is full for an hour would say it a thousand times.
                    let text = "outputs are not told of findings: \(error)"
                    if text != failure { logger.error("\(text)") }
                    failure = text
                }
            } while end.wait(timeout: .now() + .seconds(Self.pause)) == .timedOut
            ended.signal()
        }
    }

    /// Tells what is new since a mark.
    ///
    /// - Returns: up to where it was told.
    private func look(since mark: FindingNewsMark?) throws -> FindingNewsMark {
        let now = Int(Date().timeIntervalSince1970)
        let next = try store.newsMark(after: mark, now: now)
        guard let mark else { return next }
        let choices = hub.findingChoices
        // All is read before anything is told: where reading fails, the next look tells nobody twice.
        let news = try choices.map { choice, _ in
            let filter = try choice.filter.map { try FindingFilter(parsing: $0) } ?? .everything
            return try store.news(since: mark, upTo: next, matching: filter)
        }
        for ((choice, topics), news) in zip(choices, news) {
            for news in news where topics.contains(news.topic) { hub.note(FindingNotice(news), for: choice) }
        }
        return next
    }

    /// Waits for the end of a look that is being taken. Nothing is told after it.
    func close() async {
        end.signal()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [ended] in
                ended.wait()
                continuation.resume()
            }
        }
    }
}

extension FindingNews {
    fileprivate var topic: OutputTopic {
        switch event {
        case .new: .findingNew
        case .reopened: .findingReopened
        case .gone: .findingGone
        case .attacked: .findingAttacked
        case .due: .findingDue
        }
    }
}

extension FindingNotice {
    fileprivate init(_ news: FindingNews) {
        let scan = news.scan.map { scan in
            Scan(number: scan.id, project: scan.project, branch: scan.branch, tool: scan.tool, commit: scan.commit)
        }
        self.init(
            news.topic,
            time: news.time,
            count: news.count,
            findings: news.findings.map { Finding($0) },
            scan: scan
        )
    }
}

extension FindingNotice.Finding {
    fileprivate init(_ row: FindingRow) {
        self.init(
            id: row.identifier.description,
            title: row.title,
            severity: row.severity,
            state: row.stateName,
            rule: row.rule,
            tool: row.tool,
            project: row.project,
            firstSeen: row.firstSeen,
            lastSeen: row.lastSeen
        )
        due = row.due
        path = row.path
        line = row.line
        component = row.component
        version = row.version
        purl = row.purl
        fix = row.fix
        vulnerability = row.vulnerability
        weakness = row.cwe
        attacks = row.attacks
    }
}
