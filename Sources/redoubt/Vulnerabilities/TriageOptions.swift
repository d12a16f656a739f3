// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel
import Evidence
import Foundation
import Storage
import VulnerabilityManagement

/// What is done to findings, as commands and rules say it.
struct TriageActOptions: ParsableArguments {
    @Flag(help: "It is real.")
    var confirm = false

    @Option(help: "It needs no work: false_positive, mitigating_control, used_in_tests or not_applicable.")
    var dismiss: String?

    @Option(help: "Its risk is accepted until then: 30d, 2027-01-31 or 2027-01-31T12:00:00Z; at most 180 days.")
    var acceptUntil: String?

    @Flag(help: "It is done.")
    var resolve = false

    @Flag(help: "Back to triage.")
    var reopen = false

    @Option(help: "To somebody; none for nobody.")
    var assign: String?

    @Option(help: "As bad as this, whatever scanners say from now on.")
    var severity: String?

    @Option(name: .customLong("until"), help: "Till when --severity holds, as for --accept-until; without it for good.")
    var ratedUntil: String?

    @Option(name: .shortAndLong, help: "Why, for those who ask later.")
    var message: String = ""

    /// The one act that was asked for.
    func act(now: Int) throws -> TriageAct {
        var acts: [TriageAct] = []
        if confirm { acts.append(.confirm) }
        if let dismiss { acts.append(try Self.dismissal(dismiss)) }
        if let acceptUntil { acts.append(.accept(until: try Moment.seconds(acceptUntil, "--accept-until", now: now))) }
        if resolve { acts.append(.resolve) }
        if reopen { acts.append(.reopen) }
        if let assign { acts.append(.assign(assign == "none" ? nil : assign)) }
        guard severity != nil || ratedUntil == nil else {
            throw CommandFailure.badInput(
                "--until says till when --severity holds",
                hint: "--accept-until accepts a risk"
            )
        }
        if let severity {
            let until = try ratedUntil.map { try Moment.seconds($0, "--until", now: now) }
            acts.append(.rate(severity, until: until))
        }
        if acts.isEmpty, !message.isEmpty { acts.append(.comment) }
        guard acts.count == 1, let act = acts.first else {
            throw CommandFailure.badInput(
                "say one thing to do: --confirm, --dismiss, --accept-until, --resolve, --reopen, --assign or --severity"
            )
        }
        return act
    }

    private static func dismissal(_ reason: String) throws -> TriageAct {
        guard reason != "acceptable_risk" else {
            throw CommandFailure.badInput(
                "an accepted risk has a date on which it is looked at again",
                hint: "--accept-until 90d"
            )
        }
        guard let act = TriageAct(text: "dismiss \(reason)") else {
            let names = ["false_positive", "mitigating_control", "used_in_tests", "not_applicable"]
            throw CommandFailure.badInput(
                "\(reason) is no reason to dismiss a finding",
                hint: NearestName.hint(for: reason, among: names) ?? "one of \(names.joined(separator: ", "))"
            )
        }
        return act
    }
}

extension TriageAct {
    /// For people: as it is stored, with times as they read them.
    var shown: String {
        switch self {
        case .accept(let until): "accept until \(rfc3339(seconds: until))"
        case .rate(let severity, let until?): "rate \(severity) until \(rfc3339(seconds: until))"
        default: text
        }
    }
}

/// Who does something, for history and ledger.
struct MakerOptions: ParsableArguments {
    @Option(help: "Who does it (default: the name under which you are logged in).")
    var by: String?

    var maker: String { Self.maker(by) }

    /// - Parameter name: nil for the one under which somebody is logged in.
    static func maker(_ name: String? = nil) -> String {
        let name = name ?? ProcessInfo.processInfo.userName
        return name.isEmpty ? "cli" : name
    }
}

/// Times on the command line.
enum Moment {
    static var now: Int { Int(Date().timeIntervalSince1970) }

    /// Seconds since 1970 of a time to come: `30d`, a day (its end, UTC) or RFC 3339.
    static func seconds(_ text: String, _ option: String, now: Int) throws -> Int {
        if let unit = text.last, let count = Int(text.dropLast()), (0...100_000).contains(count),
            let length = ["h": 3600, "d": 86_400, "w": 604_800][unit]
        {
            return now + count * length
        }
        if text.utf8.count == 10, let day = try? Date(text + "T23:59:59Z", strategy: .iso8601) {
            return Int(day.timeIntervalSince1970)
        }
        guard let time = try? Date(text, strategy: .iso8601) else {
            throw CommandFailure.badInput("\(option) wants 30d, 2027-01-31 or 2027-01-31T12:00:00Z, not \(text)")
        }
        return Int(time.timeIntervalSince1970)
    }
}

/// The evidence ledger, which hears of what people do before it takes effect.
struct TriageLedger {
    let path: String

    /// Writes an entry, and returns when it is on disk.
    ///
    /// - Throws: ``CommandFailure`` where it cannot be written; then nothing may be changed.
    func write(_ record: TriageRecord) async throws {
        do {
            guard let kind = EvidenceKind(record.kind) else {
                throw CommandFailure.couldNotRun("\(record.kind) is no kind of evidence")
            }
            let time = Int64(Date().timeIntervalSince1970 * 1_000_000_000)
            let log = try EvidenceLog(LogFolder(path), time: time)
            do {
                _ = try await log.append(EvidenceLeaf(kind: kind, time: time, content: record.content))
            } catch {
                await log.close()
                throw error
            }
            await log.close()
        } catch let error as EvidenceError where error.code == .inUse {
            throw CommandFailure.couldNotRun(
                "the evidence ledger \(path) is in use by a server, and nothing is changed that it does not record",
                hint: "do this on the server's console, or stop the server first"
            )
        } catch let error as EvidenceError {
            throw CommandFailure.couldNotRun(
                "nothing was changed, as the evidence ledger \(path) cannot be written: \(error)"
            )
        }
    }
}

/// Runs a command on findings, and says what goes wrong as all commands do.
func withTriageErrors<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let error as FindingFilterError {
        throw CommandFailure.badInput("the filter cannot be read: \(error)")
    } catch let error as TriageError {
        throw CommandFailure.badInput("\(error)", hint: error.code == .commentMissing ? "-m TEXT" : nil)
    } catch let error as SavedViewError {
        throw CommandFailure.badInput("\(error)")
    } catch let error as GateFailure {
        throw CommandFailure.badInput("\(error)")
    } catch let error as StorageError {
        throw error.code == .badCursor
            ? CommandFailure.badInput(error.message)
            : CommandFailure.couldNotRun("the findings cannot be reached: \(error)")
    }
}

/// Counts of names as commands write them.
enum NamedCounts {
    static let severities = ["critical", "high", "medium", "low", "info", "unknown"]

    /// `3 critical, 1 high`.
    static func text(_ counts: [String: Int], order: [String]) -> String {
        order.compactMap { name in counts[name].map { "\($0) \(name)" } }.joined(separator: ", ")
    }

    static func write(_ counts: [String: Int], _ json: inout JSONWriter) {
        json.beginObject()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            json.key(name)
            json.number(count)
        }
        json.endObject()
    }
}
