// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The members of an event that count here, as places in its line.
struct ObservedEvent {
    /// A rule that matched.
    struct Rule {
        var uid: Range<Int>?
        var message: Range<Int>?
        var target: Range<Int>?
        var kind: Range<Int>?
        var technique: Range<Int>?
        var evidence: Range<Int>?
        /// OCSF's number.
        var severity = 0
    }

    var application: Range<Int>?
    var client: Range<Int>?
    var transaction: Range<Int>?
    var method: Range<Int>?
    var host: Range<Int>?
    var path: Range<Int>?
    var status = 0
    var refusal: Range<Int>?
    var decider: Range<Int>?
    var reason: Range<Int>?
    var scope: Range<Int>?
    var revision: Int?
    var decision: Range<Int>?
    /// The array of rules, or its elements that are not too long together.
    var rules: Range<Int>?
    /// Whether ``rules`` lacks its closing bracket, as only its first elements are kept.
    var rulesAreCut = false
    var moreRules = 0
    /// Of a detection finding: what it says of itself.
    var finding = Rule()
    var isBroken = false

    /// By the first digit of the status; 0 for no or an odd one.
    var statusClass: Int { (100...599).contains(status) ? status / 100 : 0 }
}

/// Reads events of OCSF's classes 4002 (HTTP Activity) and 2004 (Detection Finding).
struct EventReader {
    /// Rules that are looked at.
    static let mostRules = 64
    /// The longest array of rules that is kept, in bytes.
    static let longestRules = 16 << 10

    private(set) var event = ObservedEvent()
    /// The rules of the event that was read last.
    private(set) var rules: [ObservedEvent.Rule] = []

    init() {
        rules.reserveCapacity(Self.mostRules)
    }

    /// Reads an event.
    ///
    /// - Parameter wantsRules: false to read only what exchanges are counted by.
    mutating func read(_ line: UnsafeBufferPointer<UInt8>, wantsRules: Bool) {
        event = ObservedEvent()
        rules.removeAll(keepingCapacity: true)
        var json = JSONScanner(line)
        guard json.beginObject() else {
            event.isBroken = true
            return
        }
        while let key = json.nextKey() {
            if line.matches(key, "http_request") {
                readRequest(&json)
            } else if line.matches(key, "http_response") {
                readResponse(&json)
            } else if line.matches(key, "app_name") {
                event.application = json.string()
            } else if line.matches(key, "unmapped") {
                readUnmapped(&json, wantsRules: wantsRules)
            } else if wantsRules {
                readDetail(key, &json)
            } else {
                json.skip()
            }
        }
        event.isBroken = json.isBroken
    }

    private mutating func readDetail(_ key: Range<Int>, _ json: inout JSONScanner) {
        if json.bytes.matches(key, "src_endpoint") {
            event.client = Self.member("ip", of: &json) ?? event.client
        } else if json.bytes.matches(key, "metadata") {
            event.transaction = Self.member("uid", of: &json)
        } else if json.bytes.matches(key, "finding_info") {
            readFinding(&json)
        } else if json.bytes.matches(key, "message") {
            event.finding.message = json.string()
        } else {
            json.skip()
        }
    }

    private mutating func readRequest(_ json: inout JSONScanner) {
        guard json.beginObject() else { return }
        while let key = json.nextKey() {
            if json.bytes.matches(key, "http_method") {
                event.method = json.string()
            } else if json.bytes.matches(key, "url") {
                readURL(&json)
            } else {
                json.skip()
            }
        }
    }

    private mutating func readURL(_ json: inout JSONScanner) {
        guard json.beginObject() else { return }
        while let key = json.nextKey() {
            if json.bytes.matches(key, "hostname") {
                event.host = json.string()
            } else if json.bytes.matches(key, "path") {
                event.path = json.string()
            } else {
                json.skip()
            }
        }
    }

    private mutating func readResponse(_ json: inout JSONScanner) {
        guard json.beginObject() else { return }
        while let key = json.nextKey() {
            if json.bytes.matches(key, "code") {
                event.status = min(max(0, json.integer() ?? 0), 999)
            } else {
                json.skip()
            }
        }
    }

    private mutating func readUnmapped(_ json: inout JSONScanner, wantsRules: Bool) {
        guard json.beginObject() else { return }
        while let key = json.nextKey() {
            let line = json.bytes
            if line.matches(key, "rules") {
                if wantsRules { readRules(&json) } else { json.skip() }
            } else if line.matches(key, "http_method") {
                // One that OCSF does not know.
                event.method = json.string()
            } else if line.matches(key, "blocked_by") || line.matches(key, "would_block_by") {
                event.decider = json.scalar()
            } else if line.matches(key, "refusal") {
                event.refusal = json.string()
            } else if line.matches(key, "reason") {
                event.reason = json.string()
            } else if line.matches(key, "scope") {
                event.scope = json.string()
            } else if line.matches(key, "revision") {
                event.revision = json.integer()
            } else if line.matches(key, "decision") {
                event.decision = json.string()
            } else if line.matches(key, "more_rules") {
                event.moreRules += max(0, json.integer() ?? 0)
            } else {
                json.skip()
            }
        }
    }

