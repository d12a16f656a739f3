// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import EventBus
import Foundation
import Incidents
import Storage
import Synchronization
import VulnerabilityManagement

@testable import Correlation

/// A request as the web firewall tells of it.
struct TestAttack {
    var time: Int = TestWorld.noon
    var client = "203.0.113.7"
    var application = "shop"
    var host = "shop.example"
    var method = "GET"
    var path = "/cart/17"
    var status = 403
    /// OCSF's: 2 blocked, 15 would be blocked, 10 let pass by an exception.
    var disposition: UInt8 = 2
    var rule = 942100
    var kind = "sqli"
    var target = "ARGS:id"
    var message = "SQL Injection Attack Detected via libinjection"
    /// Further rules that matched: number, kind, target.
    var others: [(Int, String, String)] = []
    var transaction = "1.1"

    var facts: EventFacts {
        EventFacts(
            time: Int64(time) * 1_000_000_000,
            eventClass: .httpActivity,
            severity: .high,
            disposition: disposition
        )
    }

    var line: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("class_uid")
        json.number(4002)
        json.key("metadata")
        json.raw(Array(#"{"product":{"name":"Redoubt"},"version":"1.6.0","uid":"\#(transaction)"}"#.utf8))
        json.key("src_endpoint")
        json.raw(Array(#"{"ip":"\#(client)"}"#.utf8))
        json.key("app_name")
        json.string(application)
        json.key("http_request")
        json.beginObject()
        json.key("http_method")
        json.string(method)
        json.key("url")
        json.beginObject()
        json.key("hostname")
        json.string(host)
        json.key("path")
        json.string(path)
        json.endObject()
        json.endObject()
        json.key("http_response")
        json.raw(Array(#"{"code":\#(status)}"#.utf8))
        json.key("unmapped")
        json.beginObject()
        json.key(disposition == 2 ? "blocked_by" : "would_block_by")
        json.number(949_110)
        json.key("rules")
        json.beginArray()
        for (rule, kind, target) in [(rule, kind, target)] + others {
            json.beginObject()
            json.key("uid")
            json.number(rule)
            json.key("desc")
            json.string(message)
            json.key("target")
            json.string(target)
            json.key("severity_id")
            json.number(4)
            json.key("kind")
            json.string(kind)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.endObject()
        return json.bytes
    }
}

/// Findings, detections and what ties them, in a folder that goes away.
final class TestWorld {
    static let day = 86_400
    /// At noon, so that an hour more is the same day.
    static let noon = 20_000 * day + 12 * 3600

    let folder: String
    let store: VulnerabilityStore
    let insight: InsightStore
    private let keeper: DetectionKeeper
    var now = TestWorld.noon

    init() async throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-attacks-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try VulnerabilityStore(path: folder + "/vulnerabilities.sqlite")
        insight = try InsightStore(path: folder + "/insight.sqlite")
        var settings = DetectionKeeper.Settings()
        settings.numbersDelay = .seconds(3600)
        settings.commitDelay = .seconds(3600)
        settings.foldWindow = .seconds(3600)
        settings.clock = { Int64(TestWorld.noon) * 1_000_000_000 }
        keeper = try DetectionKeeper(insight, settings)
    }

    deinit {
        try? insight.close()
        try? store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func end() async { await keeper.close() }

    /// Keeps detections, and waits till they are on disk.
    func detect(_ attacks: [TestAttack]) async throws {
        var batch = EventBatch(origin: EventOrigin(source: 1, epoch: 1))
        for attack in attacks { batch.append(attack.line, attack.facts) }
        await keeper.append(batch)
        try await keeper.flush()
    }

    var feed: DetectionFeed {
        let insight = insight
        return DetectionFeed {
            try insight.identity()
        } read: { number, since, limit in
            try insight.detections(arrivedAfter: number, since: Int64(since) * 1_000_000_000, limit: limit).map {
                SeenDetection(test: $0)
            }
        } newest: {
            try insight.newestDetection()
        } kept: {
            try insight.keptDetections().map {
                DetectionFeed.Kept(since: Int($0.since / 1_000_000_000), isCut: $0.isCut)
            }
        }
    }

    func mark() throws -> AttackMark { try store.attackMark(of: try insight.identity()) }

    @discardableResult
    func run() throws -> AttackCorrelator.Outcome { try AttackCorrelator(store, feed).run(now: now) }

    @discardableResult
    func take(_ report: String, project: String = "shop", branch: String? = nil) throws -> ImportResult {
        var request = ImportRequest(project: project)
        request.branch = branch
        return try store.importReport(ArraySource(Array(report.utf8)), request, now: now)
    }

    func findings(project: String = "shop") throws -> [FindingRow] {
        guard let project = try store.project(project) else { return [] }
        var rows: [FindingRow] = []
        try store.forEachFinding(of: project) { row throws(StorageError) in
            rows.append(row)
            return true
        }
        return rows
    }

    func finding(project: String = "shop") throws -> FindingRow {
        guard let row = try findings(project: project).first else { throw StorageError(.notFound, "no finding") }
        return row
    }

    func events(_ kind: String, of finding: FindingRow) throws -> [FindingEventRow] {
        try store.history(of: finding.id).events.filter { $0.kind == kind }
    }

    func timeline(of finding: FindingRow) throws -> AttackTimeline {
        guard let timeline = try store.attackTimeline(of: finding.id) else { throw StorageError(.notFound, "none") }
        return timeline
    }

    func add(
        _ pattern: String,
        _ file: String,
        function: String? = nil,
        line: Int? = nil,
        application: String? = nil,
        project: String = "shop"
    ) throws {
        let row = try store.makeProject(project, now: now)
        var route = AttackRoute(
            project: row.id,
            pattern: try RoutePattern(parsing: pattern),
            file: file,
            origin: .hand
        )
        route.function = function
        route.line = line
        route.application = application
        try store.add([route], maker: "ada", now: now)
    }
}

extension SeenDetection {
    init(test arrived: ArrivedDetection) {
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
            arrived.rules.map { Rule(rule: $0.rule, kind: $0.kind, target: $0.target, message: $0.message) }
        }
        isFlood = row.folding == .flood
    }
}

/// Reports in GitLab's form, as scanners of applications and of source code write them.
enum TestReports {
    static func dast(
        path: String = "/cart/17",
        parameter: String = "id",
        host: String = "https://shop.example",
        method: String = "GET",
        cwe: Int = 89,
        severity: String = "High"
    ) -> String {
        """
        {"version":"15.0.6","scan":{"scanner":{"id":"zap","name":"ZAP","version":"2","vendor":{"name":"ZAP"}},
        "analyzer":{"id":"zap","name":"ZAP","version":"2","vendor":{"name":"ZAP"}},"type":"dast","status":"success",
        "start_time":"2024-10-03T00:00:00","end_time":"2024-10-03T00:10:00"},"vulnerabilities":[{"id":"a",
        "name":"SQL injection","severity":"\(severity)","identifiers":[{"type":"cwe","name":"CWE-\(cwe)",
        "value":"\(cwe)"}],"location":{"hostname":"\(host)","method":"\(method)","param":"\(parameter)",
        "path":"\(path)"}}]}
        """
    }

    static func sast(file: String = "src/cart.py", line: Int = 12, method: String? = nil, cwe: Int = 89) -> String {
        let method = method.map { ",\"method\":\"\($0)\"" } ?? ""
        return """
            {"version":"15.0.6","scan":{"scanner":{"id":"s","name":"Semgrep","version":"2","vendor":{"name":"S"}},
            "analyzer":{"id":"s","name":"Semgrep","version":"2","vendor":{"name":"S"}},"type":"sast",
            "status":"success","start_time":"2024-10-03T00:00:00","end_time":"2024-10-03T00:10:00"},
            "vulnerabilities":[{"id":"b","name":"A query is put together","severity":"High",
            "identifiers":[{"type":"semgrep_id","name":"sqli","value":"sqli"},
            {"type":"cwe","name":"CWE-\(cwe)","value":"\(cwe)"}],
            "location":{"file":"\(file)","start_line":\(line)\(method)}}]}
            """
    }

    /// A component with a published vulnerability and its vector.
    static func dependency(_ vulnerability: String = "CVE-2021-44228") -> String {
        """
        {"SchemaVersion":2,"ArtifactName":"pom.xml","ArtifactType":"filesystem","Results":[{"Target":"pom.xml",
        "Class":"lang-pkgs","Type":"pom","Vulnerabilities":[{"VulnerabilityID":"\(vulnerability)",
        "PkgName":"org.apache.logging.log4j:log4j-core","InstalledVersion":"2.14.1","FixedVersion":"2.15.0",
        "Severity":"MEDIUM","Title":"log4j","CVSS":{"nvd":{"V3Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
        "V3Score":10.0}}}]}]}
        """
    }
}
