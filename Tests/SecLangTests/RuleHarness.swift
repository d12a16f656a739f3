// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Matching
import SecLang
import Testing

/// Compiles rules and shows them one request: once with the debug log, which evaluates every rule by itself, and once
/// each way that skips rules, which has to lead to the same.
struct RuleHarness {
    /// A way to evaluate rules without the debug log.
    private struct Shortcut {
        var name: String
        var rules: RuleSet
        let collections = PersistentCollections(capacity: 1_024)
    }

    var rules: RuleSet
    var collections = PersistentCollections(capacity: 1_024)
    private var shortcuts: [Shortcut] = []
    /// Whether requests also take the shortcuts.
    var takesShortcuts = true
    /// Nanoseconds since 1970.
    var now: UInt64 = 1_700_000_000_000_000_000
    var observes = false

    init(_ text: String, files: [String: String] = [:], options: CompileOptions = CompileOptions()) throws {
        rules = try Self.compile(text, files: files, options: options)
        for (name, backend) in [("alone", nil), ("scanned", .automatic), ("portable", ScanBackend.Choice.portable)] {
            let rules = try Self.compile(text, files: files, options: options)
            if let backend {
                rules.use(PatternLibrary.compile(rules.scanPatterns, backend: backend))
            }
            shortcuts.append(Shortcut(name: name, rules: rules))
        }
    }

    static func compile(
        _ text: String,
        files: [String: String] = [:],
        options: CompileOptions = CompileOptions()
    ) throws(SecLangError) -> RuleSet {
        struct Missing: Error {}
        let access = RuleFileAccess(
            read: { path in
                guard let text = files[path] else { throw Missing() }
                return Array(text.utf8)
            },
            expand: { pattern in
                files.keys.filter { fnmatch(pattern, $0, 0) == 0 }.sorted()
            },
            exists: { files[$0] != nil }
        )
        let compiler = RuleSetCompiler(files: access, options: options)
        compiler.add(text: text, name: "test.conf")
        return try compiler.finish()
    }

    /// What one request led to.
    struct Result {
        var intervention: Intervention?
        var would: Intervention?
        var matches: [RuleMatch]
        var errorLog: [String]
        var audit: String
        var debug: [String]
        var pause: Int

        var ids: [Int] { matches.map(\.rule) }
    }

    private func context(_ collections: PersistentCollections, isTraced: Bool) -> TransactionContext {
        let time = now
        return TransactionContext(
            identifier: Array("tx-1".utf8),
            now: { time },
            collections: collections,
            environment: ["HOME": "/root"],
            observesOnly: observes,
            collectsDebugLog: isTraced
        )
    }

    private static func respond(_ body: String, type: String, to transaction: inout Transaction) {
        transaction.responseHead(
            HTTPResponseHead(
                version: Array("HTTP/1.1".utf8),
                status: 200,
                reason: Array("OK".utf8),
                fields: [(name: Array("Content-Type".utf8), value: Array(type.utf8))]
            )
        )
        if transaction.intervention == nil, transaction.wantsResponseBody() {
            _ = Array(body.utf8).withUnsafeBufferPointer { transaction.appendResponseBody($0) }
        }
        if transaction.intervention == nil {
            transaction.evaluateResponseBody()
        }
    }

    func run(
        _ target: String = "/",
        method: String = "GET",
        headers: [(String, String)] = [("Host", "localhost")],
        body: [UInt8] = [],
        responseBody: String? = nil,
        responseType: String = "text/html"
    ) -> Result {
        func run(_ rules: RuleSet, _ context: TransactionContext) -> Result {
            Self.run(
                rules,
                context,
                target,
                method: method,
                headers: headers,
                body: body,
                responseBody: responseBody,
                responseType: responseType
            )
        }
        let result = run(rules, context(collections, isTraced: true))
        for shortcut in takesShortcuts ? shortcuts : [] {
            let other = run(shortcut.rules, context(shortcut.collections, isTraced: false))
            #expect(other.intervention == result.intervention, "\(shortcut.name)")
            #expect(other.would == result.would, "\(shortcut.name)")
            #expect(other.errorLog == result.errorLog, "\(shortcut.name)")
            #expect(other.audit == result.audit, "\(shortcut.name)")
            #expect(other.pause == result.pause, "\(shortcut.name)")
        }
        return result
    }

    private static func run(
        _ rules: RuleSet,
        _ context: TransactionContext,
        _ target: String,
        method: String,
        headers: [(String, String)],
        body: [UInt8],
        responseBody: String?,
        responseType: String
    ) -> Result {
        var transaction = Transaction(rules: rules, context: context)
        let connection = HTTPConnectionInfo(
            clientAddress: "203.0.113.7",
            clientPort: 4_000,
            serverAddress: "127.0.0.1",
            serverPort: 80
        )
        transaction.connection(connection)
        transaction.requestHead(
            HTTPRequestHead(
                method: Array(method.utf8),
                target: Array(target.utf8),
                version: Array("HTTP/1.1".utf8),
                fields: headers.map { (name: Array($0.0.utf8), value: Array($0.1.utf8)) }
            )
        )
        transaction.evaluateRequestHeaders()
        if transaction.intervention == nil {
            _ = body.withUnsafeBufferPointer { transaction.appendRequestBody($0) }
            transaction.evaluateRequestBody()
        }
        if transaction.intervention == nil, let responseBody {
            respond(responseBody, type: responseType, to: &transaction)
        }
        transaction.finish()
        let record = transaction.record
        let loggable = transaction.loggableMatches
        return Result(
            intervention: transaction.intervention,
            would: transaction.would,
            matches: loggable,
            errorLog: loggable.map { String(decoding: $0.errorLogLine(of: record), as: UTF8.self) },
            audit: String(decoding: transaction.auditRecord(status: 200), as: UTF8.self),
            debug: transaction.debugLog.map { String(decoding: $0, as: UTF8.self) },
            pause: transaction.pauseMilliseconds
        )
    }
}

/// A form body with its headers.
func form(_ text: String) -> (headers: [(String, String)], body: [UInt8]) {
    ([("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")], Array(text.utf8))
}
