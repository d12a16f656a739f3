// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import FalcoRules

/// Compiles any bytes as the condition of a rule; what compiles is matched against one event and explained.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCondition(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let condition = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    var escaped = ""
    for character in condition {
        escaped += character == "'" ? "''" : String(character)
    }
    let rule = "- rule: r\n  desc: d\n  output: x\n  priority: INFO\n  condition: '\(escaped)'\n"
    var loader = RuleLoader(sources: [.system(eventTypes: .none)])
    let result = loader.load(name: "fuzz.yaml", content: Array(rule.utf8))
    guard result.isSuccessful, let program = RuleProgram(loader, source: "syscall"), !program.rules.isEmpty else {
        return 0
    }
    var matcher = RuleMatcher<TableFieldReader>(program)
    var reader = TableFieldReader(program)
    reader.read([
        "proc.name": .text("cat"), "fd.name": .text("/etc/passwd"), "proc.pid": .signed(3), "fd.sport": .unsigned(80),
        "proc.cmdline": .text("cat -n /etc/passwd"), "fd.sip": .ipv4(1),
        "proc.aname": .list([.text("bash"), .text("sh")]),
    ])
    let matches = matcher.match(&reader) == 1
    precondition(matcher.explain(0, &reader).holds == matches)
    return 0
}
