// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import FalcoRules

/// Loads any bytes as a file of rules; what loads is compiled, and every result is written as JSON.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRuleFile(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    var loader = RuleLoader(sources: [.system(eventTypes: .none), .kubernetesAudit])
    let result = loader.load(name: "fuzz.yaml", content: Array(UnsafeBufferPointer(start: data, count: size)))
    precondition(result.errors.count <= 1)
    precondition(!LoadResult.json([result]).isEmpty)
    _ = RuleProgram(loader, source: "syscall")
    return 0
}