    private mutating func readRules(_ json: inout JSONScanner) {
        var ahead = json
        guard let whole = ahead.rawValue() else { return json.skip() }
        guard json.beginArray() else { return }
        var end: Int?
        var kept = 0
        while json.nextElement() {
            // The scanner stands before the element: a copy tells where it ends.
            var element = json
            guard let range = element.rawValue() else { return json.skip() }
            if rules.count < Self.mostRules { rules.append(Self.rule(&json)) } else { json.skip() }
            if range.upperBound - whole.lowerBound < Self.longestRules, kept < Self.mostRules {
                end = range.upperBound
                kept += 1
            } else {
                event.moreRules += 1
            }
        }
        guard let end, !json.isBroken else { return }
        event.rules = whole.lowerBound..<end
        event.rulesAreCut = true
    }

    private static func rule(_ json: inout JSONScanner) -> ObservedEvent.Rule {
        var rule = ObservedEvent.Rule()
        guard json.beginObject() else { return rule }
        while let key = json.nextKey() {
            let line = json.bytes
            if line.matches(key, "uid") {
                rule.uid = json.scalar()
            } else if line.matches(key, "desc") {
                rule.message = json.string()
            } else if line.matches(key, "target") {
                rule.target = json.string()
            } else if line.matches(key, "severity_id") {
                rule.severity = json.integer() ?? 0
            } else if line.matches(key, "kind") {
                rule.kind = json.string()
            } else if line.matches(key, "technique") {
                rule.technique = json.string()
            } else if line.matches(key, "evidence") {
                rule.evidence = json.string()
            } else {
                json.skip()
            }
        }
        return rule
    }

    /// What a detection finding says of itself: its rule is the analytic, its technique the first attack.
    private mutating func readFinding(_ json: inout JSONScanner) {
        guard json.beginObject() else { return }
        while let key = json.nextKey() {
            let line = json.bytes
            if line.matches(key, "title") {
                event.finding.message = json.string()
            } else if line.matches(key, "analytic") {
                event.finding.uid = Self.member("uid", of: &json) ?? event.finding.uid
            } else if line.matches(key, "uid") {
                let uid = json.scalar()
                event.finding.uid = event.finding.uid ?? uid
            } else if line.matches(key, "attacks") {
                readAttacks(&json)
            } else {
                json.skip()
            }
        }
    }

    private mutating func readAttacks(_ json: inout JSONScanner) {
        guard json.beginArray() else { return }
        while json.nextElement() {
            guard json.beginObject() else { continue }
            while let key = json.nextKey() {
                if json.bytes.matches(key, "technique"), event.finding.technique == nil {
                    event.finding.technique = Self.member("uid", of: &json)
                } else {
                    json.skip()
                }
            }
        }
    }

    /// A string or number that is a member of the object that comes next.
    private static func member(_ name: StaticString, of json: inout JSONScanner) -> Range<Int>? {
        guard json.beginObject() else { return nil }
        var value: Range<Int>?
        while let key = json.nextKey() {
            if json.bytes.matches(key, name) { value = json.scalar() } else { json.skip() }
        }
        return value
    }

    /// The rule that tells most: the one that decided, but where that one sums up others the worst of these.
    ///
    /// - Returns: also whether it is the one that decided.
    func leadingRule(in line: UnsafeBufferPointer<UInt8>) -> (rule: ObservedEvent.Rule, hasDecided: Bool)? {
        var decider: ObservedEvent.Rule?
        var worst: ObservedEvent.Rule?
        for rule in rules {
            guard let uid = rule.uid else { continue }
            let name = line.part(uid)
            if let decided = event.decider, line.part(decided).elementsEqual(name) {
                decider = decider ?? rule
            }
            if AttackKind.isSummary(coreRule: name) { continue }
            if Self.tells(rule, moreThan: worst) { worst = rule }
        }
        if let decider, let uid = decider.uid, decider.kind != nil || !AttackKind.isSummary(coreRule: line.part(uid)) {
            return (decider, true)
        }
        if let worst { return (worst, false) }
        return decider.map { ($0, true) }
    }

    /// The worse one; of two alike the one of which the kind is known.
    private static func tells(_ rule: ObservedEvent.Rule, moreThan other: ObservedEvent.Rule?) -> Bool {
        guard let other else { return true }
        if rule.severity != other.severity { return rule.severity > other.severity }
        return rule.kind != nil && other.kind == nil
    }
}
