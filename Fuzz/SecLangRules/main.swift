// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import SecLang

/// Compiles any bytes as rules; what loads is run on a fixed request.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRules(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    let compiler = RuleSetCompiler(options: CompileOptions(maximumRules: 200, maximumPatternLength: 4_096))
    compiler.add(text: text, name: "fuzz.conf")
    guard let rules = try? compiler.finish() else {
        return 0
    }
    let context = TransactionContext(
        identifier: Array("fuzz".utf8),
        now: { 1_700_000_000_000_000_000 },
        collections: PersistentCollections(capacity: 64)
    )
    var transaction = Transaction(rules: rules, context: context)
    transaction.connection(
        HTTPConnectionInfo(clientAddress: "192.0.2.1", clientPort: 1, serverAddress: "127.0.0.1", serverPort: 80)
    )
    transaction.requestHead(
        HTTPRequestHead(
            method: Array("POST".utf8),
            target: Array("/a%20b/c.php?x=1&y=%00'&z[]=%u0041".utf8),
            version: Array("HTTP/1.1".utf8),
            fields: [
                (name: Array("Host".utf8), value: Array("localhost".utf8)),
                (name: Array("Cookie".utf8), value: Array("a=b; c=d".utf8)),
                (name: Array("Content-Type".utf8), value: Array("application/x-www-form-urlencoded".utf8)),
            ]
        )
    )
    transaction.evaluateRequestHeaders()
    _ = Array("p=1&q=<script>".utf8).withUnsafeBufferPointer { transaction.appendRequestBody($0) }
    transaction.evaluateRequestBody()
    transaction.finish()
    precondition(!transaction.auditRecord(status: 200).isEmpty)
    return 0
}
