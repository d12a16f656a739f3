// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import DefenseModel
import Foundation
import Gateway
import SecLang
import Testing

@testable import redoubt

/// The configuration file: what it accepts, and where it says what is wrong.
struct ConfigurationTests {
    private func problems(_ text: String) -> [ConfigurationProblem] {
        let file = ConfigurationFile(text: text, path: "redoubt.yaml")
        return GatewayPlanner.plan(
            Settings(flags: [:], environment: [:], file: file),
            missingUpstream: .isTheSampleShop
        )
        .problems
    }

    private func plan(
        _ text: String,
        flags: [SettingKey: SettingValue] = [:],
        environment: [String: String] = [:]
    ) throws -> GatewayPlan {
        let file = ConfigurationFile(text: text, path: "redoubt.yaml")
        let settings = Settings(flags: flags, environment: environment, file: file)
        let (plan, problems) = GatewayPlanner.plan(settings, missingUpstream: .isAnError)
        return try #require(plan, "\(problems)")
    }

    private let complete = """
        listen: "[::1]:8443"
        upstream: http://127.0.0.1:3000   # everything else
        mode: enforce
        compat: v3
        error_log: /var/log/redoubt/error.log
        audit_log: audit.json
        data: /var/lib/redoubt
        threads: 3
        trusted_proxies: [10.0.0.0/8, "2001:db8::/32"]
        false_alarm_report: mailto:security@example.com
        on_failure: closed
        limits:
          head: 32KiB
          fields: 64
          held_body: 8MiB
        timeouts:
          head: 5s
          idle: 2m
          drain: 500ms
          body_rate: 1kB
        applications:
          - host: shop.example.com
            upstream: https://10.1.2.3
            mode: off
          - host: "*.example.com"
            path: /api/
            upstream: http://api:8000
        """

    @Test func `reads every kind of setting`() throws {
        let plan = try plan(complete)
        #expect(plan.listener.host == "::1")
        #expect(plan.listener.port == 8443)
        #expect(plan.isLoopbackOnly)
        #expect(plan.compatibility == .v3)
        #expect(plan.errorLog == "/var/log/redoubt/error.log")
        #expect(plan.auditLog == "audit.json")
        #expect(plan.threads == 3)
        #expect(plan.base.trustedProxies == [try AddressRange("10.0.0.0/8"), try AddressRange("2001:db8::/32")])
        #expect(plan.base.pages.falseAlarmReport == "mailto:security@example.com")
        #expect(plan.onFailure == .closed)
        #expect(plan.base.limits.parser.head == 32_768)
        #expect(plan.base.limits.parser.fields == 64)
        #expect(plan.base.limits.heldBody == 8 << 20)
        #expect(plan.base.timeouts.head == .seconds(5))
        #expect(plan.base.timeouts.idle == .seconds(120))
        #expect(plan.base.timeouts.bodyBytesPerSecond == 1_000)
        #expect(plan.drain == .milliseconds(500))
    }

    @Test func `reads applications and gives them what they do not set`() throws {
        let applications = try plan(complete).applications
        #expect(applications.map(\.name) == ["shop.example.com/", "*.example.com/api", "*/"])
        #expect(applications.map(\.mode) == [.off, .enforce, .enforce])
        #expect(applications[0].upstream == UpstreamAddress(host: "10.1.2.3", port: 443, isTLS: true))
        #expect(applications[1].path == "/api")
    }

    @Test func `starts relative paths at the file's folder`() {
        let file = ConfigurationFile(
            text: "error_log: log/e.log\nrules: [a.conf, /b.conf]\n",
            path: "/etc/redoubt/r.yaml"
        )
        #expect(file.values[.errorLog]?.texts == ["/etc/redoubt/log/e.log"])
        #expect(file.values[.rules]?.texts == ["/etc/redoubt/a.conf", "/b.conf"])
    }

