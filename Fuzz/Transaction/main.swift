// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import SecLang

/// Rules that look at nearly everything that a request brings.
private let rules: RuleSet? = {
    let compiler = RuleSetCompiler()
    let chains = [
        "t:none", "t:urlDecodeUni,t:lowercase", "t:htmlEntityDecode,t:jsDecode,t:cssDecode",
        "t:utf8toUnicode,t:cmdLine",
        "t:normalizePathWin,t:removeWhitespace", "t:base64Decode,t:hexEncode", "t:replaceComments,t:sqlHexDecode",
        "t:escapeSeqDecode,t:removeCommentsChar,t:trim",
    ]
    let targets =
        "ARGS|ARGS_NAMES|REQUEST_COOKIES|REQUEST_HEADERS|FILES|FILES_NAMES|XML:/*|XML://@*|REQUEST_BODY"
        + "|REQUEST_URI|REQUEST_FILENAME|REQUEST_BASENAME|MULTIPART_PART_HEADERS|FILES_TMP_CONTENT|REQUEST_LINE"
    var text = "SecRuleEngine DetectionOnly\nSecAuditLogParts ABCEFHZ\n"
    for (kind, id) in [("json", 2), ("xml", 3)] {
        text +=
            "SecRule REQUEST_HEADERS:Content-Type \"@contains \(kind)\" "
            + "\"id:\(id),phase:1,pass,nolog,ctl:requestBodyProcessor=\(kind.uppercased())\"\n"
    }
    for (index, chain) in chains.enumerated() {
        let id = 100 + index * 10
        text +=
            "SecRule \(targets) \"@rx (?i)(a|<|')(.)?\" \"id:\(id),phase:2,pass,capture,\(chain),multiMatch,"
            + "logdata:'%{TX.0} in %{MATCHED_VAR_NAME}: %{MATCHED_VAR}',setvar:'tx.%{MATCHED_VAR_NAME}=%{TX.1}'\"\n"
        text += "SecRule \(targets) \"@detectSQLi\" \"id:\(id + 1),phase:2,pass,\(chain)\"\n"
        text += "SecRule \(targets) \"@detectXSS\" \"id:\(id + 2),phase:2,pass,\(chain)\"\n"
        text += "SecRule \(targets) \"@pm select script etc\" \"id:\(id + 3),phase:2,pass,\(chain)\"\n"
        text += "SecRule \(targets) \"@validateUtf8Encoding\" \"id:\(id + 4),phase:2,pass,\(chain)\"\n"
    }
    compiler.add(text: text, name: "fuzz.conf")
    return try? compiler.finish()
}()

/// Cuts any bytes into a method, a target, fields and a body and runs the rules on them.
///
/// The first line is `METHOD TARGET`, the lines up to an empty one are fields, the rest is the body.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTransaction(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard let rules else {
        preconditionFailure("the rules of this target do not load")
    }
    var rest = Array(UnsafeBufferPointer(start: data, count: size))[...]
    func line() -> [UInt8] {
        let end = rest.firstIndex(of: 10) ?? rest.endIndex
        defer { rest = rest[min(end + 1, rest.endIndex)...] }
        return Array(rest[..<end])
    }
    let first = line()
    let blank = first.firstIndex(of: 32) ?? first.count
    var fields: [(name: [UInt8], value: [UInt8])] = []
    while fields.count < 100 {
        let field = line()
        guard let colon = field.firstIndex(of: 58) else {
            break
        }
        fields.append((name: Array(field[..<colon]), value: Array(field[(colon + 1)...])))
    }
    let context = TransactionContext(
        identifier: Array("fuzz".utf8),
        now: { 1_700_000_000_000_000_000 },
        collections: PersistentCollections(capacity: 64)
    )
    var transaction = Transaction(rules: rules, context: context)
    transaction.requestHead(
        HTTPRequestHead(
            method: Array(first[..<blank]),
            target: Array(first[min(blank + 1, first.count)...]),
            version: Array("HTTP/1.1".utf8),
            fields: fields
        )
    )
    transaction.evaluateRequestHeaders()
    _ = Array(rest).withUnsafeBufferPointer { transaction.appendRequestBody($0) }
    transaction.evaluateRequestBody()
    transaction.finish()
    let record = transaction.record
    for match in transaction.loggableMatches {
        precondition(!match.errorLogLine(of: record).contains { $0 < 32 || $0 > 126 })
    }
    precondition(!transaction.auditRecord(status: 200).isEmpty)
    return 0
}
