// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// The part of an incident that detections change; a class, as it is large and changes with each detection.
final class IncidentTally {
    let id: Int64
    let opened: Int64
    var firstTime: Int64
    var lastTime: Int64
    let client: Entity?
    let clientText: String
    let technique: String?
    let kind: String
    let isSummary: Bool
    var former: Int64?
    var worst: Severity
    var requests = 0
    var stopped = 0
    var wouldStop = 0
    var passed = 0
    var groups = 1
    var rules = ShareList()
    var kinds = ShareList()
    var applications = ShareList()
    /// The time of its first detection of high severity.
    private var firstSevere: Int64?
    /// What people made of it.
    var state = Incident.State.new
    var isStored = false
    var isDirty = true

    /// Kinds that make a client a scanner.
    static let scannerKinds = 4

    init(
        id: Int64,
        opened: Int64,
        _ row: DetectionRow,
        _ key: IncidentGroupKey,
        isSummary: Bool,
        former: Int64?
    ) {
        self.id = id
        self.opened = opened
        firstTime = row.time
        lastTime = row.time
        client = isSummary ? nil : row.client
        clientText = isSummary ? "" : key.client
        technique = isSummary ? nil : row.technique
        kind = isSummary ? "summary" : row.kind
        self.isSummary = isSummary
        self.former = former
        worst = row.severity
    }

    /// Goes on with an incident that was stored.
    init(_ incident: Incident) {
        id = incident.id
        opened = incident.opened
        firstTime = incident.firstTime
        lastTime = incident.lastTime
        client = incident.client
        clientText = incident.client?.description ?? ""
        technique = incident.technique
        kind = incident.kind
        isSummary = incident.isSummary
        former = incident.former
        worst = incident.computedSeverity
        requests = incident.requests
        stopped = incident.stopped
        wouldStop = incident.wouldStop
        passed = incident.passed
        groups = incident.groups
        rules = ShareList(incident.rules)
        kinds = ShareList(incident.kinds)
        applications = ShareList(incident.applications)
        firstSevere = worst >= .high ? firstTime : nil
        state = incident.state
        isStored = true
        isDirty = false
    }

    func add(_ row: DetectionRow, _ occurrences: Occurrences) {
        let count = occurrences.count
        isDirty = true
        requests += count
        firstTime = min(firstTime, row.time)
        lastTime = max(lastTime, occurrences.lastTime)
        worst = max(worst, row.severity)
        rules.add(row.rule, count)
        kinds.add(row.kind, count)
        if !row.application.isEmpty { applications.add(row.application, count) }
        if row.outcome.isStopped { stopped += count }
        if row.outcome == .wouldStop { wouldStop += count }
        guard row.severity >= .high else { return }
        let successes = row.outcome.isStopped ? 0 : occurrences.byStatusClass[2]
        if firstSevere != nil {
            passed += successes
        } else {
            // The first one cannot come after itself.
            passed += max(0, successes - 1)
            firstSevere = occurrences.lastTime
        }
    }

    /// The worst of its detections; one step more for a scanner, and where attacks went on and were answered with success.
    var severity: Severity {
        let isRaised = kinds.list.count >= Self.scannerKinds || passed > 0
        guard isRaised, !isSummary else { return worst }
        return Severity(level: worst.level + 1)
    }

    /// In plain words: `SQL injection from 203.0.113.7 on shop: 214 requests, 3 rules, none stopped`.
    var title: String {
        "\(subject)\(place): \(Self.count(requests, "request", "requests")), "
            + "\(rules.isCut ? "more than " : "")\(Self.count(rules.list.count, "rule", "rules")), \(outcome)"
    }

    private var subject: String {
        if isSummary { return "Summary of \(Self.count(groups, "further group", "further groups")) of detections" }
        let first = AttackKind.words(kinds.list.first?.name ?? kind)
        let others = kinds.list.count - 1
        let what =
            kinds.list.count >= Self.scannerKinds
            ? "Scan (\(first) and \(Self.count(others, "more kind", "more kinds")))"
            : others > 0 ? "\(first) and \(Self.count(others, "more kind", "more kinds"))" : first
        if let client { return "\(what) from \(client.key)" }
        return clientText == CellNames.others ? "\(what) from many clients" : what
    }

    private var place: String {
        switch applications.list.count {
        case 0: ""
        case 1: " on \(applications.list[0].name)"
        case 2: " on \(applications.list[0].name) and \(applications.list[1].name)"
        default: " on \(applications.isCut ? "more than " : "")\(applications.list.count) applications"
        }
    }

    private var outcome: String {
        stopped == 0 ? "none stopped" : stopped == requests ? "all stopped" : "\(stopped) stopped"
    }

    private static func count(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }
}

/// Names and their numbers, sixteen at most, those with most first.
struct ShareList {
    private(set) var list: [Incident.Share] = []
    /// Whether there were more names.
    private(set) var isCut = false
    static let most = 16

    init(_ list: [Incident.Share] = []) {
        self.list = list
    }

    mutating func add(_ name: String, _ count: Int) {
        if var place = list.firstIndex(where: { $0.name == name }) {
            list[place].count += count
            while place > 0, list[place].count > list[place - 1].count {
                list.swapAt(place, place - 1)
                place -= 1
            }
        } else if list.count < Self.most {
            list.append(Incident.Share(name: name, count: count))
        } else {
            isCut = true
        }
    }
}
