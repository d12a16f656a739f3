// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import SecLang
import Testing

@testable import WebFirewall

struct RuleLogsTests {
    private static let matching = #"""
        SecRuleEngine On
        SecRequestBodyAccess On
        SecAuditEngine RelevantOnly
        SecRule ARGS:q "@rx evil" "id:7,phase:1,deny,status:403,msg:'seen',tag:'t'"

        """#

    private func run(_ bench: FilterBench, _ target: String, fields: [(String, String)] = [("Host", "h")]) {
        let exchange = bench.exchange()
        var status = 200
        if case .deny(let denied) = exchange.requestHead(FilterBench.head(target, fields: fields), refusal: nil) {
            status = denied
        } else {
            _ = exchange.requestEnd(isTruncated: false)
        }
        exchange.finish(status: status)
    }

    private func files(below bench: FilterBench, _ folder: String) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: "\(bench.folder.path)/\(folder)")
        return names.filter { $0.split(separator: "/").count == 3 }
    }

    private func mode(_ bench: FilterBench, _ name: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(bench.folder.path)/\(name)")
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test func `writes the audit log that the rules name`() throws {
        let bench = try FilterBench(
            Self.matching + "SecAuditLog FOLDER/own.log\nSecAuditLogFormat JSON\n",
            keepsAuditLog: false
        )
        run(bench, "/?q=evil")
        run(bench, "/?q=good")
        #expect(bench.filter.rules.warnings.isEmpty)
        #expect(bench.lines("own.log").count == 1)
        #expect(bench.lines("own.log").first?.hasPrefix("{\"transaction\":") == true)
    }

    @Test func `prefers the audit log of a flag`() throws {
        let bench = try FilterBench(Self.matching + "SecAuditLog FOLDER/own.log\n")
        run(bench, "/?q=evil")
        #expect(bench.lines("audit.log").count == 1)
        #expect(!FileManager.default.fileExists(atPath: bench.folder.path + "/own.log"))
    }

    @Test func `opens nothing where nothing can be written`() throws {
        let rules = "SecAuditEngine Off\nSecAuditLog FOLDER/own.log\nSecDebugLog FOLDER/debug.log\nSecDebugLogLevel 0"
        let bench = try FilterBench(rules, keepsAuditLog: false)
        #expect(bench.filter.ruleLogs == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) == ["error.log"])
    }

    @Test func `keeps each record in a file of its own and lists it`() throws {
        let bench = try FilterBench(
            Self.matching
                + #"""
                SecAuditLog FOLDER/index.log
                SecAuditLog2 FOLDER/second.log
                SecAuditLogType Concurrent
                SecAuditLogFormat JSON
                SecAuditLogStorageDir FOLDER/records
                SecAuditLogDirMode 0700
                SecAuditLogFileMode 0600
                """#,
            keepsAuditLog: false
        )
        let agent = [("Host", "h"), ("User-Agent", "a\"b"), ("Referer", "http://x/?password=s3cret!")]
        run(bench, "/?q=evil&password=s3cret!", fields: agent)
        let names = try files(below: bench, "records")
        #expect(names.count == 1)
        let name = try #require(names.first)
        let pattern = #/\d{8}\/\d{8}-\d{4}\/\d{8}-\d{6}-\d+\.\d+/#
        #expect(name.wholeMatch(of: pattern) != nil)
        #expect(try mode(bench, "records/" + name) == 0o600)
        #expect(try mode(bench, "records") == 0o700)
        let record = bench.text("records/" + name)
        #expect(record.hasPrefix("{\"transaction\":"))
        let index = bench.lines("index.log")
        #expect(index.count == 1)
        #expect(bench.lines("second.log") == index)
        let line = try #require(index.first)
        #expect(line.hasPrefix("::1 203.0.113.7 - - ["))
        #expect(line.contains("\"POST /?q=evil&password=******* HTTP/1.1\" 403 - "))
        #expect(line.contains("\"http://x/?password=*******\" \"a\\x22b\""))
        #expect(line.contains(" - /\(name) 0 \(record.utf8.count) md5:"))
    }

    @Test func `writes the native form section by section`() throws {
        let parts = "SecAuditLogFormat Native\nSecAuditLogParts ABHKZ\nSecAuditLog FOLDER/own.log\n"
        let bench = try FilterBench(Self.matching + parts, keepsAuditLog: false)
        run(bench, "/?q=evil&password=s3cret!", fields: [("Host", "h"), ("Authorization", "Bearer s3cret!")])
        let text = bench.text("own.log")
        let boundary = try #require(text.firstMatch(of: #/^--([0-9a-z]{8,})-A--\n/#)?.1)
        let letters = text.matches(of: #/(?m)^--([0-9a-z]+)-([A-Z])--$/#).map { match -> String in
            #expect(match.1 == boundary)
            return String(match.2)
        }
        #expect(letters == ["A", "B", "H", "K", "Z"])
        #expect(text.contains(" 203.0.113.7 4000 ::1 80\n\n"))
        #expect(text.contains("POST /?q=evil&password=******* HTTP/1.1\nHost: h\nAuthorization: ********\n\n"))
        #expect(text.contains("Message: Access denied with code 403 (phase 1). Matched \"Operator `Rx'"))
        #expect(text.contains("[msg \"seen\"]"))
        #expect(text.contains("Action: Intercepted (phase 1)\n"))
        #expect(text.contains("Engine-Mode: \"ENABLED\"\n"))
        let rule = "SecRule \"ARGS:q\" \"@rx evil\" \"id:7,phase:1,deny,msg:'seen',tag:'t'\"\n"
        #expect(text.contains(rule))
        #expect(text.hasSuffix("-Z--\n\n"))
        #expect(!text.contains("s3cret"))
    }

    @Test func `shows bodies and files in the native form, and hides secrets`() throws {
        let parts = #"""
            SecAuditLogFormat Native
            SecAuditLogParts AIJZ
            SecAuditLog FOLDER/own.log
            SecAuditEngine On
            """#
        let bench = try FilterBench(Self.matching + parts, keepsAuditLog: false)
        let exchange = bench.exchange()
        let fields = [("Host", "h"), ("Content-Type", "multipart/form-data; boundary=b")]
        _ = exchange.requestHead(FilterBench.head("/", fields: fields), refusal: nil)
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1 2\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\ns3cret!\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\r\nCONTENT\r\n--b--\r\n"
        Array(body.utf8).withUnsafeBufferPointer { exchange.requestBody($0) }
        _ = exchange.requestEnd(isTruncated: false)
        exchange.finish(status: 200)
        let text = bench.text("own.log")
        #expect(text.contains("-I--\na=1+2&password=********\n\n"))
        #expect(text.contains("-J--\n1,7,\"x.txt\",\"<Unknown ContentType>\"\nTotal,1\n\n"))
        #expect(!text.contains("CONTENT\r"))
        #expect(!text.contains("s3cret"))
    }

    @Test func `writes debug messages up to the level of the rules`() throws {
        let debug = "SecDebugLog FOLDER/debug.log\nSecDebugLogLevel 4\n"
        let bench = try FilterBench(Self.matching + debug)
        run(bench, "/x?q=evil&password=s3cret!", fields: [("Host", "h"), ("Cookie", "s=c00kie")])
        let lines = bench.lines("debug.log")
        #expect(!lines.isEmpty)
        #expect(lines.allSatisfy { $0.contains("] [/x] [") })
        let levels = Set(lines.compactMap { $0.firstMatch(of: #/\] \[(\d)\] /#).map { String($0.1) } })
        #expect(levels.isSubset(of: ["1", "2", "3", "4"]))
        #expect(levels.contains("4"))
        // What is not wanted is not collected either, however many values there are.
        let rules = try RuleSources(texts: [.init(name: "t", text: Self.matching + debug)]).compile()
        var context = TransactionContext(identifier: [1], now: { 0 }, collections: PersistentCollections(capacity: 1))
        context.writesDebugLog = true
        var transaction = Transaction(rules: rules, context: context)
        transaction.requestHead(FilterBench.head("/x?q=evil"))
        transaction.evaluateRequestHeaders()
        transaction.evaluateRequestBody()
        #expect(!transaction.debugLog.isEmpty)
        #expect(transaction.debugLog.allSatisfy { $0.count > 1 && $0[1] <= UInt8(ascii: "4") })
        #expect(!bench.text("debug.log").contains("s3cret"))
        #expect(!bench.text("debug.log").contains("c00kie"))
    }

    @Test func `changes the debug level from a rule on`() throws {
        let rules = #"""
            SecRuleEngine On
            SecDebugLog FOLDER/debug.log
            SecDebugLogLevel 0
            SecRule ARGS:quiet "@rx ." "id:1,phase:1,pass,nolog"
            SecRule ARGS:d "@rx 9" "id:2,phase:1,pass,nolog,ctl:debugLogLevel=9"
            SecRule ARGS:d "@rx ." "id:3,phase:1,pass,nolog"
            SecRule ARGS:d "@rx ." "id:4,phase:1,pass,nolog,ctl:debugLogLevel=0"
            SecRule ARGS:d "@rx ." "id:5,phase:1,pass,nolog"
            """#
        let bench = try FilterBench(rules)
        run(bench, "/?quiet=1&d=1")
        #expect(bench.text("debug.log").isEmpty)
        run(bench, "/?quiet=1&d=9")
        let text = bench.text("debug.log")
        #expect(text.contains("(Rule: 3)"))
        #expect(!text.contains("(Rule: 1)"))
        #expect(!text.contains("(Rule: 5)"))
    }

    @Test func `shares a file between rule sets, and opens it anew`() throws {
        let bench = try FilterBench(Self.matching + "SecAuditLog FOLDER/own.log\n", keepsAuditLog: false)
        let again = try #require(try bench.logs.open(for: bench.filter.rules))
        run(bench, "/?q=evil")
        let path = bench.folder.path + "/own.log"
        try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
        bench.logs.reopen()
        run(bench, "/?q=evil")
        #expect(bench.text("own.log").contains("-Z--"))
        #expect(bench.text("own.log.moved").contains("-Z--"))
        #expect(again.audit != nil)
    }

    @Test func `says which log cannot be opened`() throws {
        let error = #expect(throws: LogFileError.self) {
            try FilterBench(Self.matching + "SecAuditLog FOLDER/none/own.log\n", keepsAuditLog: false)
        }
        #expect(error?.path.hasSuffix("/none/own.log") == true)
    }

    @Test(arguments: [
        ("SecAuditLogType HTTPS", "writes nothing"),
        ("SecAuditLogType Concurrent", "SecAuditLogStorageDir"),
        ("SecAuditLog2 /x", "SecAuditLog2 has no effect"),
        ("SecDebugLogLevel 3", "no SecDebugLog"),
    ])
    func `warns of logs that are never written`(directive: String, text: String) throws {
        let compiler = RuleSetCompiler()
        compiler.add(text: "\n\(directive)", name: "test.conf")
        let warnings = try compiler.finish().warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.message.contains(text) == true)
        #expect(warnings.first?.location == SourceLocation(file: "test.conf", line: 2, column: 1))
        #expect(warnings.first?.hint != nil)
    }

    @Test func `starts no program for a log`() {
        let compiler = RuleSetCompiler()
        compiler.add(text: "SecAuditLog \"|/usr/bin/mlogc\"", name: "test.conf")
        #expect(throws: SecLangError.self) { try compiler.finish() }
    }
}
