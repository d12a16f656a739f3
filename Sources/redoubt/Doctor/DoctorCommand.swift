// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import AsyncHTTPClient
import Bytes
import Foundation
import NIOCore
import NIOHTTP1

/// `redoubt doctor`: follows a harmless attack through all of Redoubt.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Send a harmless attack through the gateway, follow it to the console, and say what is blind.",
        discussion: """
            The attack asks for a path that no site has, with a text that rules know; it changes nothing. Exit code 1 means \
            that something does not work.
            """
    )

    @Option(help: "The gateway's address.")
    var gateway = "http://localhost:8080"

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let checkup = try await server.withAPI { try await Checkup($0, gateway: gateway).run() }
        switch output.format {
        case .text: StandardOutput.write(checkup.map(\.text).joined())
        case .json: StandardOutput.write(JSONValue.array(checkup.map(\.json)).line)
        case .ndjson: StandardOutput.write(checkup.flatMap(\.json.line))
        }
        if checkup.contains(where: { !$0.isFine }) { throw ExitCode.judgedBad }
    }
}

/// One thing that was looked at.
struct Finding {
    var name: String
    var isFine: Bool
    /// What was seen, or what is wrong and what to do.
    var detail: String
    var milliseconds: Int?

    var text: String {
        let time = milliseconds.map { " (\($0) ms)" } ?? ""
        return "\(isFine ? "ok  " : "FAIL")  \(name)\(time): \(detail.shownInTerminal)\n"
    }

    var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("name", JSONValue(name)), ("fine", .bool(isFine)), ("detail", JSONValue(detail)),
        ]
        if let milliseconds { members.append(("milliseconds", .integer(milliseconds))) }
        return .object(members.map { JSONMember(name: Array($0.0.utf8), value: $0.1) })
    }
}

/// Looks at each station of an attack's way.
private struct Checkup {
    private let api: APIConnection
    private let gateway: String

    init(_ api: APIConnection, gateway: String) {
        self.api = api
        self.gateway = gateway.hasSuffix("/") ? String(gateway.dropLast()) : gateway
    }

    func run() async throws -> [Finding] {
        var findings: [Finding] = []
        let start = ContinuousClock.now
        let me = try await api.get("/me")
        findings.append(
            Finding(
                name: "console",
                isFine: true,
                detail: "answers \(me.text(at: "name"))",
                milliseconds: Self.since(start)
            )
        )
        findings += try await applications()
        let marker = "redoubt-doctor-\(UUID().uuidString.lowercased())"
        let sent = await attack(marker)
        findings.append(sent)
        if sent.isFine { findings.append(try await arrival(of: marker)) }
        findings.append(try await evidence())
        return findings
    }

    private static func since(_ start: ContinuousClock.Instant) -> Int {
        Int((ContinuousClock.now - start) / .milliseconds(1))
    }

    private func applications() async throws -> [Finding] {
        let applications = try await api.get("/applications")["items"]?.elements ?? []
        guard !applications.isEmpty else {
            return [
                Finding(
                    name: "applications",
                    isFine: false,
                    detail: "no server protects anything here; start one with \"redoubt up\" or \"redoubt gateway\""
                )
            ]
        }
        return applications.map { application in
            let rules = application.text(at: "rule_set")
            return Finding(
                name: "application \(application.text(at: "name"))",
                isFine: !rules.isEmpty,
                detail: rules.isEmpty
                    ? "no rules look at it: what happens there is not seen"
                    : "\(application.text(at: "mode")), \(rules)"
            )
        }
    }

    /// The path is in the recording; the query is not.
    private func attack(_ marker: String) async -> Finding {
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        defer { Task { try? await client.shutdown() } }
        let start = ContinuousClock.now
        var request = HTTPClientRequest(url: "\(gateway)/\(marker)?q=%27%20OR%201%3D1%20--%20")
        request.headers = ["User-Agent": "redoubt-doctor", "Accept": "*/*"]
        do {
            let response = try await client.execute(request, timeout: .seconds(10))
            let status = Int(response.status.code)
            return Finding(
                name: "gateway",
                isFine: true,
                detail: "\(gateway) answers with \(status)",
                milliseconds: Self.since(start)
            )
        } catch {
            return Finding(
                name: "gateway",
                isFine: false,
                detail: "\(gateway) cannot be reached: \(error); --gateway names its address"
            )
        }
    }

    private func arrival(of marker: String) async throws -> Finding {
        let start = ContinuousClock.now
        for _ in 0..<100 {
            let found = try await api.get("/detections", [("q", marker), ("limit", "1")])["items"]?.elements?.first
            if let found {
                let rule = "rule \(found.text(at: "rule")), \(found.text(at: "message")), \(found.text(at: "outcome"))"
                return Finding(name: "detection", isFine: true, detail: rule, milliseconds: Self.since(start))
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return Finding(
            name: "detection",
            isFine: false,
            detail:
                "the attack did not show within 10 s: is it this server's gateway, are exchanges recorded, do rules run?"
        )
    }

    private func evidence() async throws -> Finding {
        let start = ContinuousClock.now
        let report = try await api.send("POST", "/evidence/verify", [])
        let isIntact = report["intact"]?.bool == true
        return Finding(
            name: "evidence",
            isFine: isIntact,
            detail: isIntact
                ? "\(report.text(at: "leaves")) leaves are as they were written"
                : "was changed; see \"redoubt evidence verify\"",
            milliseconds: Self.since(start)
        )
    }
}