    @Test(arguments: ["", "# nothing\n", "---\n"])
    func `takes an empty file for no settings`(text: String) {
        #expect(problems(text).isEmpty)
    }

    /// A file, the line and column of its mistake, and words of the message and the hint.
    private static let mistakes: [(String, Int, Int, String, String)] = [
        ("listen: 127.0.0.1:80\nsome_address: x\n", 2, 1, "no setting \"some_address\"", "there are"),
        ("upsteam: http://a\n", 1, 1, "no setting \"upsteam\"", "did you mean upstream?"),
        ("limits:\n  hed: 1KiB\n", 2, 3, "limits has no setting \"hed\"", "did you mean head?"),
        ("listen:\n  - a\n", 2, 3, "listen: expected a value, found a list", ""),
        ("mode: {a: b}\n", 1, 7, "mode: expected a value, found settings", ""),
        ("mode: loud\n", 1, 7, "expected off, observe or enforce", ""),
        ("mode:\n", 1, 6, "mode: expected a value, found nothing", ""),
        ("rules: a.conf\n", 1, 8, "rules: expected a list, found \"a.conf\"", "write rules: [a.conf]"),
        ("rules: [/nonexistent.conf]\n", 1, 9, "/nonexistent.conf cannot be read", ""),
        ("limits: 5\n", 1, 9, "limits: expected settings, found \"5\"", ""),
        ("limits:\n  fields: many\n", 2, 11, "limits.fields: many: expected a number", ""),
        ("limits:\n  head: 10 apples\n", 2, 9, "expected a size such as", ""),
        ("timeouts:\n  head: 10\n", 2, 9, "expected a duration such as", ""),
        ("listen: here\n", 1, 9, "expected a port", ""),
        ("upstream: ftp://a\n", 1, 11, "expected an address that starts with http://", ""),
        ("trusted_proxies: [10.0.0.0/99]\n", 1, 19, "expected a prefix length", ""),
        ("false_alarm_report: javascript:x\n", 1, 21, "expected a mailto: or https: address", ""),
        ("on_failure: maybe\n", 1, 13, "expected open or closed", ""),
        ("allow_programs: maybe\n", 1, 17, "allow_programs: maybe: expected true or false", ""),
        ("budget: 50\n", 1, 9, "budget: 50: expected a duration such as", ""),
        (
            "applications:\n  - upstream: http://a\n    budget: none\n", 3, 13,
            "budget: none: expected a duration such as", ""
        ),
        ("threads: 0\n", 1, 10, "expected a number from 1 to 1024", ""),
        ("tls:\n  certificate: /nonexistent\n", 2, 16, "tls.key is missing", ""),
        ("console_tls:\n  key: /nonexistent\n", 2, 8, "console_tls.certificate is missing", ""),
        ("console_url: redoubt.example.com\n", 1, 14, "expected an address such as https://", ""),
        ("console_url: https://a/b\n", 1, 14, "expected an address such as https://", ""),
        ("console_names: [\"a b\"]\n", 1, 17, "expected a name such as", ""),
        ("identify: {session: [sid]}\n", 1, 22, "expected cookie:NAME or header:NAME", ""),
        ("oidc:\n  client_id: a\n", 2, 14, "oidc.issuer is missing beside this", ""),
        ("oidc:\n  isuer: a\n", 2, 3, "oidc has no setting \"isuer\"", "did you mean issuer?"),
        ("oidc: {issuer: \"http://id.example\", client_id: a}\n", 1, 16, "an https address", ""),
        (
            "oidc: {issuer: \"https://a\", client_id: a, roles: {soc: king}}\n", 1, 51, "expected a group with one of",
            ""
        ),
        (
            "oidc: {issuer: \"https://a\", client_id: a, client_secret_file: /nonexistent}\n", 1, 63, "cannot be read",
            ""
        ),
        (
            "console: 192.0.2.1:7433\noidc: {issuer: \"https://a\", client_id: a}\n", 2, 16,
            "console_url is missing beside this", "console_url: https://redoubt.example.com"
        ),
        ("applications: x\n", 1, 15, "applications: expected a list", ""),
        ("applications:\n  - host: a\n", 2, 5, "has no upstream", ""),
        ("applications:\n  - hots: a\n    upstream: http://a\n", 2, 5, "no setting \"hots\"", "did you mean host?"),
        ("applications:\n  - host: a/b\n    upstream: http://a\n", 2, 11, "expected a host", ""),
        ("applications:\n  - upstream: http://a\n  - upstream: http://b\n", 3, 5, "those of an application above", ""),
        ("- a\n", 1, 1, "expected settings", ""),
        ("listen: [\n", 2, 1, "not YAML", ""),
        ("mode: off\nmode: observe\n", 2, 1, "set more than once", ""),
        ("\"h\u{e9}\": 1\n", 1, 1, "no setting", ""),
        ("x: \"\u{e9}\"\n", 1, 1, "no setting \"x\"", ""),
        ("limits: {head: 1KiB, \u{e9}: 2, tail: 3}\n", 1, 22, "no setting \"\u{e9}\"", ""),
    ]

    @Test(arguments: mistakes)
    func `points at the mistake`(text: String, line: Int, column: Int, message: String, hint: String) throws {
        let problem = try #require(problems(text).first { $0.severity == .error })
        let location = try #require(problem.diagnostic?.location)
        #expect(problem.message.contains(message), "\(problem.message)")
        #expect(hint.isEmpty || problem.hint?.contains(hint) == true, "\(problem.hint ?? "none")")
        #expect("\(location)" == "redoubt.yaml:\(line):\(column)")
    }

    @Test func `counts columns in bytes`() throws {
        let all = problems("limits: {\u{e9}: 2, tail: 3}\n")
        #expect(all.compactMap { $0.diagnostic?.location.column } == [10, 17])
    }

    @Test func `takes a provider with its groups, and the secret from the environment alone`() throws {
        let file = """
            upstream: http://a
            console_url: https://Redoubt.example.com/
            oidc:
              issuer: https://id.example.com/realm
              client_id: redoubt
              roles: {"cn=soc,ou=groups": [responder, auditor], admins: admin, "*": viewer}

            """
        let environment = ["REDOUBT_OIDC_CLIENT_SECRET": "s3cret"]
        let console = try plan(file, environment: environment).consolePlan
        let provider = try #require(console.signIn?.provider)
        #expect(provider.redirectURI == "https://redoubt.example.com/sign-in/oidc/callback")
        #expect(console.names == ["redoubt.example.com"] && console.signIn?.title == "id.example.com")
        #expect(provider.mapping.roles(of: ["cn=soc,ou=groups"]) == [.responder, .auditor, .viewer])
        #expect(provider.mapping.roles(of: []) == [.viewer])
        let settings = Settings(
            flags: [:],
            environment: environment,
            file: ConfigurationFile(text: file, path: "redoubt.yaml")
        )
        let explained = SettingsExplanation(settings)
        #expect(
            !explained.text.contains("s3cret")
                && !String(decoding: explained.json(isArray: true), as: UTF8.self).contains("s3cret")
        )
        #expect(settings.problems.isEmpty)
        // Another secret is another client.
        #expect(try plan(file, environment: ["REDOUBT_OIDC_CLIENT_SECRET": "other"]).consolePlan != console)
        // On this machine alone the address follows from the console's.
        let here = try plan("upstream: http://a\noidc: {issuer: \"https://id.example.com\", client_id: a}\n")
            .consolePlan
        #expect(here.signIn?.provider.redirectURI == "http://localhost:7433/sign-in/oidc/callback")
    }

    @Test func `reports all mistakes at once`() {
        #expect(problems("a: 1\nmode: loud\nlimits: {head: x}\n").count == 3)
    }

    @Test func `refuses what is nested beyond reason`() {
        #expect(problems(String(repeating: "[", count: 100_000)).count == 1)
        #expect(problems(String(repeating: "- ", count: 100_000)).count == 1)
    }

    // MARK: Precedence

    @Test func `puts flags before the environment before the file before defaults`() throws {
        let file = "listen: 127.0.0.1:1\nupstream: http://file\nthreads: 2\n"
        let environment = ["REDOUBT_LISTEN": "127.0.0.1:2", "REDOUBT_UPSTREAM": "http://environment"]
        let flags = [SettingKey.listen: SettingValue(["127.0.0.1:3"], .flag("--listen"))]
        let plan = try plan(file, flags: flags, environment: environment)
        #expect(plan.listener.port == 3)
        #expect(plan.applications.first?.upstream?.host == "environment")
        #expect(plan.threads == 2)
        #expect(plan.applications.first?.mode == .observe)
    }

    @Test func `lets the command's mode win over an application's`() throws {
        let file = "applications:\n  - upstream: http://a\n    mode: enforce\n"
        #expect(try plan(file).applications.map(\.mode) == [.enforce])
        let flags = [SettingKey.mode: SettingValue(["observe"], .flag("--mode"))]
        #expect(try plan(file, flags: flags).applications.map(\.mode) == [.observe])
        #expect(try plan(file, environment: ["REDOUBT_MODE": "off"]).applications.map(\.mode) == [.off])
        #expect(try plan("mode: observe\n" + file).applications.map(\.mode) == [.enforce])
    }

    @Test func `allows programs only where it is told to`() throws {
        #expect(try !plan("upstream: http://a").allowsPrograms)
        #expect(try plan("upstream: http://a\nallow_programs: true").allowsPrograms)
        #expect(try !plan("upstream: http://a\nallow_programs: false").allowsPrograms)
        let flags = [SettingKey.allowPrograms: SettingValue(["true"], .flag("--allow-programs"))]
        #expect(try plan("upstream: http://a\nallow_programs: false", flags: flags).allowsPrograms)
    }

    @Test func `reads a budget for all and for each application`() throws {
        let file = """
            budget: 20ms
            applications:
              - {host: a, upstream: http://a, budget: off}
              - {host: b, upstream: http://b, budget: 1s}
              - {host: c, upstream: http://c, budget: 0}
              - {host: d, upstream: http://d}
            """
        #expect(try plan(file).applications.map(\.budget) == [nil, .seconds(1), nil, .milliseconds(20)])
        let flags = [SettingKey.budget: SettingValue(["7ms"], .flag("--budget"))]
        #expect(try plan(file, flags: flags).applications.allSatisfy { $0.budget == .milliseconds(7) })
        let environment = ["REDOUBT_BUDGET": "off"]
        #expect(try plan(file, environment: environment).applications.allSatisfy { $0.budget == nil })
        #expect(try plan("upstream: http://a").applications.map(\.budget) == [.milliseconds(50)])
        let settings = Settings(
            flags: flags,
            environment: [:],
            file: ConfigurationFile(text: file, path: "redoubt.yaml")
        )
        let line = SettingsExplanation(settings).lines.first { $0.key == "applications[1].budget" }
        #expect(line?.values == ["7ms"] && line?.origin == .flag("--budget"))
    }

    @Test func `splits lists of the environment at commas and names sections with an underscore`() throws {
        let environment = [
            "REDOUBT_UPSTREAM": "http://a", "REDOUBT_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2,",
            "REDOUBT_LIMITS_HEAD": "1KiB",
        ]
        let plan = try plan("", environment: environment)
        #expect(plan.base.trustedProxies.count == 2)
        #expect(plan.base.limits.parser.head == 1_024)
    }

    @Test func `names the flag or variable that is wrong`() {
        let flags = [SettingKey.listen: SettingValue(["x"], .flag("--listen"))]
        let settings = Settings(flags: flags, environment: ["REDOUBT_MODE": "x", "REDOUBT_MOD": "y"], file: nil)
        let problems = GatewayPlanner.plan(settings, missingUpstream: .isTheSampleShop).problems
        let text = ConfigurationReport.text(problems)
        #expect(text.contains("flag --listen: error: listen: x: expected a port"))
        #expect(text.contains("environment REDOUBT_MODE: error: mode: x: expected off, observe or enforce"))
        #expect(
            text.contains(
                "environment REDOUBT_MOD: warning: REDOUBT_MOD is no setting\n  hint: did you mean REDOUBT_MODE?"
            )
        )
    }

    @Test func `wants an upstream unless the sample shop takes its place`() {
        let settings = Settings(flags: [:], environment: [:], file: nil)
        #expect(GatewayPlanner.plan(settings, missingUpstream: .isAnError).plan == nil)
        #expect(GatewayPlanner.plan(settings, missingUpstream: .isTheSampleShop).plan?.usesSampleShop == true)
    }

    @Test func `explains each setting with its origin`() {
        let file = ConfigurationFile(text: "mode: enforce\nlimits: {head: 1MiB}\n", path: "redoubt.yaml")
        let flags = [SettingKey.listen: SettingValue(["127.0.0.1:3"], .flag("--listen"))]
        let settings = Settings(flags: flags, environment: ["REDOUBT_THREADS": "4"], file: file)
        let lines = SettingsExplanation(settings).lines
        func line(_ key: SettingKey) -> SettingsExplanation.Line? { lines.first { $0.key == key.name } }
        #expect(lines.count == SettingKey.allCases.count)
        #expect(line(.listen)?.origin == .flag("--listen"))
        #expect(line(.threads)?.origin == .environment("REDOUBT_THREADS"))
        #expect(line(.mode)?.origin.description == "redoubt.yaml:1")
        #expect(line(.limitsHead)?.values == ["1MiB"])
        #expect(line(.limitsHeldBody)?.values == ["16MiB"])
        #expect(line(.timeoutsIdle)?.values == ["1m"])
        #expect(line(.timeoutsIdle)?.origin == .standard)
    }
}

/// Numbers with units.
struct QuantityTests {
    @Test(arguments: [
        ("1ms", 1), ("10s", 10_000), ("5m", 300_000), ("1h", 3_600_000), ("2d", 172_800_000), ("10 s", 10_000),
    ])
    func `reads durations`(text: String, milliseconds: Int) throws {
        #expect(try Quantity.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "s", "10", "0s", "-1s", "1.5s", "10x", "400d", "99999999999999999999s", "9223372036854775807d",
    ])
    func `refuses what is no duration`(text: String) {
        #expect(throws: Quantity.FormatError.self) { try Quantity.duration(text) }
    }

    @Test(arguments: [
        ("1", 1), ("512B", 512), ("64KiB", 65_536), ("16MiB", 16 << 20), ("1GiB", 1 << 30), ("2kB", 2_000),
        ("3MB", 3_000_000), ("1024GiB", 1 << 40),
    ])
    func `reads sizes`(text: String, bytes: Int) throws {
        #expect(try Quantity.size(text) == bytes)
    }

    @Test(arguments: ["", "B", "0", "-1", "1kb", "1.5MiB", "1025GiB", "9223372036854775807GiB", "99999999999999999999"])
    func `refuses what is no size`(text: String) {
        #expect(throws: Quantity.FormatError.self) { try Quantity.size(text) }
    }

    @Test func `writes what it reads`() throws {
        for text in ["1ms", "90s", "5m", "1h", "2d"] {
            #expect(Quantity.text(try Quantity.duration(text)) == text)
        }
        for text in ["1B", "1000B", "64KiB", "16MiB", "1GiB"] {
            #expect(Quantity.text(bytes: try Quantity.size(text)) == text)
        }
    }
}
